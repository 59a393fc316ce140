"""Hostile SQL is an observation, and nobody else notices."""

from __future__ import annotations

import asyncio
import resource
import time
from pathlib import Path

import pytest

from environments.contract import Status
from environments.database.environment import Database
from environments.database.wire import open_connection
from tests.environments.database.players import finish, run, settled, small_task
from tests.environments.episodes import episode

pytestmark = pytest.mark.asyncio(loop_scope="session")

WIDE = "information_schema.columns a, information_schema.columns b, information_schema.columns c"


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT 1 INTO OUTFILE '/tmp/agenttuning-test-outfile'", "denied"),
        ("SELECT LOAD_FILE('/etc/passwd')", "[(None,)]"),
        ("LOAD DATA INFILE '/etc/passwd' INTO TABLE t", "denied"),
        ("LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE t", "("),
        ("SELECT * FROM mysql.user", "denied"),
        ("SELECT * FROM mysql.global_priv", "denied"),
        ("CREATE DATABASE mine", "denied"),
        ("USE mysql", "denied"),
        ("SET GLOBAL max_connections = 1", "denied"),
        ("SET GLOBAL general_log = 1", "denied"),
        ("GRANT ALL ON *.* TO CURRENT_USER()", "denied"),
        ("CREATE USER u@localhost", "denied"),
        ("SHUTDOWN", "denied"),
        ("FLUSH PRIVILEGES", "denied"),
        ("KILL 1", "("),
        ("INSTALL SONAME 'ha_connect'", "denied"),
        ("CREATE FUNCTION sys_exec RETURNS INT SONAME 'x.so'", "denied"),
        ("SELECT 1; DROP TABLE t", "1064 (42000)"),
        ("\0\0\0", "1064 (42000)"),
        ("'", "1064 (42000)"),
        ("-- nothing", ""),
        ("SELECT '😀\0\ud800'", "[('😀\\x00?',)]"),
        ("SELECT UNHEX('FFFE')", "[(b'\\xff\\xfe',)]"),
        ("SELECT CONVERT(UNHEX('E9') USING latin1)", "[('é',)]"),
        ("SELECT b'101'", "[("),
        ("SELECT %s, '%d', {0}", "1064 (42000)"),
        ("SET STATEMENT max_statement_time=0 FOR SELECT SLEEP(1000)", "1064 (42000)"),
        ("BEGIN NOT ATOMIC DELETE FROM t; COMMIT; END", "1064 (42000)"),
        ("IF 1 THEN DELETE FROM t; END IF", "1064 (42000)"),
        ("EXECUTE IMMEDIATE 'DELETE FROM t'", "1064 (42000)"),
        ("EXECUTE s", "1243 (HY000)"),
        ("XA START 'x'", "1227 (42000)"),
        ("/*!50000 XA */ /* now */ BEGIN 'x'", "1227 (42000)"),
        ("/*!99999 SELECT */ XA START 'a'", "1227 (42000)"),
        ("XA END 'a'", "1227 (42000)"),
        ("XA PREPARE 'a'", "1227 (42000)"),
        ("/*!50701 SELECT */ XA /*!50701 x */ START 'a'", "1064 (42000)"),
        ("/*!50701 SELECT */ XA END 'a'", "1064 (42000)"),
        ("/*!50701 SELECT */ XA PREPARE 'a'", "1064 (42000)"),
        ("/*!50701 SELECT */ EXECUTE IMMEDIATE 'DELETE FROM t'", "1064 (42000)"),
        ("/*!50701 SELECT */ LOCK TABLES t WRITE", "1064 (42000)"),
        ("/*!50701 SELECT */ BEGIN NOT ATOMIC DELETE FROM t; END", "1064 (42000)"),
        ("/*!50701 SELECT */ /*!40000 EXECUTE */ IMMEDIATE 'DELETE FROM t'", "1064 (42000)"),
        ("/*M!100000 EXECUTE */ IMMEDIATE 'DELETE FROM t'", "1064 (42000)"),
        ("CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.n = 1", "denied"),
        ("CREATE FUNCTION f() RETURNS INT RETURN 1", "denied"),
        ("CREATE EVENT e ON SCHEDULE EVERY 1 SECOND DO DELETE FROM t", "denied"),
        ("SELECT * FROM information_schema.INNODB_TRX", "denied"),
    ],
)
async def test_a_hostile_statement_is_answered(environment: Database, sql: str, said: str) -> None:
    async with episode(environment, small_task()) as session:
        assert said in await run(session, sql)
        assert await run(session, "SELECT COUNT(*) FROM t") == "[(2,)]"
        assert (await finish(session, ["42"])).reward == 1.0
    assert not Path("/tmp/agenttuning-test-outfile").exists()


