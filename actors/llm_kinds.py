"""The kinds of LLM by name, as a config chooses them with `llm.kind`. Engines and clients are imported only when one is made."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from actors.llm import LLM
from actors.openai_settings import OpenAISettings
from actors.reference_llm import ReferenceLLM, ReferenceSettings
from actors.vllm_settings import VLLMSettings
from environments.contract import UserError

AnyLLMSettings = ReferenceSettings | OpenAISettings | VLLMSettings
LLMSettings = Annotated[AnyLLMSettings, Field(discriminator="kind")]


def create(settings: AnyLLMSettings, limits: Any = None) -> LLM:
    """The LLM that `settings` describe, not started; `limits` is the run's shared limits actor, where it has one."""
    if isinstance(settings, OpenAISettings):
        from actors.openai_llm import OpenAILLM

        if limits is None:
            return OpenAILLM(settings)
        from actors.shared_limiter import SharedLimiter

        return OpenAILLM(settings, SharedLimiter(limits, settings.rate_limits().keys))
    if isinstance(settings, VLLMSettings):
        from actors.vllm_llm import VLLMLLM

        return VLLMLLM(settings)
    return ReferenceLLM()


def shared_limits(settings: AnyLLMSettings, budget: float | None, spent: float) -> Any:
    """The limits actor of a run, or None where there is nothing to share. Raises `UserError` for a budget without prices."""
    if not isinstance(settings, OpenAISettings):
        if budget is not None:
            raise UserError(f"'budget' is set, but llm.kind '{settings.kind}' costs no money: unset the budget")
        return None
    if budget is not None:
        table = settings.price_table()
        if table is None:
            raise UserError("'budget' is set, but llm.prices names no price table: give its path")
        table.require(settings.model)
    if budget is None and not settings.rate_limits().limited:
        return None
    from actors.limits_actor import create as create_actor

    return create_actor(settings.rate_limits(), budget, spent)


def name_of(settings: AnyLLMSettings) -> str:
    """How the LLM is called in records and tables."""
    return settings.kind if isinstance(settings, ReferenceSettings) else settings.model
