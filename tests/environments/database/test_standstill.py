"""What is locked, silent or lost: waited for as long as is said, told as what it is, and no neighbour pays for it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from environments.contract import EnvironmentFault, TaskFault
from environments.database import wire
from environments.database.environment import Database
from environments.database.server import admin
from environments.database.server.schema_server import Unsorted, inspector_of, wire_of
from environments.database.settings import Settings
from environments.database.wire import open_connection
from tests.environments.database.players import run, small_task
from tests.environments.episodes import episode

pytestmark = pytest.mark.asyncio(loop_scope="session")

INSERT = "INSERT INTO t VALUES ('3', 'x')"


@contextlib.asynccontextmanager
async def _deaf(socket: str, word: bytes, at: Path) -> AsyncIterator[str]:
    """A server at the socket `at` that answers as the one at `socket` does, until a statement has `word` in it."""
    writers: list[asyncio.StreamWriter] = []

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        while (data := await reader.read(1 << 16)) and word not in data:
            writer.write(data)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_unix_connection(socket)
        await asyncio.gather(forward(reader, to_server), forward(from_server, writer))

    server = await asyncio.start_unix_server(serve, at)
    try:
        yield str(at)
    finally:
        for writer in writers:
            writer.close()
        server.close()


async def test_a_lock_is_waited_for_and_no_server_is_stopped_for_it(
    environment: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    served, endpoint = environment._started, environment._started.server.endpoint
    monkeypatch.setattr(admin, "LOCK_WAIT_S", 1)
    monkeypatch.setattr(served, "_settings", settings.model_copy(update={"lease_timeout_s": 1.5}))
    monkeypatch.setattr(served, "_admin", admin.Admin(endpoint, 2, 10))
    lease = await environment.lease(small_task(), "locked")
    async with episode(environment, small_task()) as neighbour:
        holder = await open_connection(endpoint, f"LOCK TABLES `{lease.address['name']}`.t WRITE")
        with pytest.raises(EnvironmentFault, match="1205"):
            await environment.release(lease)
        release = asyncio.create_task(environment.release(lease))
        await asyncio.sleep(1.2)
        holder.close()
        await release
        assert await run(neighbour, "SELECT COUNT(*) FROM t") == "[(2,)]"
    served.admin.close()


@pytest.mark.parametrize("word", [b"SET NAMES", b"Uptime"])
async def test_a_server_that_falls_silent_ends_no_wait_too_late(
    environment: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, word: bytes
) -> None:
    monkeypatch.setattr(wire, "CONNECT_TIMEOUT_S", 0.3)
    lease = await environment.lease(small_task(), "silent")
    async with _deaf(lease.address["socket"], word, tmp_path / "s") as socket:
        silent = wire_of({**lease.address, "socket": socket}, lease.secret, settings)

        async def play() -> None:
            await silent.open()
            await silent.run("KILL CONNECTION_ID()")

        with pytest.raises(EnvironmentFault):
            await asyncio.wait_for(play(), 5)
        await silent.close()
    await environment.release(lease)


async def test_a_judge_who_gets_no_connection_has_not_seen_a_statement_take_too_long(
    environment: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(wire, "CONNECT_TIMEOUT_S", 0.3)
    lease = await environment.lease(small_task(), "unseen")
    async with _deaf(lease.address["socket"], b"SET NAMES", tmp_path / "s") as socket:
        inspector = inspector_of({**lease.address, "socket": socket}, lease.secret, settings)
        with pytest.raises(EnvironmentFault, match="does not answer who judges"):
            await asyncio.wait_for(inspector.printed_hash(None), 5)  # type: ignore[arg-type]
    await environment.release(lease)


@pytest.mark.parametrize(
    "statements",
    [["KILL CONNECTION_ID()"], ["SET character_set_results = latin1", "SELECT 'é'"]],
    ids=["lost", "malformed"],
)
async def test_reference_sql_that_is_not_carried_out_makes_no_expectation(
    environment: Database, statements: list[str]
) -> None:
    with pytest.raises(TaskFault, match="reference SQL that fails"):
        await environment.lease(small_task(kinds=["INSERT"], statements=[*statements, INSERT]), "unperformed")


async def test_reference_sql_that_the_host_cuts_off_is_tried_elsewhere(environment: Database) -> None:
    task = small_task(kinds=["INSERT"], statements=["SET SESSION max_statement_time = 0", "SELECT SLEEP(1000)", INSERT])
    with pytest.raises(Unsorted, match="reference SQL that fails: 3024"):
        await environment._lease(task, "endless", environment._started)
