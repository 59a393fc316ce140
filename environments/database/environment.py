"""The database world: one server, and for every episode a schema and an account with rights on it and on nothing else."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel
from pymysql.err import MySQLError

from environments.contract import Environment, EnvironmentFault, Lease, Session, Task, TaskFault, UserError
from environments.database import schema, sweep
from environments.database.admin import Admin
from environments.database.choice import choose, configured_endpoint
from environments.database.endpoint import Endpoint
from environments.database.judge import is_modification, quote
from environments.database.naming import lock_name, owner_part, schema_name, shown_name
from environments.database.payload import Payload, read_payload
from environments.database.schema import Dialect
from environments.database.server import Server
from environments.database.session import DatabaseSession, prefix, printed_hash
from environments.database.settings import Settings
from environments.database.wire import Wire, error_number
from environments.ownership import Owner

FOLDER = "database"
"""This world's folder inside an owner's."""
LIMIT_SHUTDOWN_S = 20.0


def create(settings: BaseModel) -> Database:
    """The database world, not started."""
    if not isinstance(settings, Settings):
        raise TypeError(f"expected database settings, found {type(settings).__name__}")
    return Database(settings)


class Database(Environment):
    """Leases schemas on one server. Sessions are direct: they speak to the server from wherever the loop runs."""

    name: ClassVar[str] = "database"
    direct = True

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._prefix = prefix(settings.prompts)
        self._owner: Owner | None = None
        self._server: Server | None = None
        self._admin: Admin | None = None
        self._lock: sweep.OwnerLock | None = None
        self._dialect = Dialect(True, schema.COLLATIONS[-1])
        self._leases: dict[str, Lease] = {}
        self._seats = asyncio.Semaphore(settings.max_sessions)
        self._repairing = asyncio.Lock()
        self._restarts = 0

    async def start(self) -> None:
        await asyncio.to_thread(sweep.local, FOLDER)
        self._owner = Owner.claim()
        try:
            folder = self._owner.directory / FOLDER
            self._server = choose(self._settings, folder, self._owner.id)
            folder.mkdir(mode=0o700)
            await self._bring_up()
            if self._server.shared:
                await sweep.shared(self._server.endpoint, self._settings)
        except BaseException:
            await self.stop()
            raise

    async def _bring_up(self) -> None:
        """Start the server and whatever watches it. Raises `UserError` where it cannot be used."""
        server, owner = self._started()
        await server.start()
        self._admin = Admin(server.endpoint, self._settings.connections, self._settings.lease_timeout_s)
        try:
            self._dialect = await self._admin.dialect()
            if server.shared:
                self._lock = sweep.OwnerLock(server.endpoint, lock_name(owner_part(owner.id)))
                await self._lock.hold()
        except MySQLError as error:
            raise UserError(f"database server {server.endpoint.where} refuses '{server.endpoint.user}': {error.args[-1]}") from None
        except (EnvironmentFault, RuntimeError) as error:  # RuntimeError: the driver lacks `cryptography` for this account's plugin
            raise UserError(f"database server {server.endpoint.where} cannot be used: {error}") from None

    def _started(self) -> tuple[Server, Owner]:
        if self._server is None or self._owner is None:
            raise EnvironmentFault("the database world is not started")
        return self._server, self._owner

    def _admin_now(self) -> Admin:
        if self._admin is None:
            raise EnvironmentFault("the database world is not started, or its server is being replaced")
        return self._admin

    async def sweep(self) -> int:
        found = await asyncio.to_thread(sweep.local, FOLDER)
        endpoint = configured_endpoint(self._settings)
        if endpoint is not None:
            found += await sweep.shared(endpoint, self._settings)
        return found

    async def lease(self, task: Task, lease_id: str) -> Lease:
        payload = read_payload(task)
        server, owner = self._started()
        try:
            async with asyncio.timeout(self._settings.lease_timeout_s):
                await self._seats.acquire()
        except TimeoutError:
            raise EnvironmentFault(f"all {self._settings.max_sessions} sessions of the database world are taken") from None
        name = schema_name(owner.id, lease_id)
        password = secrets.token_urlsafe(18)
        host = server.account_host
        address = {**server.endpoint.address(), "name": name, "account_host": host, "dialect": self._dialect._asdict()}
        lease = Lease(lease_id, self.name, address, secret=password)
        self._leases[lease_id] = lease
        try:
            account = schema.create_account(name, host, password, self._dialect, self._settings.statement_timeout_s)
            tables = list(schema.load_tables(name, payload.tables))
            await self._set_up(task, name, [schema.create_schema(name, self._dialect), *account, *tables])
            address["expected"] = await self._expected(task, payload, lease, tables)
        except BaseException:
            await self._release_quietly(lease)
            raise
        return lease

    async def _set_up(self, task: Task, name: str, statements: list[str]) -> None:
        try:
            await self._admin_now().run(statements)
        except MySQLError as error:
            text = f"{error.args[-1]}".replace(name, shown_name(task.id))
            raise TaskFault(f"task '{task.id}' does not load: {error_number(error)}, {text}") from error

    async def _expected(self, task: Task, payload: Payload, lease: Lease, tables: list[str]) -> str:
        """The printed hash that a modification has to reach. Where the task does not say, its reference SQL runs here first, as the
        episode's own account, and the tables are then loaded again."""
        if not is_modification(payload.kinds) or payload.answer_md5:
            return payload.answer_md5
        if not payload.statements:
            raise TaskFault(f"task '{task.id}' changes tables, but has neither answer_md5 nor reference SQL: it cannot be judged")
        name = lease.address["name"]
        wire = self._wire(lease)
        await wire.open()
        try:
            for statement in payload.statements:
                await wire.scalar(statement)
            expected = await printed_hash(wire, payload)
        except MySQLError as error:
            raise TaskFault(f"task '{task.id}': its reference SQL fails: {error.args[-1]}") from error
        finally:
            await wire.close()
        drop = f"DROP DATABASE {quote(name)}"
        await self._set_up(task, name, [drop, schema.create_schema(name, self._dialect), *tables])
        return expected

    async def _release_quietly(self, lease: Lease) -> None:
        """Take back a lease that failed half-way, whose own error is the one to report."""
        try:
            await self.release(lease)
        except EnvironmentFault:
            self._forget(lease)

    def _forget(self, lease: Lease) -> None:
        if self._leases.pop(lease.id, None) is not None:
            self._seats.release()

    async def release(self, lease: Lease) -> None:
        server, _ = self._started()
        if not server.shared and lease.address.get("socket") != server.endpoint.socket:
            self._forget(lease)  # its server is gone, and everything on it
            return
        name, host = lease.address["name"], lease.address["account_host"]
        try:
            if not self._dialect.mariadb:
                await self._kill_connections(name)
            await self._admin_now().run(schema.remove(name, host, self._dialect))
        except MySQLError as error:
            raise EnvironmentFault(f"cannot take back lease '{lease.id}': {error}") from error
        self._forget(lease)

    async def _kill_connections(self, name: str) -> None:
        """MySQL has no KILL USER."""
        query = f"SELECT ID FROM information_schema.PROCESSLIST WHERE USER = {schema.literal(name)}"
        for (thread,) in await self._admin_now().run([query]):
            try:
                await self._admin_now().run([f"KILL {int(thread)}"])
            except MySQLError as error:
                if error_number(error) != 1094:  # it ended by itself
                    raise

    def _wire(self, lease: Lease) -> Wire:
        address = lease.address
        name = address["name"]
        endpoint = Endpoint(name, lease.secret, address["host"], address["port"], address["socket"])
        settings = self._settings
        dialect = Dialect(**address["dialect"])
        return Wire(endpoint, name, dialect, settings.statement_timeout_s, settings.max_result_rows, settings.max_result_bytes)

    async def connect(self, lease: Lease, task: Task) -> Session:
        payload = read_payload(task)
        wire = self._wire(lease)
        await wire.open()
        names = (lease.address["name"], shown_name(task.id))
        return DatabaseSession(wire, payload, lease.address["expected"], names, self._settings.rounds, self._prefix)

    async def healthy(self) -> None:
        async with self._repairing:
            server, _ = self._started()
            if self._admin is not None and server.running():
                try:
                    async with asyncio.timeout(5):
                        await self._admin.run(["SELECT 1"])
                        if self._lock is not None:
                            await self._lock.hold()
                    return
                except (EnvironmentFault, MySQLError, TimeoutError) as error:
                    if server.shared:
                        raise EnvironmentFault(f"database server {server.endpoint.where} does not answer: {error}") from error
            elif server.shared:
                raise EnvironmentFault("the database world is stopped")
            await self._replace_server()

    async def _replace_server(self) -> None:
        """A fresh server for a dead one. The leases on it died with it; their sessions find nobody at the old address."""
        if self._admin is not None:
            self._admin.close()
            self._admin = None
        for lease in list(self._leases.values()):
            self._forget(lease)
        try:
            await self._bring_up()
        except UserError as error:
            raise EnvironmentFault(f"the database server died and cannot be replaced: {error}") from error
        self._restarts += 1

    async def stop(self) -> None:
        server, owner = self._server, self._owner
        if server is not None and server.shared:
            await self._release_all()
        if self._lock is not None:
            self._lock.drop()
            self._lock = None
        if self._admin is not None:
            self._admin.close()
            self._admin = None
        if server is not None:
            await server.stop()
            self._server = None
        self._leases.clear()
        if owner is not None:
            owner.release()
            await asyncio.to_thread(shutil.rmtree, Path(owner.directory), True)
            self._owner = None

    async def _release_all(self) -> None:
        """On a server that outlives us. What cannot be released now is swept by the next owner, for our lock goes."""
        try:
            async with asyncio.timeout(LIMIT_SHUTDOWN_S):
                for lease in list(self._leases.values()):
                    await self.release(lease)
        except (EnvironmentFault, TimeoutError):
            return

    @property
    def node_bound(self) -> bool:
        """True unless the server is somebody's on the network; can be asked before `start`."""
        if self._server is not None:
            return self._server.node_bound
        endpoint = configured_endpoint(self._settings)
        return endpoint is None or endpoint.node_bound

    def gauges(self) -> dict[str, float]:
        values: dict[str, Any] = {
            "open_sessions": len(self._leases),
            "max_sessions": self._settings.max_sessions,
            "server_restarts": self._restarts,
        }
        return {name: float(value) for name, value in values.items()}
