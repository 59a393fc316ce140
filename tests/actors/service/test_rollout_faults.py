"""kill -9 of each part of a run under load: no finished episode lost or doubled, no journalled reply paid for twice."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from actors.records.store import Store
from environments.contract import Status
from tests.actors.running import Running, journalled, nothing_lost_or_doubled

pytestmark = [pytest.mark.ray, pytest.mark.timeout(240)]

EPISODES = 160
Start = Callable[..., Running]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    running: list[Running] = []

    def begin(*overrides: str, hosted: bool = True) -> Running:
        config: dict[str, Any] = {
            "store": str(tmp_path / "run"),
            "tasks": [{"environment": "practice", "generate": EPISODES}],
            "environments": {"practice": {"settings": {"hosted": hosted, "step_s": 0.03}}},
            "llm": {"kind": "reference"},
            "llm_actors": {"actors": 2, "concurrency": 8},
        }
        running.append(Running(config, tmp_path, *overrides))
        return running[-1]

    yield begin
    for one in running:
        one.end()


@pytest.mark.parametrize("actor", ["LLMActor", "EnvironmentActor"])
def test_killed_actors_are_replaced_and_their_episodes_go_on(start: Start, actor: str):
    run = start()
    for played in (15, 60):
        run.wait_for(played)
        assert run.kill(actor) >= 1
        recovery_s = run.wait_for(run.played() + 24)
        print(f"{actor}: 24 more episodes {recovery_s:.1f} s after the kill")
        assert recovery_s < 15 + 5
    assert run.wait() == 0, run.log
    nothing_lost_or_doubled(run.store, EPISODES, 10)


def test_episodes_wait_for_an_environment_that_is_slow_to_restart_instead_of_using_up_their_tries(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AGENTTUNING_STATE", str(tmp_path / "state"))
    run = start("retries.max_tries=2", "retries.first_pause_s=0.01")
    run.wait_for(15)
    log = (
        tmp_path / "state" / "reaper.log"
    )  # the new actor opens it first of all, and a pipe opens only when somebody reads
    log.unlink()
    os.mkfifo(log)
    assert run.kill("EnvironmentActor") == 1
    time.sleep(5)
    reader = os.open(log, os.O_RDONLY | os.O_NONBLOCK)
    assert run.wait() == 0, run.log
    os.close(reader)
    nothing_lost_or_doubled(run.store, EPISODES, 10)


def test_a_killed_driver_loses_nothing_and_the_same_command_does_what_is_missing(start: Start):
    run = start()
    run.wait_for(30)
    os.kill(run.process.pid, signal.SIGKILL)
    run.wait()
    before = {entry: where for entry, where in run.store.index().items() if where.settled}
    assert 30 <= len(before) < EPISODES
    again = start()
    assert again.wait() == 0, again.log
    nothing_lost_or_doubled(again.store, EPISODES, 10)
    after = again.store.index()
    assert all(after[episode] == where for episode, where in before.items())


def test_ctrl_c_ends_cleanly_and_says_how_to_go_on(start: Start):
    run = start(hosted=False)
    run.wait_for(20)
    run.process.send_signal(signal.SIGINT)
    assert run.wait() == 130, run.log
    assert "Go on with:" in run.log
    statuses = {trajectory.status for trajectory in run.store.trajectories()}
    assert statuses == {Status.COMPLETED, Status.CANCELLED}
    assert run.store.status()["state"] == "stopped"
    again = start(hosted=False)
    assert again.wait() == 0, again.log
    nothing_lost_or_doubled(again.store, EPISODES, 10)
    third = start(hosted=False)
    assert third.wait() == 0
    assert len(journalled(third.store)) == EPISODES * 10


def test_a_run_whose_folder_is_removed_under_way_stops_and_says_so(start: Start):
    run = start()
    run.wait_for(10)
    shutil.rmtree(run.store.url)
    assert run.wait(30) == 2, run.log
    assert "was removed, moved or replaced" in run.log.splitlines()[-1]
    assert not Path(run.store.url).exists()


def test_a_private_cluster_whose_raylet_dies_ends_the_run_at_once(start: Start):
    run = start()
    run.wait_for(10)
    (raylet,) = (child for child in psutil.Process(run.process.pid).children() if child.name() == "raylet")
    raylet.kill()
    assert run.wait() == 2, run.log
    assert run.log.splitlines()[-1].startswith("rollout: Ray's raylet ended")
    assert 10 <= run.played() < EPISODES


def test_ctrl_c_while_ray_starts_is_one_line_and_leaves_no_process(start: Start):
    run = start()
    while "episodes into" not in run.log:
        time.sleep(0.02)
    time.sleep(0.5)
    children = psutil.Process(run.process.pid).children(recursive=True)
    os.killpg(run.process.pid, signal.SIGINT)
    assert run.wait(30) == 130
    assert "stopped at once. Go on with: python -m actors rollout" in run.log.splitlines()[-1]
    assert "Traceback" not in run.log
    assert not psutil.wait_procs(children, timeout=10)[1]


def test_a_second_driver_is_refused_in_one_line(start: Start):
    run = start(
        "environments.practice.settings.step_s=1"
    )  # it plays for longer than the second needs to start, on any machine
    run.wait_for(1)
    second = start()
    assert second.wait() == 2
    assert "another rollout is writing" in second.log
    run.process.send_signal(signal.SIGTERM)
    assert run.wait() == 130


def test_why_stuck_names_what_each_episode_waits_for(start: Start):
    run = start("environments.practice.settings.step_s=600")
    deadline = time.monotonic() + 60
    while (run.store.folder.read("status.json") or b"").count(
        b'"phase":"environment"'
    ) < 16 and time.monotonic() < deadline:
        time.sleep(0.2)
    command = [sys.executable, "-m", "actors", "why-stuck", run.store.url]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "16 episodes wait for: environment" in told
    run.process.send_signal(signal.SIGINT)
    assert run.wait() == 130
    assert {trajectory.status for trajectory in Store(run.store.url).trajectories()} == {Status.CANCELLED}
