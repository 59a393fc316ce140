"""The kinds of LLM by name, as a config chooses them with `llm.kind`.

Engines and clients are imported only when one is made.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from actors.llms.llm import LLM
from actors.llms.openai_api.settings import OpenAISettings
from actors.llms.reference_llm import ReferenceLLM, ReferenceSettings
from actors.llms.vllm_settings import VLLMSettings
from actors.program.user_error import UserError

AnyLLMSettings = ReferenceSettings | OpenAISettings | VLLMSettings
LLMSettings = Annotated[AnyLLMSettings, Field(discriminator="kind")]


def create(settings: AnyLLMSettings, limits: Any = None) -> LLM:
    """The LLM that `settings` describe, not started; `limits` is the run's shared limits actor, where it has one."""
    if isinstance(settings, OpenAISettings):
        from actors.llms.openai_api.openai_llm import OpenAILLM
        from actors.llms.openai_api.shared_limiter import limiter_of

        return OpenAILLM(settings, limiter_of(settings, limits))
    if isinstance(settings, VLLMSettings):
        from actors.llms.vllm_llm import VLLMLLM

        return VLLMLLM(settings)
    return ReferenceLLM(settings)


def check_budget(settings: AnyLLMSettings, budget: float | None) -> None:
    """Raises `UserError` for a budget that could not stop anything: the LLM costs no money, or has no price."""
    if budget is None:
        return
    if not isinstance(settings, OpenAISettings):
        raise UserError(f"'budget' is set, but llm.kind '{settings.kind}' costs no money: unset the budget")
    settings.price(budgeted=True)


def shared_limits(settings: AnyLLMSettings, budget: float | None, spent: float) -> Any:
    """The run's limits actor on a running Ray, or None where there is nothing to share."""
    if not isinstance(settings, OpenAISettings):
        return None
    from actors.llms.openai_api.limits_actor import create_for

    return create_for(settings, budget, spent)
