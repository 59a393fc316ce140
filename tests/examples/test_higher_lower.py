"""The example of an environment with an engine in workers: it is one, and is played from its own folder."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from actors.records.store import Store
from actors.service.environment_host import EnvironmentHost, Fault, OpenAnswer, OpenRequest, Pending
from environments.cheats import check_cheats
from environments.conformance import check, opened, played
from environments.contract import Feedback, Status, Task, TaskFault, UserError
from environments.kill_check import check_kill
from environments.message import Message
from environments.registry import RegisteredEnvironment, registered

EXAMPLE = Path(__file__).parents[2] / "examples" / "higher_lower"


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> RegisteredEnvironment:
    monkeypatch.setenv("AGENTTUNING_STATE", str(tmp_path / "state"))
    monkeypatch.syspath_prepend(str(EXAMPLE))
    monkeypatch.chdir(EXAMPLE)
    return registered("higher_lower")


def test_it_is_an_environment() -> None:
    check("higher_lower", generate=6, wrong=("", "I do not know.", "Guess: 1000000", "Guess: a number"))
    check_cheats("higher_lower", generate=2)
    check_kill("higher_lower")


def test_what_is_said_decides_and_a_lost_game_is_the_agent_s(home: RegisteredEnvironment) -> None:
    (task,) = home.generate(1, 7, "test", ["small"])
    number = task.payload["number"]

    async def said() -> list[str]:
        environment = home.environment(home.settings_type())
        await environment.start()
        try:
            always = Message("assistant", f"Guess: {number - 1}", loss=True)
            lost = await played(environment, task, lambda task, messages, tools: always)
            assert lost.last is not None
            assert (lost.last.status, lost.last.reward) == (Status.TASK_LIMIT, 0.0)
            async with opened(environment, task) as session:
                assert session.opening == home.opening(task, home.settings_type())
                replies = [f"Guess: {number - 1}\nGUESS:  {number + 1}", f"guess: {number - 1}", "Guess: \0\ud800"]
                return [(await session.step(reply)).observation.partition(".")[0] for reply in replies]
        finally:
            await environment.stop()

    assert asyncio.run(said()) == ["Lower", "Higher", "That is no number"]


def test_a_task_without_its_number_is_refused(home: RegisteredEnvironment) -> None:
    (task,) = home.generate(1, 7, "train")

    async def lease(task: Task) -> None:
        environment = home.environment(home.settings_type())
        await environment.start()
        try:
            await environment.lease(task, "refused")
        finally:
            await environment.stop()

    with pytest.raises(TaskFault, match=r"^task '.*' cannot be loaded: ValueError: the number -1 is not between"):
        asyncio.run(lease(msgspec.structs.replace(task, payload={**task.payload, "number": -1})))


def test_a_host_gives_sessions_to_as_many_as_there_are_workers_and_goes_on_after_a_killed_one(
    home: RegisteredEnvironment,
) -> None:
    tasks = list(home.generate(3, 7, "train", ["small"]))
    requests = [OpenRequest(lease_id=task.id, task=task, holder="test", node="") for task in tasks]

    async def opened(host: EnvironmentHost, request: OpenRequest) -> OpenAnswer:
        (answer,) = await host.open([request])
        answer = await host.wait(answer.ticket) if isinstance(answer, Pending) else answer
        assert isinstance(answer, OpenAnswer)
        return answer

    async def play() -> None:
        host = EnvironmentHost(home.environment(home.settings_type(workers=2)))
        await host.start()
        try:
            first, second = [await opened(host, request) for request in requests[:2]]
            assert first.opening == home.opening(tasks[0], home.settings_type())
            third = asyncio.create_task(opened(host, requests[2]))
            os.kill(first.lease.address["process"], signal.SIGKILL)
            faults = [await host.wait(a.ticket) if isinstance(a, Pending) else a for a in await step(host, first)]
            assert [(type(fault), getattr(fault, "kind", "")) for fault in faults] == [(Fault, "environment")]
            assert not third.done()
            await host.close(first.lease.id)
            for answer in (second, await third):
                (said,) = await step(host, answer)
                said = await host.wait(said.ticket) if isinstance(said, Pending) else said
                assert isinstance(said, Feedback)
                assert said.observation.startswith("Higher.")
        finally:
            await host.stop()

    async def step(host: EnvironmentHost, answer: OpenAnswer) -> list[OpenAnswer | Feedback | Fault | Pending]:
        return await host.step([(answer.lease.id, "Guess: -1")])

    asyncio.run(play())


def test_an_unknown_family_is_named(home: RegisteredEnvironment) -> None:
    with pytest.raises(UserError, match="unknown family 'huge' of higher_lower: did you mean 'large'"):
        list(home.generate(1, 7, "train", ["huge"]))


@pytest.mark.ray
def test_it_is_rolled_out_from_its_own_folder(tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLE, tmp_path / "own")
    command = [str(Path(sys.executable).parent / "agenttuning"), "rollout", "rollout.yaml"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [one.reward for one in Store(str(folder / "runs" / "higher_lower")).trajectories()] == [1.0] * 8
