"""The client in front of the practice provider."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from actors.llms.llm import Episode
from actors.llms.openai_api.limiter import LocalLimiter
from actors.llms.openai_api.openai_llm import OpenAILLM
from actors.llms.openai_api.settings import OpenAISettings
from actors.llms.practice_provider import Practice, PracticeProvider
from environments.contract import Task
from environments.message import Message

EPISODE = Episode("e", Task("t", "operating_system", "dev", "test", {}))
QUESTION = [Message("system", "You act."), Message("user", "What now?")]
SECRET = "sk-practice-0123456789abcdef"
PRICES = "models:\n  practice: {input: 10000, cached_input: 5000, output: 20000}\n"
PARTS = {
    "choices": [{"message": {"content": [{"type": "text", "text": "Act: finish"}]}}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 2},
}


def key_names(count: int) -> tuple[str, ...]:
    return tuple(f"PRACTICE_KEY_{number}" for number in range(count))


def keys(count: int) -> tuple[str, ...]:
    return tuple(f"{SECRET}{number}" for number in range(count))


@asynccontextmanager
async def playing(
    practice: Practice, limiter: LocalLimiter | None = None, **settings: Any
) -> AsyncIterator[tuple[OpenAILLM, PracticeProvider]]:
    async with PracticeProvider(practice) as provider:
        fields = {
            "model": practice.model,
            "base_url": provider.base_url,
            "api_key_env": (),
            "backoff_s": 0.01,
            "prices": None,
        }
        llm = OpenAILLM(OpenAISettings(**{**fields, **settings}), limiter)
        await llm.start()
        try:
            yield llm, provider
        finally:
            await llm.stop()
