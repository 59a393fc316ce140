"""The connection of one episode: a restricted account, one statement at a time, bounded in time, rows and bytes.

A reply's SQL may do anything its account may, also to its own connection: kill it, make it time out, change its
character set or its password. All that is the agent's doing and an observation. What is not is sorted by `errors.py`;
where only a replay can tell (the server died at this statement, the account is gone, a limit that all share was
reached), the fault is a `DoubtfulFault`, once a session.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import struct
import time
from pathlib import Path
from typing import Any

import aiomysql
from aiomysql import Cursor, SSCursor
from pymysql.constants import CLIENT
from pymysql.converters import decoders
from pymysql.err import InternalError, MySQLError, OperationalError

from environments.contract import DoubtfulFault, EnvironmentFault, Feedback, Status
from environments.database.errors import Fault, Unanswered, fault_of, number_of
from environments.database.grammar import ResultText, render_error
from environments.database.schema import MODES, Dialect
from environments.database.server.endpoint import Endpoint
from environments.database.statement import Reading, read

LOST = frozenset({2002, 2003, 2006, 2013, 2014, 2055})
KILLED = frozenset({1317, 1927})
NO_SCHEMA = frozenset({1044, 1049})
DENIED = frozenset({1045, 1698, 4151})
BUSY = frozenset({1040, 1135, 1203, 1226})
"""The server takes no more connections, or no more of this account, at present."""
STRICT = frozenset({1048, 1264, 1265, 1292, 1364, 1365, 1366, 1406, 1411})
"""What strict mode makes errors of warnings."""
COM_RESET_CONNECTION = 0x1F
CONNECT_TIMEOUT_S = 10.0
PATIENCE_S = 30.0
"""How long a server that is busy is asked again for a connection."""
GRACE_S = 1.0
"""How much longer than the server's own limit the host waits before it kills a statement."""
ROOM_BYTES = 64 << 20
"""Where a machine's disk has less left, a server of our own that is full or has died is the machine's fault and no
agent's.
"""

_LOST = OperationalError(2013, "Lost connection to MySQL server during query")
_DECODERS = {**decoders, 16: lambda data: int.from_bytes(data, "big")}  # BIT as a number, as mysql.connector has it


class Quiet(Cursor):  # type: ignore[misc]
    """A cursor that does not ask the server for warnings after each statement, only to repeat them to our own log."""

    async def _show_warnings(self, connection: aiomysql.Connection) -> None:
        return


class QuietUnbuffered(SSCursor):  # type: ignore[misc]
    """The same, reading row by row."""

    async def _show_warnings(self, connection: aiomysql.Connection) -> None:
        return


async def open_connection(
    endpoint: Endpoint, first: str = "", schema: str | None = None, multi: bool = False
) -> aiomysql.Connection:
    """A connection that has carried out the statement `first`; without `multi`, the server itself refuses a second
    statement in a query. Raises what the driver raises, `TimeoutError` where the server stands still.

    A server that is busy is asked again for `PATIENCE_S`: others go, and no episode is lost for them.
    """
    deadline = time.monotonic() + PATIENCE_S
    pause_s = 0.05
    while True:
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                return await _open_connection(endpoint, first, schema, multi)
        except MySQLError as error:
            if number_of(error) not in BUSY or time.monotonic() > deadline:
                raise
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, 1.0)


async def _open_connection(endpoint: Endpoint, first: str, schema: str | None, multi: bool) -> aiomysql.Connection:
    connection = aiomysql.Connection(
        host=endpoint.host,
        port=endpoint.port,
        unix_socket=endpoint.socket,
        user=endpoint.user,
        password=endpoint.password,
        db=schema,
        charset="utf8mb4",
        autocommit=None,
        connect_timeout=CONNECT_TIMEOUT_S,
        conv=_DECODERS,
        local_infile=False,
        cursorclass=Quiet,
    )
    if not multi:
        connection.client_flag &= ~CLIENT.MULTI_STATEMENTS  # aiomysql always asks for it
    await connection._connect()
    try:
        if first:
            await connection.query(first)
    except BaseException:
        connection.close()
        raise
    return connection


def unanswered_in_time() -> Unanswered:
    """A statement that the host cut off: the server stood still, or its own limit does not hold for such a
    statement.
    """
    return Unanswered(
        3024, "Query execution was interrupted, maximum statement execution time exceeded", Fault.UNSORTED
    )


def is_lost(error: BaseException) -> bool:
    """Whether an exception means that the connection is gone."""
    if isinstance(error, (OSError, EOFError)):
        return True
    # aiomysql reports a cut in the middle of a packet as an InternalError of its own without a number.
    return isinstance(error, MySQLError) and (
        number_of(error) in LOST or (isinstance(error, InternalError) and not number_of(error))
    )


def lives_on(endpoint: Endpoint) -> bool:
    """Whether the machine has room left where a server of our own keeps its files: beside its socket, or where that
    was.
    """
    folder = Path(endpoint.socket or "/").parent
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free > ROOM_BYTES


