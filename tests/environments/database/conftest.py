"""One private server for all tests of the database environment; skipped with a reason where there is no server to
start.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import pytest
import pytest_asyncio

from environments.database.environment import Database
from environments.database.server.choice import find_binary
from environments.database.settings import Settings

hypothesis.settings.register_profile(
    "busy machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("busy machine")


@pytest.fixture(scope="session")
def dbbench() -> Path:
    """The public DBBench development rows, where they are at hand."""
    base = Path(os.environ.get("AGENTTUNING_DATA", Path(__file__).parents[4] / "shared" / "data"))
    path = base / "agentbench" / "dbbench" / "dev.jsonl"
    if not path.exists():
        pytest.skip(f"no DBBench rows at {path}; set AGENTTUNING_DATA")
    return path


@pytest.fixture(scope="session", autouse=True)
def _no_foreign_server() -> None:
    os.environ.pop("AGENTTUNING_MYSQL_DSN", None)


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A state directory of the test's own (short, for the sockets in it)."""
    folder = Path(tempfile.mkdtemp(prefix="at-"))
    monkeypatch.setenv("AGENTTUNING_STATE", str(folder))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def settings() -> Settings:
    found = Settings(statement_timeout_s=1.5, max_result_rows=5_000, sweep_grace_s=0.2)
    if find_binary(found) is None:
        pytest.skip("no mariadbd or mysqld to start; apt-get install mariadb-server")
    return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def environment(settings: Settings) -> AsyncIterator[Database]:
    """A started database environment with a private server."""
    database = Database(settings)
    await database.start()
    yield database
    await database.stop()
