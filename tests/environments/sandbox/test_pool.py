"""The warm pool hands out only the living, starts no more at once than it may, and recovers when the engine does."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from environments.contract import EnvironmentFault
from environments.sandbox.docker_sandbox import DockerEngine
from environments.sandbox.pool import Pool
from environments.sandbox.sandbox import Engine, Sandbox
from tests.environments.sandbox.conftest import SETTINGS

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not done():  # noqa: ASYNC110 - there is no event to wait for in another process
            await asyncio.sleep(0.02)


async def test_a_dead_warm_sandbox_is_not_handed_out(engine: Engine) -> None:
    pool = Pool(engine.create, 2, 2)
    pool.start()
    await until(lambda: pool.ready == 2)
    victim = next(iter(engine.sandboxes.values()))
    if isinstance(engine, DockerEngine):
        await engine.call(engine.client.kill, victim.container)
    else:
        victim.process.kill()
    await until(lambda: victim.supervisor.lost)
    taken = [await pool.take(30) for _ in range(3)]
    assert victim not in taken
    assert pool.discarded == 1
    for sandbox in taken:
        assert (await sandbox.supervisor.command("echo alive", 5, 1024)).output == b"alive\r\n"
        pool.remove(sandbox)
    await pool.stop()
    assert engine.sandboxes == {}


async def test_starts_are_bounded_and_every_waiter_is_served(engine: Engine) -> None:
    at_once, most = 0, 0

    async def create() -> Sandbox:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        try:
            return await engine.create()
        finally:
            at_once -= 1

    pool = Pool(create, 0, 2)
    pool.start()
    taken = await asyncio.gather(*(pool.take(60) for _ in range(5)))
    assert len({sandbox.name for sandbox in taken}) == 5
    assert most == 2
    for sandbox in taken:
        pool.remove(sandbox)
    await pool.stop()


async def test_a_failing_engine_is_asked_less_and_less_and_its_error_is_told(engine: Engine) -> None:
    attempts, broken = 0, True

    async def create() -> Sandbox:
        nonlocal attempts
        attempts += 1
        if broken:
            raise EnvironmentFault("the daemon is away")
        return await engine.create()

    pool = Pool(create, 1, 1)
    pool.start()
    with pytest.raises(EnvironmentFault, match="within 1 s: the daemon is away"):
        await pool.take(1)
    assert 1 <= attempts <= 4
    broken = False
    pool.remove(await pool.take(30))
    await pool.stop()


async def test_a_cancelled_wait_loses_no_sandbox(engine: Engine) -> None:
    pool = Pool(engine.create, 0, 1)
    pool.start()
    for patience in (0.0, 0.05, 0.3):
        leaving, staying = asyncio.create_task(pool.take(60)), asyncio.create_task(pool.take(60))
        await asyncio.sleep(patience)
        leaving.cancel()
        (outcome,) = await asyncio.gather(leaving, return_exceptions=True)
        if isinstance(outcome, Sandbox):  # it was served before it left
            pool.remove(outcome)
        pool.remove(await staying)
    await pool.stop()
    assert engine.sandboxes == {}


OWNED = """
import asyncio, sys
sys.path.insert(0, {root!r})
from environments.ownership import Owner
from {module} import {engine}
from tests.environments.sandbox.conftest import SETTINGS
async def main():
    engine = {engine}(SETTINGS, Owner.claim())
    await engine.start()
    sandbox = await engine.create()
    await sandbox.supervisor.command("sleep {mark} & disown", 5, 100)
    print(sandbox.name, flush=True)
    await asyncio.sleep(1000)
asyncio.run(main())
"""


def left(name: str, mark: str) -> list[str]:
    """What still runs or exists of a sandbox."""
    running = [
        process.info["cmdline"]
        for process in psutil.process_iter(["cmdline"])
        if mark in (process.info["cmdline"] or ())
    ]
    owner = name.removeprefix("agenttuning-").rpartition("-")[0]
    groups = [group for tree in Path("/sys/fs/cgroup").glob("*/agenttuning") for group in tree.glob(f"*/{owner}")]
    return [*map(str, running), *map(str, groups)]


async def test_what_a_killed_owner_left_is_swept_and_what_a_living_one_has_is_not(engine: Engine) -> None:
    kind, mark = type(engine), str(random.randrange(10**6, 10**7))
    root = str(Path(__file__).parents[3])
    source = OWNED.format(root=root, module=kind.__module__, engine=kind.__name__, mark=mark)
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", source, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        name = (await process.stdout.readline()).decode().strip()
        mine = await engine.create()
        assert left(name, mark)
        assert await engine.sweep() == 0
    finally:
        process.kill()
        await process.wait()
    sweeper = kind(SETTINGS, None)
    deadline = time.monotonic() + 15
    swept = await sweeper.sweep()
    while left(name, mark) and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
        swept += await sweeper.sweep()
    await sweeper.stop()
    assert left(name, mark) == []
    assert swept <= 1, "the dead owner had one sandbox (0: it was gone before the sweep, its stdin had closed)"
    assert (await mine.supervisor.command("echo alive", 5, 1024)).output == b"alive\r\n"
    await mine.remove()