class Wire:
    """One episode's connection. `timeout_s` is the server's own limit of a statement; the host's is a second more.

    `own`: the server is a private one, which a replay can have for itself.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        schema: str,
        dialect: Dialect,
        timeout_s: float,
        limit_rows: int,
        limit_bytes: int,
        own: bool = False,
    ) -> None:
        self._endpoint = endpoint
        self._schema = schema
        self._dialect = dialect
        self._timeout_s = timeout_s
        self._limit_rows = limit_rows
        self._limit_bytes = limit_bytes
        self._own = own
        self._connection: aiomysql.Connection | None = None
        self._opened_at = 0.0
        self._doubted: set[int] = set()

    async def open(self) -> None:
        """Connect. Raises `EnvironmentFault` when the server or the account is not there."""
        try:
            self._connection = await self._connect()
        except (MySQLError, OSError, EOFError, TimeoutError) as error:
            raise EnvironmentFault(f"database server {self._endpoint.where} refuses the episode: {error}") from error
        self._opened_at = time.monotonic()

    async def _connect(self) -> aiomysql.Connection:
        first = self._dialect.session_sql(self._timeout_s)
        try:
            return await open_connection(self._endpoint, first, self._schema)
        except MySQLError as error:
            if number_of(error) not in NO_SCHEMA:
                raise
            return await open_connection(self._endpoint, first)  # the agent dropped its own schema

    async def run(self, sql: str) -> str:
        """Execute one statement and return what the agent sees.

        Raises `EnvironmentFault` when the environment broke.
        """
        reading = read(sql)
        if reading.refusal is not None:
            return render_error(reading.refusal)
        try:
            seen = await self._run(reading)
        except MySQLError as error:
            seen = self._blamed(error)
        if reading.leaves_traces:
            await self._reset()
        return seen

    async def perform(self, sql: str) -> None:
        """Execute one statement of a task's own. Raises `MySQLError` where it fails."""
        await self._run(read(sql))

    def _blamed(self, error: MySQLError) -> str:
        """The observation that an error is, where it is the agent's."""
        fault = fault_of(error)
        if fault is Fault.ENVIRONMENT or (fault is Fault.SHARED and not (self._own and lives_on(self._endpoint))):
            raise EnvironmentFault(
                f"database server {self._endpoint.where} cannot carry out a statement: {error}"
            ) from error
        if fault in (Fault.SHARED, Fault.UNSORTED):
            return self._doubt(error)
        return render_error(error)

    def _doubt(self, error: MySQLError) -> str:
        """An error that is the agent's only if a replay meets it again. Raises `DoubtfulFault`, for each kind once."""
        seen = render_error(error)
        if number_of(error) not in self._doubted:
            self._doubted.add(number_of(error))
            raise DoubtfulFault(
                f"database server {self._endpoint.where} said at a statement: {error}", Feedback(seen)
            ) from error
        return seen

    async def _run(self, reading: Reading) -> str:
        """Execute one statement.

        Raises `MySQLError` (`Unanswered` where the host says it) for whatever kept it from being carried out.
        """
        try:
            connection = await self._living()
            try:
                async with asyncio.timeout(self._timeout_s + GRACE_S):
                    return await self._answer(connection, reading)
            except TimeoutError:
                await self._abandon(connection)
                raise unanswered_in_time() from None
        except (MySQLError, OSError, EOFError) as error:
            if is_lost(error):
                await self._connect_again(error, during=True)
                # Over a socket no network lost it: the statement ended its own connection.
                fault = Fault.STATEMENT if self._endpoint.socket else Fault.UNSORTED
                raise Unanswered(_LOST.args[0], _LOST.args[1], fault) from error
            if number_of(error) in KILLED:
                await self._abandon(self._connection)
            raise
        except (UnicodeError, ValueError, RuntimeError, LookupError, struct.error) as error:
            # The driver stumbled over what the agent made the server send (`SET NAMES latin1`); the stream is out of
            # step.
            await self._abandon(self._connection)
            raise Unanswered(2027, f"Malformed packet ({type(error).__name__})", Fault.STATEMENT) from error

    async def _answer(self, connection: aiomysql.Connection, reading: Reading) -> str:
        try:
            return await self._result(connection, reading.sql)
        except MySQLError as error:
            if not (self._dialect.mariadb and reading.changes and _compares_text_with_a_number(error)):
                raise
            return await self._as_mysql(connection, reading.sql)

    async def _as_mysql(self, connection: aiomysql.Connection, sql: str) -> str:
        """A change whose condition compares text with a number: MySQL reads what is no number as 0, MariaDB's strict
        mode refuses.

        It is done without that mode, and undone where the mode would have refused something else too.
        """
        await connection.query("START TRANSACTION")
        cursor: Any = await connection.cursor()
        await cursor.execute(f"SET STATEMENT sql_mode='{MODES}', max_error_count=65535 FOR {sql}")
        await cursor.execute("SHOW WARNINGS")
        for level, number, text in await cursor.fetchall():
            error = OperationalError(int(number), text, sqlstate="22007" if number == 1292 else "HY000")
            if level == "Warning" and number in STRICT and not _compares_text_with_a_number(error):
                await connection.query("ROLLBACK")
                raise error
        await connection.query("COMMIT")
        return ResultText().text()

    async def _result(self, connection: aiomysql.Connection, sql: str) -> str:
        cursor: Any = await connection.cursor(QuietUnbuffered)
        await cursor.execute(sql)
        result = ResultText()
        if cursor.description is None:
            await self._commit(connection)
            return result.text()
        rows = size = 0
        while (row := await cursor.fetchone()) is not None:
            result.add(row)
            rows += 1
            size += sum(len(value) if isinstance(value, (str, bytes)) else 8 for value in row)
            if rows >= self._limit_rows or size >= self._limit_bytes:
                await self._abandon(connection)  # the rest is not worth sending
                return result.text()
        await cursor.close()
        await self._commit(connection)
        return result.text()

    async def _commit(self, connection: aiomysql.Connection) -> None:
        """AgentBench commits after each statement; here only where the agent opened a transaction, or switched
        autocommit off.
        """
        status = connection.server_status or 0
        result = connection._result
        if result is not None and result.server_status is not None:
            status = result.server_status
        if status & 1 or not status & 2:  # SERVER_STATUS_IN_TRANS, SERVER_STATUS_AUTOCOMMIT
            await connection.query("COMMIT")

    async def _reset(self) -> None:
        """Drop what a statement left in its session, as AgentBench does by connecting anew for each: variables,
        temporary tables, locks.
        """
        connection = self._connection
        if connection is None:
            return
        try:
            async with asyncio.timeout(self._timeout_s + GRACE_S):
                await reset(connection, self._dialect, self._timeout_s)
                await connection.query(f"USE `{self._schema}`")
        except (MySQLError, OSError, EOFError, TimeoutError) as error:
            if number_of(error) not in NO_SCHEMA:
                self._connection = None
                connection.close()

    async def _living(self) -> aiomysql.Connection:
        """The connection, opened again where it was closed meanwhile: between two statements nothing is lost with
        it.
        """
        connection = self._connection
        if connection is None or connection.closed or connection._reader.at_eof() or connection._reader.exception():
            await self._connect_again(_LOST, during=False)
        return self._connection

    async def _connect_again(self, cause: BaseException, during: bool) -> None:
        """Replace a lost connection. Raises `EnvironmentFault` where the loss was not the agent's doing, in doubt where
        it went `during` a statement."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
        try:
            self._connection = await self._connect()
            started_ago = await self._uptime(self._connection)
        except TimeoutError:
            raise EnvironmentFault(f"database server {self._endpoint.where} no longer answers") from cause
        except (MySQLError, OSError, EOFError) as error:
            if number_of(error) in DENIED and isinstance(error, MySQLError):
                self._doubt(error)  # released meanwhile, or the agent changed its password
                raise
            raise self._dead(error, during) from error
        if started_ago < time.monotonic() - self._opened_at - 1:
            raise EnvironmentFault(f"database server {self._endpoint.where} restarted under the episode")

    def _dead(self, error: BaseException, during: bool) -> EnvironmentFault:
        """The fault of a server that is gone: in doubt for those whose statement it was carrying out when it went."""
        said = f"database server {self._endpoint.where} was lost: {error}"
        if not (during and self._own and lives_on(self._endpoint)):
            return EnvironmentFault(said)
        details = {"limit": "the database server: a statement ended it"}
        return DoubtfulFault(said, Feedback(status=Status.TASK_LIMIT, reward=0.0, details=details))

    async def _uptime(self, connection: aiomysql.Connection) -> float:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            cursor: Any = await connection.cursor()
            await cursor.execute("SHOW GLOBAL STATUS LIKE 'Uptime'")
            row = await cursor.fetchone()
        return float(row[1]) if row else float("inf")

    async def _abandon(self, connection: aiomysql.Connection | None) -> None:
        """Drop a connection whose statement still runs, and end the statement at the server; the next statement has a
        new one.
        """
        if connection is None:
            return
        self._connection = None
        thread = connection.server_thread_id[0]
        connection.close()
        with contextlib.suppress(MySQLError, OSError, EOFError, TimeoutError):
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                killer = await open_connection(self._endpoint)
                try:
                    await killer.query(f"KILL {thread}")
                finally:
                    killer.close()
        with contextlib.suppress(MySQLError):  # an account that is refused is said at its next statement
            await self._connect_again(_LOST, during=True)

    async def close(self) -> None:
        """Say goodbye; never raises."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(1):
                    await connection.ensure_closed()
            connection.close()


async def reset(connection: aiomysql.Connection, dialect: Dialect, timeout_s: float) -> None:
    """The session as it was at its beginning. Raises what the driver raises."""
    await connection._execute_command(COM_RESET_CONNECTION, b"")
    await connection._read_packet()
    await connection.query(dialect.session_sql(timeout_s))


def _compares_text_with_a_number(error: BaseException) -> bool:
    """Whether an error is MariaDB's for text that is no number where a number is wanted."""
    return number_of(error) == 1292 and str(error.args[-1]).startswith(
        ("Truncated incorrect DOUBLE", "Truncated incorrect DECIMAL")
    )