async def test_two_leases_cannot_see_each_other(environment: Database) -> None:
    task = small_task()
    one, two = await environment.lease(task, "iso-1"), await environment.lease(task, "iso-2")
    sessions = [await environment.connect(lease, task) for lease in (one, two)]
    try:
        neighbour = two.address["name"]
        assert "denied" in await run(sessions[0], f"SELECT * FROM {neighbour}.t")
        assert "denied" in await run(sessions[0], f"DROP DATABASE {neighbour}")
        assert neighbour not in await run(sessions[0], "SHOW DATABASES")
        assert neighbour not in await run(sessions[0], "SELECT user FROM information_schema.processlist")
        assert await run(sessions[0], "DROP TABLE t") == "[]"
        assert await run(sessions[1], "SELECT COUNT(*) FROM t") == "[(2,)]"
        # `_` in a grant is a wildcard: a name that differs only there must be foreign too.
        assert "denied" in await run(sessions[0], f"CREATE DATABASE `{one.address['name'].replace('_', 'x')}`")
    finally:
        for session, lease in zip(sessions, (one, two), strict=True):
            await session.close()
            await environment.release(lease)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT SLEEP(1000)",
        f"SELECT COUNT(*) FROM {WIDE}",
        "SELECT BENCHMARK(1000000000000, MD5('x'))",
    ],
)
async def test_an_endless_statement_is_cut_off(environment: Database, sql: str) -> None:
    async with episode(environment, small_task()) as session, episode(environment, small_task()) as other:
        started = time.monotonic()
        hostile = asyncio.create_task(run(session, sql))
        await asyncio.sleep(0.2)
        assert await run(other, "SELECT COUNT(*) FROM t") == "[(2,)]"
        assert "interrupted" in await hostile or await hostile in ("[(0,)]", "[(1,)]")
        assert time.monotonic() - started < 12
        assert await run(session, "SELECT COUNT(*) FROM t") == "[(2,)]"


async def test_a_limit_that_the_agent_lifts_is_kept_by_the_host(environment: Database) -> None:
    async with episode(environment, small_task()) as session:
        await run(session, "SET SESSION max_statement_time = 0")
        assert "interrupted" in await run(session, "SELECT SLEEP(1000)")
        assert await run(session, "SELECT COUNT(*) FROM t") == "[(2,)]"


async def test_a_result_of_a_million_rows_never_lands_in_memory(environment: Database) -> None:
    rows = [[str(n), "x" * 50] for n in range(200)]
    async with episode(environment, small_task(rows)) as session:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        seen = await run(session, "SELECT a.*, b.* FROM t a, t b, t c, t d")
        assert seen.endswith("[TRUNCATED]")
        assert len(seen) == 811
        await run(session, "SELECT REPEAT('x', 16000000) FROM t")
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000
        assert await run(session, "SELECT COUNT(*) FROM t") == "[(200,)]"


@pytest.mark.parametrize("sql", ["KILL CONNECTION_ID()", "KILL QUERY CONNECTION_ID()", "KILL USER CURRENT_USER()"])
async def test_killing_its_own_connection_is_the_agents_business(environment: Database, sql: str) -> None:
    async with episode(environment, small_task()) as session:
        await run(session, sql)
        assert await run(session, "SELECT COUNT(*) FROM t") in (
            "[(2,)]",
            "2013 (HY000): Lost connection to MySQL server during query",
        )
        assert await run(session, "SELECT COUNT(*) FROM t") == "[(2,)]"
        assert (await finish(session, ["42"])).reward == 1.0


