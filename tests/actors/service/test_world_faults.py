"""Both real environments under load; their containers, server, actors and driver are killed: all earn reward 1, and
nothing stays.
"""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker
import psutil
import pytest

from environments.sandbox.docker_sandbox import engine_answers
from tests.actors.running import Running, journalled

pytestmark = [
    pytest.mark.docker,
    pytest.mark.ray,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(bool(engine_answers()), reason="no Docker engine answers"),
]

EACH = 40


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A state directory of the test's own (short, for the sockets in it)."""
    with tempfile.TemporaryDirectory(prefix="at-", ignore_cleanup_errors=True) as parent:
        monkeypatch.setenv("AGENTTUNING_STATE", f"{parent}/s")
        yield Path(parent, "s")


@pytest.fixture
def start(tmp_path: Path, state: Path) -> Iterator[Callable[[], Running]]:
    running: list[Running] = []

    def begin() -> Running:
        config: dict[str, Any] = {
            "store": str(tmp_path / "run"),
            "seed": 7,
            "tasks": [{"environment": name, "generate": EACH} for name in ("operating_system", "database")],
            "environments": {"operating_system": {"settings": {"backend": "docker", "warm": 4}}},
            "llm": {"kind": "reference"},
            "llm_actors": {"actors": 2, "concurrency": 4},
            "retries": {"max_tries": 10},
        }
        running.append(Running(config, tmp_path))
        return running[-1]

    yield begin
    for one in running:
        one.end()


def owners(state: Path) -> list[str]:
    """Every owner that has a folder, living or dead. (A database template is a cache, not an owner's.)"""
    return [path.parent.name for path in state.glob("*/lock")]


def containers(state: Path) -> list[Any]:
    """The containers of this test's owners."""
    client = docker.from_env()
    mine = set(owners(state)) | {path.name for path in state.parent.glob("seen/*")}
    return [
        one
        for one in client.containers.list(all=True, ignore_removed=True)
        if one.labels.get("agenttuning.owner") in mine
    ]


def servers(state: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or [])
        if str(state) in line and ("mariadbd" in line or "mysqld" in line):
            found.append(process)
    return found


def remember(state: Path) -> None:
    """Note the owners, so that their containers can be looked for when their folders are gone."""
    seen = state.parent / "seen"
    seen.mkdir(exist_ok=True)
    for owner in owners(state):
        (seen / owner).touch()


def nothing_is_left(state: Path, limit_s: float = 40) -> None:
    deadline = time.monotonic() + limit_s
    while (left := [*containers(state), *servers(state), *owners(state)]) and time.monotonic() < deadline:
        time.sleep(0.3)
    assert not left


def all_earned_1(run: Running) -> None:
    index = run.store.index()
    assert len(index) == 2 * EACH
    bad = [t for t in run.store.trajectories() if t.reward != 1.0]
    assert not bad, [(t.task_id, t.status, t.error, t.details) for t in bad]
    paid = journalled(run.store)
    assert len(paid) == len(set(paid))


def test_containers_server_and_actors_are_killed_and_every_episode_still_earns_1(
    start: Callable[[], Running], state: Path
):
    run = start()
    run.wait_for(10, 120)
    remember(state)
    killed = 0
    for container in containers(state)[:6]:
        try:
            container.kill()
            killed += 1
        except docker.errors.APIError:
            continue  # it was going anyway
    assert killed
    run.wait_for(run.played() + 8, 120)
    for server in servers(state):
        server.send_signal(signal.SIGKILL)
    run.wait_for(run.played() + 8, 120)
    assert run.kill("EnvironmentActor") == 2
    run.wait_for(run.played() + 8, 120)
    remember(state)
    assert run.kill("LLMActor") >= 1
    assert run.wait(300) == 0, run.log
    remember(state)
    all_earned_1(run)
    nothing_is_left(state)


def test_a_killed_driver_leaves_nothing_on_the_machine_and_the_next_start_finishes(
    start: Callable[[], Running], state: Path
):
    run = start()
    run.wait_for(10, 120)
    remember(state)
    assert containers(state)
    assert servers(state)
    os.kill(run.process.pid, signal.SIGKILL)
    run.wait()
    nothing_is_left(state)
    again = start()
    assert again.wait(300) == 0, again.log
    all_earned_1(again)
    remember(state)
    nothing_is_left(state)
