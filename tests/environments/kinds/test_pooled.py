"""Workers are killed, hang, leak, refuse and print: an episode loses at most its own try, and nothing is left."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from environments.conformance import HOSTILE
from environments.contract import EnvironmentFault, Feedback, Lease, Session, Task, TaskFault, UserError
from environments.kinds.pooled import Pooled, PoolSettings
from environments.kinds.worker import LIMIT_MESSAGE_BYTES, Limit, Worker
from environments.message import Message
from tests.environments.kinds.waiting import until

ENGINE = "tests.environments.kinds.trickster:Trickster"
ROOT = Path(__file__).parents[3]


class Puppet(Session):
    """A session whose worker a test calls itself."""

    opening: Sequence[Message] = ()

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.call = worker.call

    async def step(self, reply: str) -> Feedback:
        return Feedback(await self.worker.call("echo", reply))

    async def close(self) -> None:
        pass


def pooled(options: dict[str, Any] | None = None, engine: str = ENGINE, **settings: Any) -> Pooled:
    known = PoolSettings(**{"workers": 2, "spares": 0, "load_timeout_s": 30, "step_timeout_s": 30, **settings})
    return Pooled(engine, lambda task, worker: Puppet(worker), known, options)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AGENTTUNING_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


@asynccontextmanager
async def running(options: dict[str, Any] | None = None, **settings: Any) -> AsyncIterator[Pooled]:
    environment = pooled(options, **settings)
    await environment.start()
    try:
        yield environment
    finally:
        await environment.stop()
        assert await environment.sweep() == 0


def a_task(**payload: Any) -> Task:
    return Task(id="one", environment="puppets", split="train", source="test", payload=payload)


async def begun(environment: Pooled, **payload: Any) -> tuple[Lease, Puppet]:
    task = a_task(**payload)
    lease = await environment.lease(task, f"lease-{time.monotonic_ns()}")
    session = await environment.connect(lease, task)
    assert isinstance(session, Puppet)
    return lease, session


async def loaded(environment: Pooled, **payload: Any) -> dict[str, Any]:
    """What an episode's engine said to its task; the lease is given back, and the worker is where it goes."""
    lease, session = await begun(environment, **payload)
    said: dict[str, Any] = session.worker.loaded
    await environment.release(lease)
    await until(lambda: not environment._duties)
    return said


