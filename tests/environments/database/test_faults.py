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
from environments.database.environment import Database
from environments.database.server.private import PrivateServer
from environments.database.settings import Settings
from tests.environments.database.players import finish, run, small_task
from tests.environments.episodes import episode

pytestmark = pytest.mark.asyncio(loop_scope="session")


def _pid(environment: Database) -> int:
    assert isinstance(environment._started.server, PrivateServer)
    assert environment._started.server.pid is not None
    return environment._started.server.pid


def _gone(pid: int, within_s: float = 10) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        stat = Path(f"/proc/{pid}/stat")
        if not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


async def test_a_killed_server_is_a_fault_and_is_replaced_within_seconds(state: Path, settings: Settings) -> None:
    environment = Database(settings)
    await environment.start()
    try:
        task = small_task()
        lease = await environment.lease(task, "dies")
        session = await environment.connect(lease, task)
        sleeping = asyncio.create_task(run(session, "SELECT SLEEP(1)"))
        await asyncio.sleep(0.2)
        os.kill(_pid(environment), signal.SIGKILL)
        with pytest.raises(EnvironmentFault):
            await sleeping
        with pytest.raises(EnvironmentFault):
            await run(session, "SELECT 1")
        with pytest.raises(EnvironmentFault):
            await environment.lease(task, "too early")
        started = time.monotonic()
        await environment.healthy()
        assert time.monotonic() - started < 15
        await session.close()
        await environment.release(lease)
        await environment.release(lease)
        async with episode(environment, task) as again:
            assert await run(again, "SELECT COUNT(*) FROM t") == "[(2,)]"
        assert environment.gauges() == {"open_sessions": 0.0, "max_sessions": 256.0, "server_restarts": 1.0}
    finally:
        await environment.stop()
    assert not [path for path in state.iterdir() if path.is_dir() and not path.name.startswith("database-template")]


async def test_a_modification_is_not_judged_on_a_dead_server(state: Path, settings: Settings) -> None:
    environment = Database(settings)
    await environment.start()
    try:
        task = small_task(kinds=["INSERT"], statements=["INSERT INTO t VALUES ('3', 'x')"])
        session = await environment.connect(await environment.lease(task, "dies"), task)
        os.kill(_pid(environment), signal.SIGKILL)
        with pytest.raises(EnvironmentFault):
            await finish(session)
        await environment.healthy()
        with pytest.raises(EnvironmentFault):
            await finish(session)
    finally:
        await environment.stop()


async def test_release_leaves_nothing_and_may_be_repeated(environment: Database) -> None:
    task = small_task()
    lease = await environment.lease(task, "gone")
    session = await environment.connect(lease, task)
    await environment.release(lease)
    await environment.release(lease)
    with pytest.raises(EnvironmentFault):
        await run(session, "SELECT 1")
    await session.close()
    await session.close()
    with pytest.raises(EnvironmentFault):
        await environment.connect(lease, task)
    admin = environment._started.admin
    assert (
        await admin.run(["SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'at\\_%'"]) == []
    )
    assert await admin.run(["SELECT User FROM mysql.user WHERE User LIKE 'at\\_%'"]) == [(lease.address["judge"],)]


async def test_a_session_opens_on_an_instance_that_was_never_started(environment: Database, settings: Settings) -> None:
    task = small_task()
    lease = await environment.lease(task, "elsewhere")
    session = await Database(settings).connect(lease, task)
    assert await run(session, "SELECT COUNT(*) FROM t") == "[(2,)]"
    await session.close()
    await environment.release(lease)


async def test_a_full_environment_lets_nobody_wait_for_ever(state: Path, settings: Settings) -> None:
    environment = Database(settings.model_copy(update={"max_sessions": 1, "lease_timeout_s": 1.0}))
    await environment.start()
    try:
        lease = await environment.lease(small_task(), "first")
        with pytest.raises(EnvironmentFault, match="all 1 sessions"):
            await environment.lease(small_task(), "second")
        await environment.release(lease)
        await environment.release(await environment.lease(small_task(), "second"))
    finally:
        await environment.stop()


OWNER = """
import asyncio, json, sys
from environments.database.environment import Database
from environments.database.settings import Settings
from tests.environments.database.players import small_task

async def main():
    environment = Database(Settings())
    await environment.start()
    lease = await environment.lease(small_task(), "left")
    session = await environment.connect(lease, small_task())
    print(json.dumps(environment._started.server.pid), flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.parametrize("with_setpriv", [True, False])
async def test_after_kill_9_of_the_owner_a_sweep_removes_all(
    state: Path, settings: Settings, tmp_path: Path, with_setpriv: bool
) -> None:
    environment = {**os.environ, "AGENTTUNING_STATE": str(state)}
    if not with_setpriv:  # as where the kernel does not take the server down with its parent
        tools = tmp_path / "bin"
        tools.mkdir()
        for folder in os.environ["PATH"].split(os.pathsep):
            for program in Path(folder).iterdir() if Path(folder).is_dir() else ():
                if program.name != "setpriv" and not (tools / program.name).exists():
                    (tools / program.name).symlink_to(program)
        environment["PATH"] = str(tools)
    root = Path(__file__).parents[3]
    owner = await asyncio.to_thread(
        subprocess.Popen, [sys.executable, "-c", OWNER], stdout=subprocess.PIPE, env=environment, cwd=root
    )
    assert owner.stdout is not None
    pid = json.loads(await asyncio.to_thread(owner.stdout.readline))
    assert await Database(settings).sweep() == 0, "what a living owner has stays"
    owner.kill()
    owner.wait()
    owner.stdout.close()
    if with_setpriv:
        assert await asyncio.to_thread(_gone, pid)
    assert await Database(settings).sweep() == (1 if with_setpriv else 2)
    assert await asyncio.to_thread(_gone, pid)
    assert await Database(settings).sweep() == 0
    assert not [path for path in state.iterdir() if path.is_dir() and not path.name.startswith("database-template")]


async def test_a_server_that_is_not_there_is_one_clear_line(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="'/nowhere/mysqld' is no program"):
        await Database(Settings(server="/nowhere/mysqld")).start()
    with pytest.raises(UserError, match="is no database server that starts"):
        await Database(Settings(server="/bin/false")).start()
    monkeypatch.setenv("AGENTTUNING_MYSQL_DSN", "postgres://x@y")
    with pytest.raises(UserError, match="malformed database DSN with scheme 'postgres'"):
        await Database(Settings()).start()
    assert not [path for path in state.iterdir() if path.is_dir()]