async def test_a_session_that_times_itself_out_goes_on(environment: Database) -> None:
    async with episode(environment, small_task()) as session:
        await run(session, "SET SESSION wait_timeout = 1")
        await asyncio.sleep(1.5)
        await run(session, "SELECT 1")
        assert await run(session, "SELECT COUNT(*) FROM t") == "[(2,)]"


async def test_a_changed_character_set_spoils_only_what_it_prints(environment: Database) -> None:
    async with episode(environment, small_task([["1", "é"]])) as session:
        await run(session, "SET character_set_results = latin1")
        assert isinstance(await run(session, "SELECT word FROM t"), str)
        assert await run(session, "SELECT n FROM t") == "[('1',)]"


async def test_a_changed_password_is_no_fault_of_the_environment(environment: Database) -> None:
    task = small_task(kinds=["INSERT"], statements=["INSERT INTO t VALUES ('3', 'x')"])
    async with episode(environment, task) as session:
        await run(session, "INSERT INTO t VALUES ('3', 'x')")
        await run(session, "SET PASSWORD = PASSWORD('mine')")
        assert (await finish(session)).reward == 1.0
    async with episode(environment, task) as session:
        await run(session, "SET PASSWORD = PASSWORD('mine')")
        assert "1045 (28000)" in (await settled(session, "KILL CONNECTION_ID()")).observation
        assert "1045 (28000)" in (await settled(session, "SELECT 1")).observation
        assert (await finish(session)).reward == 0.0
    async with episode(environment, task) as session:
        await run(session, "INSERT INTO t VALUES ('3', 'x')")
        await run(session, "SET PASSWORD = PASSWORD('mine')")
        await settled(session, "KILL CONNECTION_ID()")
        assert (await finish(session)).reward == 1.0, "the judge has an account of its own"


async def test_what_the_judge_reads_cannot_be_shadowed(environment: Database) -> None:
    task = small_task(kinds=["INSERT"], statements=["INSERT INTO t VALUES ('3', 'x')"])
    async with episode(environment, task) as session:
        await run(session, "RENAME TABLE t TO u")
        await run(session, "CREATE VIEW t AS SELECT * FROM u UNION ALL SELECT '3', 'x'")
        ending = await settled(session)
        assert (ending.reward, ending.details["hash"][:12]) == (0.0, "1347 (HY000)"), (
            "what is asked for is a changed table"
        )
    async with episode(environment, task) as session:
        for sql in (
            "SET SESSION group_concat_max_len = 4",
            "SET sql_mode = 'ANSI_QUOTES'",
            "SET NAMES latin1",
            "LOCK TABLES t WRITE",
        ):
            await run(session, sql)
        await run(session, "SET autocommit = 0")
        await run(session, "INSERT INTO t VALUES ('3', 'x')")
        assert (await finish(session)).reward == 1.0


@pytest.mark.parametrize(
    "sql", ["DROP TABLE t", "DROP DATABASE {schema}", "RENAME TABLE t TO u", "ALTER TABLE t DROP COLUMN n"]
)
async def test_a_destroyed_table_is_a_wrong_answer(environment: Database, sql: str) -> None:
    task = small_task(kinds=["INSERT"], statements=["INSERT INTO t VALUES ('3', 'x')"])
    async with episode(environment, task) as session:
        schema = (await run(session, "SELECT DATABASE()")).split("'")[1]
        assert await run(session, sql.format(schema=schema)) == "[]"
        ending = await settled(session)
    assert (ending.status, ending.reward) == (Status.COMPLETED, 0.0)


async def test_a_transaction_is_committed_statement_by_statement(environment: Database) -> None:
    """As in AgentBench, which commits after each; a lock left open would also block the judge."""
    task = small_task(kinds=["INSERT"], statements=["INSERT INTO t VALUES ('3', 'x')"])
    async with episode(environment, task) as session:
        await run(session, "SET autocommit = 0")
        await run(session, "BEGIN")
        await run(session, "INSERT INTO t VALUES ('3', 'x')")
        await run(session, "ROLLBACK")
        assert (await finish(session)).reward == 1.0