def gone(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


async def test_a_killed_worker_costs_its_own_episode_alone() -> None:
    async with running() as environment:
        (lease, killed), (_, other) = await begun(environment), await begun(environment)
        hanging = asyncio.create_task(killed.call("hang"))
        await asyncio.sleep(0.1)
        os.kill(killed.worker.loaded["process"], signal.SIGKILL)
        with pytest.raises(EnvironmentFault, match=r"^the engine died in 'hang' \(exit -9\)$"):
            await hanging
        with pytest.raises(EnvironmentFault, match="has ended"):
            await killed.call("echo", "a")
        assert await other.call("echo", "b") == "b"
        await environment.release(lease)
        assert (await loaded(environment))["process"] != killed.worker.loaded["process"]


async def test_a_step_that_hangs_is_ended_at_its_limit_and_one_that_dies_or_raises_at_once() -> None:
    async with running(step_timeout_s=1, workers=4) as environment:
        plays = [(await begun(environment))[1] for _ in range(4)]
        ends = [session.call(method) for session, method in zip(plays, ["hang", "die", "fail", "leave"], strict=True)]
        faults = await asyncio.gather(*ends, return_exceptions=True)
        assert [type(fault) for fault in faults[:2]] == [EnvironmentFault] * 2
        assert all(isinstance(fault, EnvironmentFault) for fault in faults)
        assert [str(fault) for fault in faults] == [
            "the engine did not answer 'hang' within step_timeout_s=1",
            "the engine died in 'die' (exit 3): the last words",
            "KeyError: 'lost'",
            "SystemExit: enough",
        ]
        assert all(gone(session.worker.loaded["process"]) for session in plays)


async def test_a_task_is_refused_by_an_unused_worker_alone() -> None:
    async with running() as environment:
        first = await loaded(environment)
        second = await loaded(environment, refused_when_used=True)
        assert (second["loads"], second["process"] != first["process"]) == (1, True)
        with pytest.raises(TaskFault) as refusal:
            await loaded(environment, refused=True)
        assert str(refusal.value) == "task 'one' cannot be loaded: ValueError: no such game: \ufffd[31m\ufffd"


async def test_a_load_that_hangs_is_ended_at_its_limit() -> None:
    async with running() as environment:
        environment._load_limit = Limit("load_timeout_s", 0.2)  # after the start, which has the same one
        with pytest.raises(EnvironmentFault, match=r"did not answer 'load' within load_timeout_s=0\.2"):
            await loaded(environment, seconds=600)
        assert environment.gauges() == {"warm": 0.0, "busy": 0.0}
        environment._load_limit = Limit("load_timeout_s", 30)
        assert (await loaded(environment))["loads"] == 1


async def test_a_worker_plays_its_number_of_games_and_no_more_than_its_memory() -> None:
    async with running({"child": True}, games=2, memory_mb=200) as environment:
        plays = [await loaded(environment) for _ in range(3)]
        assert [play["loads"] for play in plays] == [1, 2, 1]
        assert plays[0]["process"] == plays[1]["process"]
        assert gone(plays[0]["process"])
        assert gone(plays[0]["child"])
        lease, session = await begun(environment)
        assert session.worker.loaded["process"] == plays[2]["process"]
    async with running(memory_mb=200) as environment:
        lease, session = await begun(environment)
        await session.call("grow", 300)
        await environment.release(lease)
        assert (await loaded(environment))["loads"] == 1
        assert gone(session.worker.loaded["process"])


async def test_what_the_engine_prints_is_no_answer() -> None:
    async with running() as environment:
        _, session = await begun(environment)
        assert await session.call("chatter", 4) == "said"
        assert await session.call("echo", "a") == "a"
        assert session.worker.process is not None
        assert len(session.worker.process._printed) == 64 << 10
        with pytest.raises(EnvironmentFault, match=r"\(exit 3\): the last words$"):
            await session.call("die")


async def test_any_text_passes_and_comes_back_as_text() -> None:
    async with running() as environment:
        _, session = await begun(environment)
        for text in (*HOSTILE, "\ud83d\ude00", '"]\n\0' * 1_000_000):
            answer = (await session.step(text)).observation
            assert answer == text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        with pytest.raises(EnvironmentFault, match=r"'huge' returns .* bytes, more than"):
            await session.call("huge", (LIMIT_MESSAGE_BYTES >> 20) + 1)
        _, session = await begun(environment)
        with pytest.raises(EnvironmentFault, match=r"TypeError: .* set is not JSON serializable"):
            await session.call("no_json")


async def test_a_spare_loads_the_task_of_the_lease_that_waits() -> None:
    async with running(workers=1, spares=1) as environment:
        lease, _ = await begun(environment)
        following = asyncio.create_task(begun(environment))
        await until(lambda: sum(worker.loaded is not None for worker in environment._leased.values()) == 2)
        assert not following.done()
        await environment.release(lease)
        _, session = await following
        assert await session.call("echo", "a") == "a"


async def test_no_more_leases_play_than_there_are_workers() -> None:
    async with running(workers=2, spares=1) as environment:
        leasing = [asyncio.create_task(begun(environment)) for _ in range(4)]
        while leasing:
            await until(lambda: sum(play.done() for play in leasing) == min(2, len(leasing)))
            await asyncio.sleep(0.3)
            playing = [play for play in leasing if play.done()]
            assert len(playing) <= 2
            await environment.release(playing[0].result()[0])
            leasing.remove(playing[0])


async def test_a_lease_that_is_cancelled_while_it_loads_gives_its_worker_back() -> None:
    async with running(workers=1) as environment:
        first = await loaded(environment)
        leasing = asyncio.create_task(begun(environment, seconds=1))
        await asyncio.sleep(0.2)
        assert environment.gauges() == {"warm": 0.0, "busy": 1.0}
        leasing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leasing
        assert await loaded(environment) == {**first, "loads": 3}


async def test_a_step_that_is_cancelled_is_not_taken_for_the_answer_of_the_next() -> None:
    async with running() as environment:
        _, session = await begun(environment)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(session.call("load", {"seconds": 0.5}), 0.1)
        assert await session.call("echo", "a") == "a"


async def test_leases_wait_for_room_and_their_handles_end_with_them() -> None:
    async with running(workers=1) as environment:
        lease, session = await begun(environment)
        waiting = asyncio.create_task(begun(environment))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        await environment.release(lease)
        await environment.release(lease)
        _, second = await waiting
        assert second.worker.loaded["process"] == session.worker.loaded["process"]
        with pytest.raises(EnvironmentFault, match="was given back"):
            await session.call("echo", "a")
        with pytest.raises(EnvironmentFault, match="is not open here"):
            await environment.connect(lease, a_task())
        waiting = asyncio.create_task(begun(environment))
        await asyncio.sleep(0)
        await environment.stop()
        with pytest.raises(EnvironmentFault, match="not started"):
            await waiting


async def test_a_spare_warms_up_while_a_session_plays_and_a_dead_one_is_replaced_unnoticed() -> None:
    async with running(spares=1) as environment:
        assert environment.gauges() == {"warm": 1.0, "busy": 0.0}
        _, first = await begun(environment)
        await until(lambda: environment.gauges() == {"warm": 1.0, "busy": 1.0})
        spare = environment._ready[0].pid
        os.kill(spare, signal.SIGKILL)
        await until(lambda: gone(spare))
        _, session = await begun(environment)
        assert await session.call("walk") == await first.call("walk")  # as a replay needs it
        await environment.healthy()
        await until(lambda: environment.gauges() == {"warm": 1.0, "busy": 2.0})


@pytest.mark.parametrize(
    ("engine", "options", "said"),
    [
        (ENGINE, {"broken": "no\nJVM"}, "RuntimeError: no JVM"),
        ("tests.no_such_module:Engine", {}, "ModuleNotFoundError: No module named 'tests.no_such_module'"),
    ],
)
async def test_an_engine_that_cannot_start_is_the_user_s_to_mend(
    engine: str, options: dict[str, Any], said: str, state: Path
) -> None:
    with pytest.raises(UserError) as error:
        await pooled(options, engine).start()
    assert str(error.value) == f"the engine '{engine}' does not start: {said}"
    assert list(state.iterdir()) == []


async def test_stop_ends_what_plays_and_what_the_engine_itself_has_started(state: Path) -> None:
    environment = pooled({"child": True})
    await environment.start()
    _, session = await begun(environment)
    litter = Path(await session.call("litter"))
    assert litter.exists()
    hanging = asyncio.create_task(session.call("hang"))
    await asyncio.sleep(0.1)
    await environment.stop()
    with pytest.raises(EnvironmentFault, match="died in 'hang'"):
        await hanging
    assert gone(session.worker.loaded["process"])
    assert gone(session.worker.loaded["child"])
    assert not litter.exists()
    assert list(state.iterdir()) == []


HOST = """
import asyncio, json
from tests.environments.kinds.test_pooled import begun, pooled

async def main():
    environment = pooled({"child": True}, spares=1)
    await environment.start()
    plays = [(await begun(environment))[1] for _ in range(2)]
    hanging = asyncio.create_task(plays[0].call("hang"))
    print(json.dumps([play.worker.loaded for play in plays]), flush=True)
    await hanging

asyncio.run(main())
"""


async def test_after_kill_9_of_the_host_nothing_is_left(state: Path) -> None:
    async with running() as neighbour:
        _, theirs = await begun(neighbour)
        command = [sys.executable, "-c", HOST]
        host = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
        assert host.stdout is not None
        plays = json.loads(await host.stdout.readline())
        host.kill()
        await host.wait()
        await until(lambda: all(gone(play["process"]) for play in plays))
        assert not any(gone(play["child"]) for play in plays)  # as a JVM would be: orphaned
        assert await pooled().sweep() >= len(plays) + 1
        assert all(gone(play["child"]) for play in plays)
        assert await pooled().sweep() == 0
        assert await theirs.call("echo", "a") == "a"
    assert list(state.iterdir()) == []
