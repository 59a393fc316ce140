"""Who looks at an episode's tables when it is judged: an account of the environment's own on a connection of its own.

The agent's account may be locked out, its session may hold anything; nothing of either is used. The account may read
the schemas of its owner and do nothing else. What is judged are tables: a view that a table was replaced by is none.
"""

from __future__ import annotations

import asyncio
from typing import Any

import aiomysql
from pymysql.err import MySQLError, ProgrammingError

from environments.contract import EnvironmentFault
from environments.database.judge import hash_query, print_hashes
from environments.database.payload import Payload
from environments.database.schema import Dialect, literal
from environments.database.server.endpoint import Endpoint
from environments.database.wire import GRACE_S, is_lost, open_connection, unanswered_in_time


class Inspector:
    """Reads the tables of `schema` as `endpoint`'s account."""

    def __init__(self, endpoint: Endpoint, schema: str, dialect: Dialect, timeout_s: float) -> None:
        self._endpoint = endpoint
        self._schema = schema
        self._dialect = dialect
        self._timeout_s = timeout_s

    async def printed_hash(self, payload: Payload) -> str:
        """The tables' state as AgentBench prints it.

        Raises `MySQLError` where a table is gone, `EnvironmentFault` where the server is.
        """
        connection = None
        try:
            connection = await open_connection(self._endpoint, self._dialect.session_sql(self._timeout_s))
            return await self._hashes_in_time(connection, payload)
        except TimeoutError:
            raise EnvironmentFault(f"database server {self._endpoint.where} does not answer who judges") from None
        except (MySQLError, OSError, EOFError) as error:
            if is_lost(error):
                raise EnvironmentFault(
                    f"database server {self._endpoint.where} was lost while judging: {error}"
                ) from error
            raise
        finally:
            if connection is not None:
                connection.close()

    async def _hashes_in_time(self, connection: aiomysql.Connection, payload: Payload) -> str:
        try:
            async with asyncio.timeout(self._timeout_s + GRACE_S):
                return await self._hashes(connection, payload)
        except TimeoutError:
            raise unanswered_in_time() from None

    async def _hashes(self, connection: aiomysql.Connection, payload: Payload) -> str:
        cursor: Any = await connection.cursor()
        for table in payload.tables:
            await self._must_be_a_table(cursor, table.name)
        hashes = []
        for table in payload.tables:
            await cursor.execute(hash_query(table.name, table.columns, self._schema))
            hashes.append((await cursor.fetchone())[0])
        return print_hashes(hashes)

    async def _must_be_a_table(self, cursor: Any, name: str) -> None:
        where = f"TABLE_SCHEMA = {literal(self._schema)} AND TABLE_NAME = {literal(name)}"
        await cursor.execute(f"SELECT TABLE_TYPE FROM information_schema.TABLES WHERE {where}")
        row = await cursor.fetchone()
        if row is not None and row[0] != "BASE TABLE":
            raise ProgrammingError(1347, f"'{self._schema}.{name}' is not of type 'BASE TABLE'", sqlstate="HY000")
