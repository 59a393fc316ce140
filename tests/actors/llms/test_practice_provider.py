"""The practice provider as a command, and its limits in both kinds of window."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import aiohttp
import pytest

from actors.llms.practice_provider import Practice, PracticeProvider

BODY = b'{"model":"practice","messages":[{"role":"user","content":"hi"}]}'


async def statuses(provider: PracticeProvider, calls: int, key: str = "") -> list[int]:
    found = []
    async with aiohttp.ClientSession() as session:
        for _ in range(calls):
            headers = {"Authorization": f"Bearer {key}"} if key else {}
            async with session.post(f"{provider.base_url}/chat/completions", data=BODY, headers=headers) as response:
                await response.read()
                found.append(response.status)
    return found


@pytest.mark.parametrize("window", ["sliding", "fixed"])
async def test_each_key_has_its_own_limit(window: str) -> None:
    practice = Practice(keys=("a", "b"), rpm=3, window=window)  # type: ignore[arg-type]
    async with PracticeProvider(practice) as provider:
        assert sorted(await statuses(provider, 5, "a")) == [200, 200, 200, 429, 429]
        assert await statuses(provider, 1, "b") == [200]
        assert await statuses(provider, 1, "c") == [401]
        assert provider.report()["by_key"] == {"0": 3, "1": 1}


async def test_tokens_are_limited_too() -> None:
    async with PracticeProvider(Practice(tpm=100)) as provider:
        assert await statuses(provider, 3) == [200, 200, 429]
        assert provider.counts["refused_tokens"] == 1


async def test_faults_are_the_same_for_the_same_seed() -> None:
    runs = []
    for _ in range(2):
        async with PracticeProvider(Practice(faults={"500": 0.3, "429": 0.3}, seed=7)) as provider:
            runs.append(await statuses(provider, 40))
    assert runs[0] == runs[1]
    assert {200, 429, 500} == set(runs[0])


async def test_the_command_prints_its_address_and_counts() -> None:
    command = [sys.executable, "-m", "actors.llms.practice_provider", "--port", "0", "--script", "503,ok", "--rpm", "2"]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[3]
    )
    try:
        assert process.stdout is not None
        address = (await asyncio.wait_for(process.stdout.readline(), 60)).decode().strip()
        async with aiohttp.ClientSession() as session:
            found = []
            for _ in range(3):
                async with session.post(f"{address}/chat/completions", data=BODY) as response:
                    found.append(response.status)
            async with session.get(f"{address.removesuffix('/v1')}/practice/counts") as response:
                counts = await response.json()
        assert found == [503, 200, 429]
        assert (counts["calls"], counts["accepted"], counts["fault_503"], counts["refused_requests"]) == (3, 1, 1, 1)
    finally:
        process.terminate()
        await process.wait()


async def test_an_unknown_fault_ends_in_one_line() -> None:
    command = [sys.executable, "-m", "actors.llms.practice_provider", "--faults", "fire=1"]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stderr=pipe, cwd=Path(__file__).parents[3])
    _, error = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 2
    assert error.decode().startswith("unknown fault 'fire'")
