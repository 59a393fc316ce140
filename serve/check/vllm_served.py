"""A folder served by the pool's own vLLM engine, in this process and with the pool's settings."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from actors.llms.llm import ProviderFault
from actors.llms.vllm_llm import VLLMLLM
from actors.llms.vllm_settings import VLLMSettings, installed_build
from actors.records.trajectory import Message
from serve.check.served import FORCE, FORCED_TOKENS, CannotTell, Ending


class VLLMServed:
    """One engine, asked as the pool asks it."""

    def __init__(self, settings: VLLMSettings) -> None:
        self._settings = settings
        self._llm = VLLMLLM(settings)
        self._numbers = itertools.count()

    @property
    def name(self) -> str:
        return " ".join(installed_build() or ("vllm",))

    @property
    def dtype(self) -> str:
        return self._llm.dtype

    async def start(self) -> None:
        await self._llm.start()

    async def stop(self) -> None:
        await self._llm.stop()

    async def prompt_ids(self, messages: Sequence[Message]) -> list[int]:
        output = await self._ask(await self._prompt(messages), max_tokens=1)
        return list(output.prompt_token_ids)

    async def log_probabilities(self, ids: Sequence[int]) -> list[float]:
        output = await self._ask(list(ids), max_tokens=1, prompt_logprobs=0)
        if output.prompt_logprobs is None:
            raise CannotTell("the engine gives no log-probabilities of a prompt")
        return [
            float(position[token].logprob) for token, position in zip(ids[1:], output.prompt_logprobs[1:], strict=True)
        ]

    async def forced(self, messages: Sequence[Message], token_id: int) -> Ending:
        prompt = await self._prompt(messages)
        (completion,) = (await self._ask(prompt, max_tokens=FORCED_TOKENS, logit_bias={token_id: FORCE})).outputs
        return Ending(completion.finish_reason or "", completion.text, tuple(completion.token_ids))

    async def _prompt(self, messages: Sequence[Message]) -> list[int]:
        try:
            return await self._llm.prompt(messages)
        except ProviderFault as error:
            raise CannotTell(str(error)) from error

    async def _ask(self, prompt: list[int], **sampling: Any) -> Any:
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        parameters = SamplingParams(temperature=0.0, output_kind=RequestOutputKind.FINAL_ONLY, **sampling)
        try:
            return await self._llm.generate(prompt, parameters, f"check-{next(self._numbers)}")
        except ProviderFault as error:
            raise CannotTell(f"the engine failed: {error}") from error