async def test_a_prepared_transaction_keeps_no_schema_from_being_taken_back(environment: Database) -> None:
    """However an agent may come by one: here by its account on another connection, past the words that a session
    refuses.
    """
    task = small_task()
    lease = await environment.lease(task, "xa")
    account = environment._started.server.endpoint.account(lease.address["name"], lease.secret.split()[0])
    intruder = await open_connection(account, schema=lease.address["name"])
    for sql in ("XA START 'x', 'y'", "DELETE FROM t", "XA END 'x', 'y'", "XA PREPARE 'x', 'y'"):
        await intruder.query(sql)
    intruder.close()
    await environment.release(lease)
    assert await environment._started.admin.run(["XA RECOVER"]) == []


async def test_nothing_of_a_session_outlives_its_statement(environment: Database) -> None:
    """AgentBench connects anew for each; so no variable or temporary table fills the server either."""
    async with episode(environment, small_task()) as session:
        await run(session, "SET @x = REPEAT('x', 1000)")
        assert await run(session, "SELECT @x") == "[(None,)]"
        await run(session, "CREATE TEMPORARY TABLE mine (n INT)")
        assert "1146" in await run(session, "SELECT * FROM mine")
        await run(session, "SET SESSION max_session_mem_used = 100000000000, max_statement_time = 0")
        assert await run(session, "SELECT @@max_session_mem_used, @@max_statement_time") == "[(134217728, 1.5)]"
        await run(session, "DROP DATABASE " + (await run(session, "SELECT DATABASE()")).split("'")[1])
        assert "1046" in await run(session, "SELECT * FROM t")


async def test_a_column_may_be_called_like_a_dangerous_word(environment: Database) -> None:
    table = {"name": "skill", "columns": ["kill", "password", "xa", "execute"], "rows": [["1", "2", "3", "4"]]}
    async with episode(environment, small_task(tables=[table])) as session:
        assert (
            await run(session, "SELECT `kill`, password, xa, execute FROM skill -- timeout") == "[('1', '2', '3', '4')]"
        )
        assert await run(session, "UPDATE skill SET password = 'XA START; EXECUTE s' WHERE xa = 3; -- done") == "[]"


@pytest.mark.parametrize(
    ("sql", "left"),
    [
        ("UPDATE t SET word = 'x' WHERE n > 1", [("one", "one"), ("2", "x")]),
        ("UPDATE t SET word = 'x' WHERE n BETWEEN 2 AND 3", [("one", "one"), ("2", "x")]),
        ("UPDATE t SET word = 'x' WHERE n = 0;", [("one", "x"), ("2", "two")]),
        ("UPDATE t SET word = n + 1", [("one", "1"), ("2", "3")]),
        ("DELETE FROM t WHERE n > 1", [("one", "one")]),
        ("INSERT INTO t SELECT * FROM t WHERE n > 1", [("one", "one"), ("2", "two"), ("2", "two")]),
    ],
)
async def test_text_is_compared_with_a_number_as_mysql_does(
    environment: Database, sql: str, left: list[tuple[str, str]]
) -> None:
    """MySQL takes a column's text that is no number for 0; MariaDB's strict mode would refuse (1292)."""
    async with episode(environment, small_task([["one", "one"], ["2", "two"]])) as session:
        assert await run(session, sql) == "[]"
        assert await run(session, "SELECT * FROM t") == str(left)


async def test_what_mysql_refuses_beside_such_a_comparison_is_still_refused(environment: Database) -> None:
    async with episode(environment, small_task([["one", "one"], ["2", "two"]])) as session:
        await run(session, "ALTER TABLE t ADD COLUMN i INT")
        assert "1366 (" in await run(session, "UPDATE t SET i = 'many' WHERE n > 1 OR word = 0")
        assert "1365 (" in await run(session, "UPDATE t SET i = 1/0 WHERE n > 1")
        assert await run(session, "SELECT * FROM t") == "[('one', 'one', None), ('2', 'two', None)]"


async def test_a_reference_that_compares_text_with_a_number_is_a_task(environment: Database) -> None:
    task = small_task(
        [["one", "one"], ["2", "two"]], kinds=["UPDATE"], statements=["UPDATE t SET word = 'x' WHERE n > 1"]
    )
    async with episode(environment, task) as session:
        await run(session, "UPDATE t SET word = 'x' WHERE n = '2'")
        assert (await finish(session)).reward == 1.0
