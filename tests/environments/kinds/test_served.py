"""A child server dies, hangs, does not come, or outlives its owner: it is replaced within its limits, and nothing is
left.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from environments.child_server import MARK, ServerProcess, processes_marked
from environments.contract import EnvironmentFault, Task, UserError
from tests.environments.kinds.library import Library
from tests.environments.kinds.waiting import until

ROOT = Path(__file__).parents[3]
TASK = Task(id="one", environment="library", split="train", source="test", payload={})


@pytest.fixture(autouse=True)
def state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("s")
    monkeypatch.setenv("AGENTTUNING_STATE", str(folder))
    return folder


@asynccontextmanager
async def running() -> AsyncIterator[tuple[Library, int]]:
    """A library with its server's process id; afterwards nothing is left of it."""
    library = Library()
    await library.start()
    assert library.child is not None
    assert library.child.process.pid is not None
    try:
        yield library, library.child.process.pid
    finally:
        await library.stop()
        assert await library.sweep() == 0


@pytest.mark.parametrize("loss", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_child_that_died_or_hangs_is_replaced_and_its_leases_are_forgotten(state: Path, loss: int) -> None:
    async with running() as (library, pid):
        await library.lease(TASK, "kept")
        await library.healthy()
        assert library.leases == {"kept"}
        assert library.child is not None
        old = library.child.process.here
        os.kill(pid, loss)
        await library.healthy()
        assert (library.leases, library.child.process.pid == pid, old.exists()) == (set(), False, False)
        await library.ask_server()
    assert list(state.iterdir()) == []


async def test_a_child_that_cannot_be_replaced_is_a_fault_until_it_can() -> None:
    async with running() as (library, pid):
        assert library.child is not None
        library.child._says = "the shelves fell"
        os.kill(pid, signal.SIGKILL)
        said = "the library's server died and cannot be replaced: the library's server does not start: the shelves fell"
        for _ in range(2):
            with pytest.raises(EnvironmentFault, match=f"^{said}$"):
                await library.healthy()
        library.child._says = "ready"
        await library.healthy()
        await library.ask_server()


async def test_a_child_that_does_not_come_is_one_clear_line_and_leaves_nothing(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserError) as refusal:
        await Library("x" * 5_000 + "\nno shelf is free: " + "y" * 5_000).start()
    assert str(refusal.value).startswith("the library's server does not start: no shelf is free: yyy")
    assert len(str(refusal.value)) < 350
    process = ServerProcess("the library's server", state / "library", 0.2)
    await process.renew()
    with pytest.raises(UserError, match=r"does not listen after start_timeout_s=0\.2; give it more"):
        await process.start(["sleep", "600"], process.listens, os.environ)
    await process.end()
    await process.end()
    assert not process.here.exists()
    monkeypatch.setenv("AGENTTUNING_STATE", str(state / ("deep" * 30)))
    with pytest.raises(UserError, match="is too long for unix; set AGENTTUNING_STATE to a shorter folder"):
        await Library().start()


async def test_somebodys_server_is_asked_and_never_replaced() -> None:
    with pytest.raises(UserError, match="the library does not answer: FileNotFoundError; start it"):
        await Library(socket="/nowhere").start()
    async with running() as (library, pid):
        assert library.child is not None
        guest = Library(socket=library.child.process.socket)
        await guest.start()
        await guest.healthy()
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(EnvironmentFault, match="does not answer: TimeoutError"):
            await guest.healthy()
        await guest.stop()
        os.kill(pid, signal.SIGCONT)
        await library.healthy()
        assert library.child.process.pid == pid
    with pytest.raises(EnvironmentFault, match="the library environment is not started"):
        await guest.healthy()


OWNER = """
import asyncio
from tests.environments.kinds.library import Library
from tests.environments.kinds.waiting import until

async def main():
    library = Library()
    await library.start()
    print("started", flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.parametrize("with_setpriv", [True, False])
async def test_a_sweep_waits_until_all_that_a_dead_owners_server_started_is_gone(
    state: Path, tmp_path: Path, with_setpriv: bool
) -> None:
    variables = dict(os.environ)
    if not with_setpriv:
        (tmp_path / "sleep").symlink_to("/bin/sleep")
        variables["PATH"] = str(tmp_path)
    owner = await asyncio.to_thread(
        subprocess.Popen, [sys.executable, "-c", OWNER], stdout=subprocess.PIPE, env=variables, cwd=ROOT
    )
    assert owner.stdout is not None
    await asyncio.to_thread(owner.stdout.readline)
    mark = f"{MARK}={state}/"
    assert len(list(processes_marked(mark))) == 2, "the server, and what it started"
    assert await Library().sweep() == 0, "what a living owner has stays"
    owner.kill()
    owner.wait()
    owner.stdout.close()
    left = 1 if with_setpriv else 2  # the kernel ends the server itself
    await until(lambda: len(list(processes_marked(mark))) == left)
    assert await Library().sweep() == left + 1
    assert list(processes_marked(mark)) == []
    assert await Library().sweep() == 0
    assert list(state.iterdir()) == []
