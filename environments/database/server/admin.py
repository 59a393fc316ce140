"""Administration of a server: short batches over a small pool of connections, each with an end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import aiomysql
from pymysql.err import MySQLError

from environments.contract import EnvironmentFault, UserError
from environments.database.errors import number_of
from environments.database.schema import COLLATIONS, Dialect, batches
from environments.database.server.endpoint import Endpoint
from environments.database.wire import is_lost, open_connection

UNKNOWN_COLLATION = 1273
LOCK_WAIT_S = 2


class Admin:
    """An administrator at one server. Idle connections are kept; broken ones are dropped where they are found."""

    def __init__(self, endpoint: Endpoint, connections: int, timeout_s: float) -> None:
        self.endpoint = endpoint
        self._free: list[aiomysql.Connection] = []
        self._slots = asyncio.Semaphore(connections)
        self._timeout_s = timeout_s
        self._closed = False

    async def run(self, statements: Sequence[str]) -> list[tuple[Any, ...]]:
        """Carry out statements in as few packets as possible, and return the rows of the last. Raises `MySQLError` from
        the first that fails, `EnvironmentFault` when the server is gone."""
        try:
            async with asyncio.timeout(self._timeout_s), self._slots:
                connection = self._free.pop() if self._free else await self._connect()
                try:
                    rows = await _run(connection, statements)
                except BaseException:
                    connection.close()  # what follows the failed statement was not carried out, nor its results read
                    raise
                if self._closed:
                    connection.close()
                else:
                    self._free.append(connection)
                return rows
        except TimeoutError:
            raise EnvironmentFault(
                f"database server {self.endpoint.where} did not answer within {self._timeout_s:g} s"
            ) from None
        except (MySQLError, OSError, EOFError) as error:
            if is_lost(error):
                self._drop()
                raise EnvironmentFault(f"database server {self.endpoint.where} is gone: {error}") from error
            raise

    async def _connect(self) -> aiomysql.Connection:
        """A connection that does not wait long for a lock: what holds one against an administrator is looked at, not
        waited for.
        """
        first = f"SET lock_wait_timeout={LOCK_WAIT_S}, innodb_lock_wait_timeout={LOCK_WAIT_S}"
        return await open_connection(self.endpoint, first, multi=True)

    async def dialect(self, session_mb: int) -> Dialect:
        """What this server speaks, and what a session on it may use."""
        version = str((await self.run(["SELECT VERSION()"]))[0][0])
        for collation in COLLATIONS:
            try:
                await self.run([f"SELECT _utf8mb4'a' COLLATE {collation}"])
            except MySQLError as error:
                if number_of(error) == UNKNOWN_COLLATION:
                    continue
                raise
            return Dialect("MariaDB" in version, collation, session_mb)
        raise UserError(f"database server {self.endpoint.where} ({version}) has no utf8mb4 collation; it is too old")

    def _drop(self) -> None:
        for connection in self._free:
            connection.close()
        self._free.clear()

    def close(self) -> None:
        """Close idle connections now, and the others when their batch ends."""
        self._closed = True
        self._drop()


async def _run(connection: aiomysql.Connection, statements: Sequence[str]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for batch in batches(statements):
        cursor: Any = await connection.cursor()
        await cursor.execute(batch.encode("utf-8", "replace").decode())
        rows = list(await cursor.fetchall()) if cursor.description else []
        while await cursor.nextset():
            rows = list(await cursor.fetchall()) if cursor.description else []
    return rows
