"""The connection of one episode: a restricted account, one statement at a time, bounded in time, rows and bytes.

A reply's SQL may do anything its account may, also to its own connection: kill it, make it time out, change its character set or
its password. All that is the agent's doing and an observation. Only a server that is gone, or that restarted under the episode, is a
fault of the world; to tell the two apart, a lost connection is opened again.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import struct
import time
from typing import Any

import aiomysql
from aiomysql import Cursor, SSCursor
from pymysql.constants import CLIENT
from pymysql.converters import decoders
from pymysql.err import InternalError, MySQLError, OperationalError

from environments.contract import EnvironmentFault
from environments.database.endpoint import Endpoint
from environments.database.grammar import ResultText, render_error
from environments.database.schema import Dialect

LOST = frozenset({2002, 2003, 2006, 2013, 2014, 2055})
KILLED = frozenset({1317, 1927})
NO_SCHEMA = frozenset({1044, 1049})
DENIED = frozenset({1045, 1698, 4151})
COM_RESET_CONNECTION = 0x1F
CONNECT_TIMEOUT_S = 10.0
GRACE_S = 1.0
"""How much longer than the server's own limit the host waits before it kills a statement."""
CUTS_ITSELF = re.compile(r"kill|timeout|password|identified|max_statement_time|max_allowed_packet", re.IGNORECASE)
"""Words without which a statement cannot end its own connection or account."""

_STATEMENT_TIMEOUT = OperationalError(3024, "Query execution was interrupted, maximum statement execution time exceeded")
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


async def open_connection(endpoint: Endpoint, schema: str | None = None, multi: bool = False) -> aiomysql.Connection:
    """A connection; without `multi`, the server itself refuses a second statement in a query. Raises what the driver raises."""
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
    return connection


def error_number(error: BaseException) -> int:
    """A driver error's number, 0 where it has none."""
    return error.args[0] if error.args and isinstance(error.args[0], int) else 0


def is_lost(error: BaseException) -> bool:
    """Whether an exception means that the connection is gone."""
    if isinstance(error, (OSError, EOFError)):
        return True
    # aiomysql reports a cut in the middle of a packet as an InternalError of its own without a number.
    return isinstance(error, MySQLError) and (error_number(error) in LOST or (isinstance(error, InternalError) and not error_number(error)))


