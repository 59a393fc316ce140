"""What an agent uses up is its own ending, found by one replay on a server of its own; its neighbours play on."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from environments.contract import DoubtfulFault, EnvironmentFault, Lease, Session, Status
from environments.database.environment import Database
from environments.database.settings import Settings
from environments.database.wire import open_connection
from tests.environments.database.players import finish, run, settled, small_task
from tests.environments.episodes import episode

pytestmark = pytest.mark.asyncio(loop_scope="session")

FILLS_THE_DISK = "SELECT REPEAT('x', 1000000) AS x FROM seq_1_to_100"
TASK = small_task(kinds=["INSERT"], statements=["INSERT INTO t VALUES ('3', 'x')"])


@pytest_asyncio.fixture(loop_scope="session")
async def small(state: Path, settings: Settings) -> AsyncIterator[Database]:
    """A server that is soon full."""
    database = Database(settings.model_copy(update={"max_disk_mb": 64, "statement_timeout_s": 20.0}))
    await database.start()
    yield database
    await database.stop()


async def killed_at(environment: Database, lease: Lease, *sessions: Session) -> list[DoubtfulFault]:
    """What sessions say whose server dies while it carries out their statements."""
    servers = [served.server for served in (environment._started, *environment._beside.values())]
    server = next(server for server in servers if server.endpoint.socket == lease.address["socket"])
    under_way = [asyncio.create_task(run(session, "SELECT SLEEP(15)")) for session in sessions]
    await asyncio.sleep(0.3)
    os.kill(server.pid, signal.SIGKILL)  # type: ignore[attr-defined]
    faults = await asyncio.gather(*under_way, return_exceptions=True)
    assert all(isinstance(fault, DoubtfulFault) for fault in faults), faults
    return faults  # type: ignore[return-value]


@pytest.mark.slow
async def test_who_takes_the_server_down_is_found_and_its_neighbours_are_not_blamed(small: Database) -> None:
    lease, beside = await small.lease(TASK, "fills"), await small.lease(TASK, "beside")
    culprit, neighbour = await small.connect(lease, TASK), await small.connect(beside, TASK)
    await killed_at(small, lease, culprit, neighbour)
    await small.healthy()
    for session, given in ((culprit, lease), (neighbour, beside)):
        await session.close()
        await small.release(given)

    lease, beside = await asyncio.gather(
        small.lease_apart(TASK, "fills again"), small.lease_apart(TASK, "beside again")
    )
    addresses = {one.address["socket"] for one in (lease, beside)}
    assert len(addresses | {small._started.server.endpoint.socket}) == 3, "each has a server of its own"
    culprit, neighbour = await small.connect(lease, TASK), await small.connect(beside, TASK)
    (again,) = await killed_at(small, lease, culprit)
    assert (again.feedback.status, again.feedback.reward) == (Status.TASK_LIMIT, 0.0)
    assert again.feedback.details["limit"] == "the database server: a statement ended it"
    await run(neighbour, "INSERT INTO t VALUES ('3', 'x')")
    assert (await finish(neighbour)).reward == 1.0
    for session, given in ((culprit, lease), (neighbour, beside)):
        await session.close()
        await small.release(given)
    assert not [folder for folder in Path(next(iter(addresses))).parents[1].iterdir() if folder.name.startswith("b")]
    async with episode(small, TASK) as session:
        assert await run(session, "SELECT COUNT(*) FROM t") == "[(2,)]"


@pytest.mark.slow
async def test_a_full_server_is_doubtful_to_who_meets_it_and_is_replaced_when_it_cannot_be_emptied(
    small: Database,
) -> None:
    lease = await small.lease(TASK, "fills")
    session = await small.connect(lease, TASK)
    with pytest.raises(DoubtfulFault):
        await run(session, f"CREATE TABLE b AS {FILLS_THE_DISK}")
    assert "(HY000)" in (await settled(session, f"CREATE TABLE c AS {FILLS_THE_DISK}")).observation, "said once"
    taken = [
        await small.lease(small_task([[str(n), "x" * 60_000] for n in range(200)]), f"large-{number}")
        for number in range(4)
    ]
    assert len({one.address["socket"] for one in taken}) > 1, "who found no room has a server of its own"
    await session.close()
    for one in (lease, *taken):
        await small.release(one)
    await small.healthy()
    async with episode(small, TASK) as session:
        assert await run(session, "SELECT COUNT(*) FROM t") == "[(2,)]"
    assert small.gauges()["open_sessions"] == 0


async def test_whose_server_died_between_its_statements_is_in_no_doubt(state: Path, settings: Settings) -> None:
    database = Database(settings)
    await database.start()
    try:
        session = await database.connect(await database.lease(TASK, "idle"), TASK)
        os.kill(database._started.server.pid, signal.SIGKILL)  # type: ignore[attr-defined]
        await asyncio.sleep(0.3)
        with pytest.raises(EnvironmentFault) as fault:
            await run(session, "SELECT 1")
        assert not isinstance(fault.value, DoubtfulFault)
    finally:
        await database.stop()


async def test_a_lost_lease_is_replayed_whatever_words_were_used(environment: Database) -> None:
    lease = await environment.lease(TASK, "expires")
    session = await environment.connect(lease, TASK)
    await run(session, "INSERT INTO t VALUES ('3', 'x') /* the skill column */")
    await environment.release(lease)
    with pytest.raises(DoubtfulFault):
        await run(session, "SELECT 1")
    with pytest.raises(DoubtfulFault):
        await finish(session)
    await session.close()


async def test_a_server_without_a_free_connection_is_waited_for(environment: Database) -> None:
    admin = environment._started.admin
    await admin.run(["CREATE USER guest@localhost"])
    guest = environment._started.server.endpoint.account("guest", "")
    others = []
    try:
        ((before,),) = await admin.run(["SELECT @@max_connections"])
        await admin.run(["SET GLOBAL max_connections = 12"])
        while len(others) < 12:
            try:
                others.append(await asyncio.wait_for(open_connection(guest), 0.5))
            except TimeoutError:
                break
        began = time.monotonic()

        async def somebody_goes() -> None:
            await asyncio.sleep(1)
            for connection in others:
                connection.close()

        going = asyncio.create_task(somebody_goes())
        async with episode(environment, TASK) as session:
            await run(session, "INSERT INTO t VALUES ('3', 'x')")
            assert (await finish(session)).reward == 1.0
        assert time.monotonic() - began > 0.9
        await going
    finally:
        await admin.run([f"SET GLOBAL max_connections = {before}", "DROP USER guest@localhost"])


async def test_memory_that_one_session_took_is_given_back(environment: Database) -> None:
    variables = ", ".join(f"LENGTH(@v{n} := REPEAT('x', 4000000))" for n in range(10))
    resident = Path(f"/proc/{environment._started.server.pid}/statm")  # type: ignore[attr-defined]
    async with episode(environment, small_task()) as session:
        before = int(resident.read_text().split()[1])
        for _ in range(2):
            await settled(session, f"SELECT {variables}")
        assert (int(resident.read_text().split()[1]) - before) * 4096 < 30 << 20
