"""One embedded environment and one Virtuoso for all tests; the real data where it is at hand."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from environments.knowledge_graph.environment import KnowledgeGraph
from environments.knowledge_graph.settings import Settings
from tests.environments.knowledge_graph.graphs import BOAT_ROLES, boats, write_ontology
from tests.environments.knowledge_graph.virtuoso import Virtuoso, find_binary

DATA = Path(os.environ.get("AGENTTUNING_DATA", Path(__file__).parents[4] / "shared" / "data"))


@pytest.fixture(scope="session", autouse=True)
def _no_foreign_endpoint() -> None:
    os.environ.pop("AGENTTUNING_SPARQL_ENDPOINT", None)


@pytest.fixture(scope="session")
def questions() -> Path:
    """AgentBench's public questions with their ontology."""
    path = DATA / "agentbench" / "knowledgegraph"
    if not path.exists():
        pytest.skip(f"no AgentBench questions at {path}; set AGENTTUNING_DATA")
    return path


@pytest.fixture(scope="session")
def freebase() -> Path:
    """FB15k-237 in Freebase's shape, 1.2 million triples."""
    path = DATA / "freebase" / "fb15k237.nt.gz"
    if not path.exists():
        pytest.skip(f"no Freebase triples at {path}; set AGENTTUNING_DATA")
    return path


@pytest.fixture(scope="session")
def session_state() -> Iterator[Path]:
    """A state directory for all tests of this folder (short, for the sockets in it)."""
    folder = Path(tempfile.mkdtemp(prefix="kg-"))
    before = os.environ.get("AGENTTUNING_STATE")
    os.environ["AGENTTUNING_STATE"] = str(folder)
    yield folder
    if before is None:
        del os.environ["AGENTTUNING_STATE"]
    else:
        os.environ["AGENTTUNING_STATE"] = before
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def state(session_state: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A state directory of the test's own."""
    folder = Path(tempfile.mkdtemp(prefix="kg-"))
    monkeypatch.setenv("AGENTTUNING_STATE", str(folder))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def environment(session_state: Path) -> AsyncIterator[KnowledgeGraph]:
    """The embedded default: the project's own graph."""
    started = KnowledgeGraph(Settings(workers=2))
    await started.start()
    yield started
    await started.stop()


@pytest.fixture(scope="session")
def boat_settings(session_state: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The demonstration's small graph."""
    folder = tmp_path_factory.mktemp("boats")
    (folder / "boats.nt").write_text("\n".join(boats()) + "\n")
    attributes = ("boats.ship.length", "boats.ship.launched")
    ontology = write_ontology(folder / "ontology", BOAT_ROLES, attributes, hidden=("boats.ship.secret",))
    return Settings(graph=str(folder / "boats.nt"), ontology=str(ontology), workers=2, query_timeout_s=5.0)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def harbour(boat_settings: Settings) -> AsyncIterator[KnowledgeGraph]:
    """An environment over the demonstration's graph."""
    started = KnowledgeGraph(boat_settings)
    await started.start()
    yield started
    await started.stop()


@pytest.fixture(scope="session")
def virtuoso(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Virtuoso]:
    """An empty Virtuoso, to which tests add triples of their own names."""
    if find_binary() is None:
        pytest.skip("no virtuoso-t to start; apt-get install virtuoso-opensource")
    server = Virtuoso(tmp_path_factory.mktemp("virtuoso"))
    yield server
    server.stop()
