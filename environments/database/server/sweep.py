"""What dead owners left: private servers and containers on this machine, schemas and accounts on a shared server.

On this machine the kernel says who lives (see ownership.py). On a shared server, which owners on many machines use, the
server does: every owner holds a named lock there, and a lock that is free belongs to the dead.
"""

from __future__ import annotations

import asyncio
import logging

import aiomysql
from pymysql.err import MySQLError

from environments.child_server import remove_leftovers
from environments.contract import EnvironmentFault
from environments.database.errors import is_locked, number_of
from environments.database.judge import quote
from environments.database.schema import Dialect, literal, remove
from environments.database.server.admin import Admin
from environments.database.server.container import remove_container
from environments.database.server.endpoint import Endpoint
from environments.database.server.naming import judge_of, lock_name, owner_of
from environments.database.settings import Settings
from environments.database.wire import is_lost, open_connection
from environments.ownership import dead_owners

log = logging.getLogger(__name__)

SELECT_DENIED = 1142
OURS = "REGEXP '^at_[0-9a-f]{10}_[0-9a-f]{12}$'"


def local(name: str) -> int:
    """Remove what dead owners left in their folders `name`, with the servers and containers that still run; returns how
    many things that were.
    """
    return sum(remove_container(owner / name) for owner in dead_owners()) + remove_leftovers(name)


async def shared(endpoint: Endpoint, settings: Settings) -> int:
    """Drop schemas and accounts of owners whose lock stays free for `sweep_grace_s`; returns how many things that
    were.
    """
    admin = Admin(endpoint, 1, settings.lease_timeout_s)
    try:
        dead = await _dead(admin)
        if not dead:
            return 0
        await asyncio.sleep(settings.sweep_grace_s)
        still_dead = [found for found in await _dead(admin) if found in dead]
        dialect = await admin.dialect(settings.session_memory_mb)
        return sum([await _remove(admin, name, host, dialect) for name, host in still_dead])
    except MySQLError as error:
        raise EnvironmentFault(f"cannot sweep database server {endpoint.where}: {error}") from error
    finally:
        admin.close()


async def _dead(admin: Admin) -> list[tuple[str, str | None]]:
    """Schemas (host None) and accounts whose owner holds no lock."""
    schemas = await admin.run([f"SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME {OURS}"])
    try:
        accounts = await admin.run([f"SELECT User, Host FROM mysql.user WHERE User {OURS}"])
    except MySQLError as error:
        if number_of(error) != SELECT_DENIED:
            raise
        owners = {owner for (name,) in schemas if (owner := owner_of(name)) is not None}
        names = [
            *(name for (name,) in schemas),
            *(judge_of(owner) for owner in owners),
        ]  # a schema and its account are made in pairs
        accounts = [(name, host) for name in names for host in ("%", "localhost")]
    found: list[tuple[str, str | None]] = [(str(name), None) for (name,) in schemas]
    found += [(str(name), str(host)) for name, host in accounts]
    owners = {owner for name, _ in found if (owner := owner_of(name)) is not None}
    free = set()
    for owner in owners:
        ((holder,),) = await admin.run([f"SELECT IS_USED_LOCK({literal(lock_name(owner))})"])
        if holder is None:
            free.add(owner)
    return [(name, host) for name, host in found if owner_of(name) in free]


async def _remove(admin: Admin, name: str, host: str | None, dialect: Dialect) -> int:
    """Remove one thing, and say how many that were.

    What somebody holds locked is left and said: it keeps nobody from starting.
    """
    try:
        await admin.run([f"DROP DATABASE IF EXISTS {quote(name)}"] if host is None else remove(name, host, dialect))
    except MySQLError as error:
        if not is_locked(error):
            raise
        log.warning(
            "'%s' of a dead owner on database server %s is locked and stays: look for a prepared transaction (XA"
            " RECOVER) and end it (XA ROLLBACK), then the next start removes it",
            name,
            admin.endpoint.where,
        )
        return 0
    return 1


class OwnerLock:
    """The sign of life on a shared server: a named lock on a connection of its own."""

    def __init__(self, endpoint: Endpoint, name: str) -> None:
        self._endpoint = endpoint
        self._name = name
        self._connection: aiomysql.Connection | None = None

    async def hold(self) -> None:
        """Take the lock, or make sure that it is still ours. Raises `EnvironmentFault` where it is not to be had."""
        try:
            if self._connection is None:
                self._connection = await open_connection(self._endpoint, "SET SESSION wait_timeout=2147483")
            cursor = await self._connection.cursor()
            await cursor.execute(f"SELECT IS_USED_LOCK({literal(self._name)}) = CONNECTION_ID()")
            if (await cursor.fetchone())[0] != 1:
                await cursor.execute(f"SELECT GET_LOCK({literal(self._name)}, 5)")
                if (await cursor.fetchone())[0] != 1:
                    raise EnvironmentFault(
                        f"the lock '{self._name}' on database server {self._endpoint.where} is taken"
                    )
        except (MySQLError, OSError, EOFError) as error:
            self.drop()
            if isinstance(error, MySQLError) and not is_lost(error):
                raise
            raise EnvironmentFault(f"database server {self._endpoint.where} is gone: {error}") from error

    def drop(self) -> None:
        """Give the lock up by closing its connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
