"""The server dies, the owner dies, everything is given back: nothing is scored wrongly and nothing is left."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from environments.contract import EnvironmentFault, UserError
from environments.knowledge_graph.environment import KnowledgeGraph, create
from environments.knowledge_graph.generate import generate
from environments.knowledge_graph.settings import Settings
from tests.environments.episodes import episode, play
from tests.environments.knowledge_graph.players import reference, say

pytestmark = pytest.mark.asyncio(loop_scope="session")

ROOT = Path(__file__).parents[3]


def gone(pid: int, within_s: float = 10) -> bool:
    """Whether a process ends in time."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        stat = Path(f"/proc/{pid}/stat")
        if not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


def left(state: Path) -> list[str]:
    """What is in the state directory beside stores."""
    return [
        path.name for path in state.iterdir() if path.is_dir() and not path.name.startswith("knowledge-graph-store")
    ]


async def test_a_killed_server_is_a_fault_and_is_replaced(state: Path) -> None:
    environment = KnowledgeGraph(Settings(workers=2))
    await environment.start()
    try:
        (task,) = generate(1, 0, "t")
        name = next(iter(task.payload["entities"]))
        async with episode(environment, task) as session:
            assert environment.child is not None
            pid = environment.child.pid
            assert pid is not None
            workers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            os.kill(pid, signal.SIGKILL)
            assert all(gone(int(worker)) for worker in workers), "workers outlive their parent"
            with pytest.raises(EnvironmentFault):
                await say(session, "get_relations", name)
            await environment.healthy()
            with pytest.raises(EnvironmentFault):
                await say(session, "get_relations", name)
        assert (await play(environment, task, reference)).reward == 1.0
        assert environment.gauges() == {"open_sessions": 0.0, "max_sessions": 1024.0, "server_restarts": 1.0}
    finally:
        await environment.stop()
    assert left(state) == []


async def test_release_may_be_repeated_and_a_full_environment_lets_nobody_wait_for_ever(state: Path) -> None:
    environment = create(Settings(max_sessions=1, lease_timeout_s=0.3, workers=1))
    await environment.start()
    try:
        first, second = generate(2, 0, "t")
        lease = await environment.lease(first, "first")
        with pytest.raises(EnvironmentFault, match="all 1 sessions"):
            await environment.lease(second, "second")
        await environment.release(lease)
        await environment.release(lease)
        assert (await play(environment, second, reference)).reward == 1.0
    finally:
        await environment.stop()
        await environment.stop()
    with pytest.raises(EnvironmentFault, match="not started"):
        await environment.lease(first, "late")


async def test_a_session_opens_on_an_instance_that_was_never_started(environment: KnowledgeGraph) -> None:
    (task,) = generate(1, 3, "t")
    lease = await environment.lease(task, "elsewhere")
    session = await KnowledgeGraph(Settings()).connect(lease, task)
    assert (await say(session, "get_relations", next(iter(task.payload["entities"])))).startswith("Observation: [")
    await session.close()
    await session.close()
    await environment.release(lease)


async def test_only_an_endpoint_on_the_network_is_reached_from_other_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert KnowledgeGraph(Settings()).node_bound
    assert KnowledgeGraph(Settings(endpoint="http://localhost:8890/sparql")).node_bound
    assert not KnowledgeGraph(Settings(endpoint="http://graph.example:8890/sparql")).node_bound
    monkeypatch.setenv("AGENTTUNING_SPARQL_ENDPOINT", "http://me:secret@graph.example/sparql")
    assert not KnowledgeGraph(Settings()).node_bound


OWNER = """
import asyncio, json
from environments.knowledge_graph.environment import KnowledgeGraph
from environments.knowledge_graph.settings import Settings

async def main():
    environment = KnowledgeGraph(Settings(workers=2))
    await environment.start()
    print(json.dumps(environment.child.pid), flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.parametrize("with_setpriv", [True, False])
async def test_after_kill_9_of_the_owner_a_sweep_removes_all(state: Path, tmp_path: Path, with_setpriv: bool) -> None:
    environment = {**os.environ, "AGENTTUNING_STATE": str(state)}
    if not with_setpriv:  # as where the kernel does not take the server down with its parent
        environment["PATH"] = str(tmp_path)
    owner = await asyncio.to_thread(
        subprocess.Popen, [sys.executable, "-c", OWNER], stdout=subprocess.PIPE, env=environment, cwd=ROOT
    )
    assert owner.stdout is not None
    pid = json.loads(await asyncio.to_thread(owner.stdout.readline))
    sweeper = KnowledgeGraph(Settings())
    assert await sweeper.sweep() == 0, "what a living owner has stays"
    owner.kill()
    owner.wait()
    owner.stdout.close()
    if with_setpriv:
        assert await asyncio.to_thread(gone, pid)
    assert await sweeper.sweep() >= 1
    assert await asyncio.to_thread(gone, pid)
    assert await sweeper.sweep() == 0
    assert left(state) == []


async def test_what_cannot_be_used_is_one_clear_line(state: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.nt").write_text("this is no triple\n")
    (tmp_path / "ontology").mkdir()
    (tmp_path / "ontology" / "vocab.json").write_text("{}")
    for settings, said in (
        (Settings(graph=str(tmp_path / "bad.nt")), r"ontology: a graph of yours needs a folder"),
        (Settings(graph="x", ontology="nowhere"), r"nowhere/vocab\.json: cannot read it"),
        (Settings(graph="x", ontology=str(tmp_path / "ontology")), r"field 'relations' should be a list"),
        (Settings(prompts="nowhere"), r"cannot read this prompt"),
    ):
        with pytest.raises(UserError, match=said) as caught:
            await KnowledgeGraph(settings).start()
        assert "\n" not in str(caught.value)
    assert left(state) == []
