"""What a call to a provider costs the client, and how much of a provider's limits is used.

    python -m benchmarks.provider cpu              # ours beside the openai package's ordinary call, in one run
    python -m benchmarks.provider limits           # four keys, enforced limits, a minute each
    python -m benchmarks.provider shared           # the same through the limits actor, two processes on a local Ray

The practice provider runs in a process of its own; CPU is the client process's alone.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from actors.llms.llm import Episode, Sampling
from actors.llms.openai_api.limits_actor import create_for
from actors.llms.openai_api.openai_llm import OpenAILLM
from actors.llms.openai_api.settings import OpenAISettings
from actors.llms.openai_api.shared_limiter import SharedLimiter, limiter_of
from environments.contract import Task
from environments.message import Message

KEYS = 4
EPISODE = Episode("benchmark", Task("t", "operating_system", "dev", "benchmark", {}))


@asynccontextmanager
async def provider(*arguments: str) -> AsyncIterator[str]:
    """The practice provider in its own process, by its address."""
    command = [sys.executable, "-m", "actors.llms.practice_provider", *arguments]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.terminate()
        await process.wait()


async def counts(base_url: str) -> dict[str, Any]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(base_url.removesuffix("/v1") + "/practice/counts") as response,
    ):
        answer: dict[str, Any] = await response.json()
        return answer


def conversation(messages: int) -> list[Message]:
    """`messages` of about 400 characters, as agents and environments write them."""
    roles = ("user", "assistant")
    return [Message(roles[i % 2], f"Thought: step {i}. " + "ls -la /var/log/app " * 20) for i in range(messages)]  # type: ignore[arg-type]


def settings_for(base_url: str, **fields: Any) -> OpenAISettings:
    return OpenAISettings(model="practice", base_url=base_url, prices=None, **{"api_key_env": (), **fields})


async def cpu_ms_per_call(call: Callable[[], Awaitable[Any]], calls: int, at_once: int) -> float:
    await asyncio.gather(*(call() for _ in range(at_once)))  # connections
    left = calls

    async def loop() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            await call()

    began = time.process_time()
    await asyncio.gather(*(loop() for _ in range(at_once)))
    return (time.process_time() - began) / calls * 1000


async def measure_cpu(rounds: int = 3, at_once: int = 16) -> None:
    from openai import AsyncOpenAI

    async with provider() as base_url:
        ours = OpenAILLM(settings_for(base_url))
        await ours.start()
        theirs = AsyncOpenAI(api_key="none", base_url=base_url, max_retries=0)
        for size in (1, 20):
            messages = conversation(size)
            plain: Any = [{"role": message.role, "content": message.content} for message in messages]

            async def our_call(messages: list[Message] = messages) -> None:
                await ours.reply(messages, EPISODE)

            async def their_call(plain: Any = plain) -> None:
                await theirs.chat.completions.create(model="practice", messages=plain, temperature=0.0, max_tokens=512)

            found: dict[str, list[float]] = {"ours": [], "openai package": []}
            for _ in range(rounds):  # turn about, so that a busy machine is unjust to neither
                found["ours"].append(await cpu_ms_per_call(our_call, 1000, at_once))
                found["openai package"].append(await cpu_ms_per_call(their_call, 150, at_once))
            ours_ms, theirs_ms = (statistics.median(values) for values in found.values())
            print(
                f"{size:2} messages: ours {ours_ms:.2f} ms, openai package {theirs_ms:.2f} ms, ratio"
                f" {theirs_ms / ours_ms:.1f}",
                flush=True,
            )
        await ours.stop()
        await theirs.close()


async def fill(llm: OpenAILLM, seconds: float, loops: int, seed: int) -> None:
    """Closed loops of conversations of varying length for `seconds`; calls still in line then are cancelled."""
    chance = random.Random(seed)

    async def loop() -> None:
        while True:
            await llm.reply(conversation(chance.randint(1, 20)), EPISODE)

    tasks = [asyncio.create_task(loop()) for _ in range(loops)]
    await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, Exception):
            raise result


def name_keys() -> tuple[tuple[str, ...], str]:
    names = tuple(f"PRACTICE_KEY_{i}" for i in range(KEYS))
    for i, name in enumerate(names):
        os.environ[name] = f"practice-{i}"
    return names, ",".join(os.environ[name] for name in names)


def report(title: str, seen: dict[str, Any], per_minute: float, quantity: str) -> None:
    """What share of the allowance was used between the first and the last call that the provider took."""
    refused = sum(count for name, count in seen.items() if name.startswith("refused"))
    used = seen[quantity] / (per_minute * KEYS * seen["span_s"] / 60)
    print(
        f"{title}: used {used:.1%}, refused {refused / seen['calls']:.2%} ({seen['calls']} calls,"
        f" {json.dumps(seen['by_key'])})",
        flush=True,
    )


LIMITS = (
    ("requests, sliding window", "accepted", 300, ("--rpm", "300"), {"requests_per_minute": 300}),
    ("tokens, sliding window", "tokens", 400_000, ("--tpm", "400000"), {"tokens_per_minute": 400_000}),
    (
        "tokens, fixed window",
        "tokens",
        400_000,
        ("--tpm", "400000", "--window", "fixed"),
        {"tokens_per_minute": 400_000},
    ),
)


async def measure_limits(seconds: float) -> None:
    names, keys = name_keys()
    for title, quantity, allowed, arguments, fields in LIMITS:
        async with provider("--latency-ms", "200", "--keys", keys, *arguments) as base_url:
            llm = OpenAILLM(settings_for(base_url, api_key_env=names, sampling=Sampling(max_tokens=64), **fields))
            await llm.start()
            await fill(llm, seconds, loops=64, seed=1)
            await llm.stop()
            report(title, await counts(base_url), allowed, quantity)


async def one_of_several(settings: OpenAISettings, handle: Any, seconds: float, seed: int) -> tuple[int, float]:
    limiter = limiter_of(settings, handle)
    assert isinstance(limiter, SharedLimiter)
    llm = OpenAILLM(settings, limiter)
    await llm.start()
    began = time.process_time()
    await fill(llm, seconds, loops=32, seed=seed)
    await llm.stop()
    return limiter.exchanges, time.process_time() - began


async def measure_shared(seconds: float, processes: int = 2) -> None:
    os.environ["RAY_AUTH_MODE"] = "disabled"
    import ray

    names, keys = name_keys()
    environment = {name: os.environ[name] for name in names}
    ray.init(num_cpus=processes, include_dashboard=False, runtime_env={"env_vars": environment})

    def play(settings: OpenAISettings, handle: Any, seed: int) -> tuple[int, float]:
        return asyncio.run(one_of_several(settings, handle, seconds, seed))

    runs = (
        *LIMITS[:2],
        ("requests, far below the limit", "accepted", 60_000, ("--rpm", "60000"), {"requests_per_minute": 60_000}),
    )
    for title, quantity, allowed, arguments, fields in runs:
        async with provider("--latency-ms", "200", "--keys", keys, *arguments) as base_url:
            settings = settings_for(base_url, api_key_env=names, sampling=Sampling(max_tokens=64), **fields)
            handle = create_for(settings)
            remote = ray.remote(num_cpus=1)(play)
            results = await asyncio.gather(*(remote.remote(settings, handle, seed) for seed in range(processes)))
            seen = await counts(base_url)
            report(f"{processes} processes, {title}", seen, allowed, quantity)
            exchanges, cpu_s = (sum(column) for column in zip(*results, strict=True))
            print(
                f"    {exchanges / seen['calls']:.3f} remote calls and {cpu_s / seen['calls'] * 1000:.2f} ms of client"
                " CPU a call",
                flush=True,
            )
            ray.kill(handle)
    ray.shutdown()


def main() -> None:
    what = sys.argv[1] if len(sys.argv) > 1 else "cpu"
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 60.0
    runs: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
        "cpu": measure_cpu,
        "limits": lambda: measure_limits(seconds),
        "shared": lambda: measure_shared(seconds),
    }
    if what not in runs:
        sys.exit(f"'{what}' is none of {', '.join(runs)}")
    asyncio.run(runs[what]())


if __name__ == "__main__":
    main()