class Wire:
    """One episode's connection. `timeout_s` is the server's own limit of a statement; the host's is a second more."""

    def __init__(self, endpoint: Endpoint, schema: str, dialect: Dialect, timeout_s: float, limit_rows: int, limit_bytes: int) -> None:
        self._endpoint = endpoint
        self._schema = schema
        self._dialect = dialect
        self._timeout_s = timeout_s
        self._limit_rows = limit_rows
        self._limit_bytes = limit_bytes
        self._connection: aiomysql.Connection | None = None
        self._opened_at = 0.0
        self._cuts_itself = False

    async def open(self) -> None:
        """Connect. Raises `EnvironmentFault` when the server or the account is not there."""
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                self._connection = await self._connect()
        except (MySQLError, OSError, EOFError, TimeoutError) as error:
            raise EnvironmentFault(f"database server {self._endpoint.where} refuses the episode: {error}") from error
        self._opened_at = time.monotonic()

    async def _connect(self) -> aiomysql.Connection:
        try:
            connection = await open_connection(self._endpoint, self._schema)
        except MySQLError as error:
            if error_number(error) not in NO_SCHEMA:
                raise
            connection = await open_connection(self._endpoint)  # the agent dropped its own schema
        try:
            await connection.query(self._dialect.session_sql(self._timeout_s))
        except BaseException:
            connection.close()
            raise
        return connection

    async def run(self, sql: str) -> str:
        """Execute one statement and return what the agent sees. Raises `EnvironmentFault` when the world broke."""
        self._cuts_itself = self._cuts_itself or CUTS_ITSELF.search(sql) is not None
        try:
            return await self._run(sql)
        except MySQLError as error:
            return render_error(error)

    async def _run(self, sql: str) -> str:
        try:
            connection = await self._living()
            try:
                async with asyncio.timeout(self._timeout_s + GRACE_S):
                    return await self._result(connection, sql)
            except TimeoutError:
                await self._abandon(connection)
                return render_error(_STATEMENT_TIMEOUT)
        except (MySQLError, OSError, EOFError) as error:
            if is_lost(error):
                await self._reopen(error)
                return render_error(_LOST)
            if error_number(error) in KILLED:
                await self._abandon(self._connection)
            raise
        except (UnicodeError, ValueError, RuntimeError, LookupError, struct.error) as error:
            # The driver stumbled over what the agent made the server send (`SET NAMES latin1`); the stream is out of step.
            await self._abandon(self._connection)
            return f"2027 (HY000): Malformed packet ({type(error).__name__})"

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
        """AgentBench commits after each statement; here only where the agent opened a transaction, or switched autocommit off."""
        status = connection.server_status or 0
        result = connection._result
        if result is not None and result.server_status is not None:
            status = result.server_status
        if status & 1 or not status & 2:  # SERVER_STATUS_IN_TRANS, SERVER_STATUS_AUTOCOMMIT
            await connection.query("COMMIT")

    async def _living(self) -> aiomysql.Connection:
        """The connection, opened again where it was closed meanwhile."""
        connection = self._connection
        if connection is None or connection.closed or connection._reader.at_eof() or connection._reader.exception():
            await self._reopen(_LOST)
        return self._connection

    async def _reopen(self, cause: BaseException) -> None:
        """Replace a lost connection. Raises `EnvironmentFault` where the loss was not the agent's doing."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                self._connection = await self._connect()
                started_ago = await self._uptime(self._connection)
        except TimeoutError:
            raise EnvironmentFault(f"database server {self._endpoint.where} no longer answers") from cause
        except (MySQLError, OSError, EOFError) as error:
            if error_number(error) in DENIED and self._cuts_itself:
                raise
            raise EnvironmentFault(f"database server {self._endpoint.where} was lost: {error}") from error
        if started_ago < time.monotonic() - self._opened_at - 1:
            raise EnvironmentFault(f"database server {self._endpoint.where} restarted under the episode")
        if self._endpoint.socket is None and not self._cuts_itself:
            raise EnvironmentFault(f"the connection to database server {self._endpoint.where} was lost") from cause

    async def _uptime(self, connection: aiomysql.Connection) -> float:
        cursor: Any = await connection.cursor()
        await cursor.execute("SHOW GLOBAL STATUS LIKE 'Uptime'")
        row = await cursor.fetchone()
        return float(row[1]) if row else float("inf")

    async def _abandon(self, connection: aiomysql.Connection | None) -> None:
        """Drop a connection whose statement still runs, and end the statement at the server; the next statement opens a new one."""
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
        await self._replace()

    async def _replace(self) -> None:
        """A new connection after one that we dropped ourselves."""
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                self._connection = await self._connect()
        except (MySQLError, OSError, EOFError, TimeoutError) as error:
            if error_number(error) in DENIED and self._cuts_itself:
                return
            raise EnvironmentFault(f"database server {self._endpoint.where} was lost: {error}") from error

    async def scalar(self, sql: str) -> str | None:
        """One value by a statement of the judge's, in a session that holds nothing of the agent's. Raises `MySQLError` from the server.

        Resetting instead of reconnecting drops temporary tables, variables and locks, and works after a changed password too.
        """
        connection = await self._living()
        try:
            async with asyncio.timeout(self._timeout_s + GRACE_S):
                await connection._execute_command(COM_RESET_CONNECTION, b"")
                await connection._read_packet()
                await connection.query(self._dialect.session_sql(self._timeout_s))
                await connection.query(f"USE `{self._schema}`")
                cursor: Any = await connection.cursor()
                await cursor.execute(sql)
                row = await cursor.fetchone()
                return None if row is None else row[0]
        except TimeoutError:
            await self._abandon(connection)
            raise _STATEMENT_TIMEOUT from None
        except (MySQLError, OSError, EOFError) as error:
            if is_lost(error):
                raise EnvironmentFault(f"database server {self._endpoint.where} was lost while judging: {error}") from error
            raise

    async def close(self) -> None:
        """Say goodbye; never raises."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(1):
                    await connection.ensure_closed()
            connection.close()
