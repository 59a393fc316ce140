"""A server at a DSN: shared with others, whose own schemas and living owners' episodes are left alone."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from environments.contract import EnvironmentFault, UserError
from environments.database.environment import Database
from environments.database.schema import literal
from environments.database.server.admin import Admin
from environments.database.server.choice import find_binary
from environments.database.server.endpoint import Endpoint
from environments.database.server.naming import judge_name, lock_name, owner_part
from environments.database.server.private import _lay_out, template
from environments.database.server.sweep import OwnerLock
from environments.database.settings import Settings
from tests.environments.database.players import finish, run, small_task
from tests.environments.episodes import episode

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def dsn(environment: Database) -> AsyncIterator[str]:
    """The session's private server, as if it were somebody's; its own owner lives."""
    lock = OwnerLock(environment._started.server.endpoint, lock_name(owner_part(_owner(environment))))
    await lock.hold()
    yield f"mysql://root@localhost?socket={environment._started.server.endpoint.socket}"
    lock.drop()


@pytest_asyncio.fixture(loop_scope="session")
async def shared(state: Path, dsn: str, settings: Settings) -> AsyncIterator[Database]:
    database = Database(settings.model_copy(update={"dsn": dsn}))
    await database.start()
    yield database
    await database.stop()


async def _ours(environment: Database) -> int:
    admin = environment._started.admin
    schemas = await admin.run(["SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'at\\_%'"])
    users = await admin.run(
        ["SELECT User FROM mysql.user WHERE User LIKE 'at\\_%' AND User <> " + literal(judge_name(_owner(environment)))]
    )
    return len(schemas) + len(users)


def _owner(environment: Database) -> str:
    assert environment._owner is not None
    return environment._owner.id


async def test_an_episode_plays_on_a_shared_server(environment: Database, shared: Database) -> None:
    async with episode(shared, small_task()) as session:
        assert await run(session, "SELECT COUNT(*) FROM t") == "[(2,)]"
        assert (await finish(session, ["42"])).reward == 1.0
    await shared.healthy()
    assert await _ours(environment) == 1  # the account that judges


async def test_stop_gives_everything_back(environment: Database, state: Path, dsn: str, settings: Settings) -> None:
    database = Database(settings.model_copy(update={"dsn": dsn}))
    await database.start()
    await database.lease(small_task(), "open")
    assert await _ours(environment) == 3  # schema, account, and the account that judges
    await database.stop()
    assert await _ours(environment) == 0


async def test_a_sweep_spares_living_owners_and_removes_what_the_dead_left(
    environment: Database, shared: Database, state: Path, dsn: str, settings: Settings
) -> None:
    living = await shared.lease(small_task(), "living")
    await environment._started.admin.run(["CREATE DATABASE IF NOT EXISTS at_home"])
    code = f"""
import asyncio, os
from environments.database.environment import Database
from environments.database.settings import Settings
from tests.environments.database.players import small_task

async def main():
    environment = Database(Settings(dsn={dsn!r}))
    await environment.start()
    await environment.connect(await environment.lease(small_task(), "left"), small_task())
    os.kill(os.getpid(), 9)

asyncio.run(main())
"""
    command = [sys.executable, "-c", code]
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=Path(__file__).parents[3], env={**os.environ}, timeout=60
    )
    assert done.returncode == -9
    assert await _ours(environment) == 7
    assert (
        await Database(settings.model_copy(update={"dsn": dsn})).sweep() == 4
    )  # schema, account, judge, and the owner's folder
    assert await _ours(environment) == 4
    session = await shared.connect(living, small_task())
    assert await run(session, "SELECT COUNT(*) FROM t") == "[(2,)]"
    await session.close()
    await shared.release(living)
    await environment._started.admin.run(["DROP DATABASE at_home"])


@pytest_asyncio.fixture(loop_scope="session")
async def tcp(
    state: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[subprocess.Popen[bytes]]:
    """A server on a port of this machine, whose administrator has a password, named by the environment variable."""
    binary = find_binary(settings)
    assert binary is not None
    here = state / "tcp"
    _lay_out(here, settings)
    shutil.copytree(template(binary, settings) / "data", here / "data")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        binary,
        f"--defaults-file={here}/my.cnf",
        "--skip-networking=0",
        f"--port={port}",
        "--bind-address=127.0.0.1",
    ]
    process = await asyncio.to_thread(subprocess.Popen, command, stderr=subprocess.DEVNULL)
    boss = Admin(Endpoint("root", socket=str(here / "s")), 1, 10)
    for attempt in range(200):
        try:
            await boss.run(
                ["CREATE USER boss@'%' IDENTIFIED BY 'p@ss:w'", "GRANT ALL ON *.* TO boss@'%' WITH GRANT OPTION"]
            )
            break
        except EnvironmentFault:
            assert attempt < 199, "the server does not start"
            await asyncio.sleep(0.1)
    boss.close()
    monkeypatch.setenv("AGENTTUNING_MYSQL_DSN", f"mysql://boss:p%40ss%3Aw@127.0.0.1:{port}")
    yield process
    process.kill()
    process.wait()


async def test_an_episode_plays_over_tcp_and_a_server_that_dies_is_a_fault(
    tcp: subprocess.Popen[bytes], settings: Settings
) -> None:
    database = Database(settings)
    await database.start()
    try:
        assert database.node_bound  # 127.0.0.1 is not reached from elsewhere
        async with episode(database, small_task()) as session:
            await run(session, "KILL CONNECTION_ID()")
            assert await run(session, "SELECT COUNT(*) FROM t") == "[(2,)]"
            assert (await finish(session, ["42"])).reward == 1.0
        lease = await database.lease(small_task(), "dies")
        session = await database.connect(lease, small_task())
        tcp.kill()
        tcp.wait()
        with pytest.raises(EnvironmentFault):
            await run(session, "SELECT 1")
        with pytest.raises(EnvironmentFault):
            await database.healthy()
        await session.close()
    finally:
        await database.stop()


async def test_a_lost_lock_is_taken_again(shared: Database) -> None:
    assert shared._lock is not None
    shared._lock.drop()
    await shared.healthy()
    assert shared._lock._connection is not None


async def test_a_server_that_does_not_answer_is_one_clear_line(
    state: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setenv("AGENTTUNING_MYSQL_DSN", "mysql://root:hunter2@127.0.0.1:1")
    with pytest.raises((UserError, EnvironmentFault), match=r"127\.0\.0\.1:1") as caught:
        await Database(settings).start()
    assert isinstance(caught.value, UserError)
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_a_wrong_account_is_one_clear_line(
    environment: Database, dsn: str, state: Path, settings: Settings
) -> None:
    with pytest.raises(UserError, match="nobody"):
        await Database(settings.model_copy(update={"dsn": dsn.replace("root@", "nobody@")})).start()
