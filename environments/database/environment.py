"""The database environment: one server, and for every episode a schema and an account with rights on it and on nothing
else.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from pydantic import BaseModel
from pymysql.err import MySQLError

from environments.contract import EnvironmentFault, Lease, Session, Task, TaskFault, UserError
from environments.database.errors import is_full
from environments.database.opening import prefix
from environments.database.payload import read_payload
from environments.database.server import sweep
from environments.database.server.choice import choose, configured_endpoint
from environments.database.server.naming import lock_name, owner_part, shown_name
from environments.database.server.schema_server import Crowded, SchemaServer, Unsorted, inspector_of, wire_of
from environments.database.session import DatabaseSession
from environments.database.settings import Settings
from environments.kinds.seats import seat
from environments.kinds.served import Served
from environments.ownership import Owner

LIMIT_PROBE_S = 5.0
LIMIT_SHUTDOWN_S = 20.0
SERVERS_BESIDE = 4
"""How many episodes in doubt have a server of their own at the same time."""


def create(settings: BaseModel) -> Database:
    """The database environment, not started."""
    if not isinstance(settings, Settings):
        raise TypeError(f"expected database settings, found {type(settings).__name__}")
    return Database(settings)


class Database(Served):
    """Leases schemas on one server. Sessions are direct: they speak to the server from wherever the loop runs."""

    name: ClassVar[str] = "database"
    title = "the database environment"
    server_title = "the database server"

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._prefix = prefix(settings)
        self._main: SchemaServer | None = None
        self._lock: sweep.OwnerLock | None = None
        self._leases: dict[str, Lease] = {}
        self._beside: dict[str, SchemaServer] = {}
        self._seats = asyncio.Semaphore(settings.max_sessions)
        self._seats_beside = asyncio.Semaphore(SERVERS_BESIDE)

    async def open_server(self, owner: Owner) -> None:
        folder = owner.directory / self.name
        self._main = SchemaServer(choose(self._settings, folder, owner.id), self._settings, owner.id)
        folder.mkdir(mode=0o700)
        if not self._main.server.shared:
            self.child = self._main
        await self._main.start()
        if self._main.server.shared:
            endpoint = self._main.server.endpoint
            self._lock = sweep.OwnerLock(endpoint, lock_name(owner_part(owner.id)))
            await self._lock.hold()
            await sweep.shared(endpoint, self._settings)

    @property
    def _started(self) -> SchemaServer:
        if self._main is None:
            raise self.not_started
        return self._main

    def remove_leftovers(self) -> int:
        return sweep.local(self.name)

    async def sweep(self) -> int:
        found = await super().sweep()
        endpoint = configured_endpoint(self._settings)
        if endpoint is not None:
            found += await sweep.shared(endpoint, self._settings)
        return found

    async def lease(self, task: Task, lease_id: str) -> Lease:
        """A set-up that finds no room, or meets an error which nobody has sorted, is tried once more, on a server of
        its own where there can be one: the unsorted error again is the task's."""
        try:
            return await self._lease(task, lease_id, self._started)
        except (Crowded, Unsorted):
            try:
                return await self.lease_apart(task, lease_id)
            except Unsorted as again:
                raise TaskFault(str(again)) from again

    async def _lease(self, task: Task, lease_id: str, served: SchemaServer) -> Lease:
        payload = read_payload(task)
        full = f"all {self._settings.max_sessions} sessions of {self.title} are taken"
        await seat(self._seats, self._settings.lease_timeout_s, full)
        lease = Lease(lease_id, self.name, served.address(lease_id), secret=served.secret())
        self._leases[lease_id] = lease
        try:
            await served.lay_out(task, payload, lease.address, lease.secret)
        except BaseException:
            await self._release_quietly(lease)
            raise
        return lease

    async def lease_apart(self, task: Task, lease_id: str) -> Lease:
        """On a private server of its own, where the server is one of ours; else beside the others."""
        if not self._started.server.own:
            return await self._lease(task, lease_id, self._started)
        full = f"all {SERVERS_BESIDE} servers for episodes in doubt are taken"
        await seat(self._seats_beside, self._settings.lease_timeout_s, full)
        served = SchemaServer(self._started.server.beside(), self._settings, self._started.owner_id)
        self._beside[lease_id] = served
        try:
            await served.start()
            return await self._lease(task, lease_id, served)
        except UserError as error:
            raise EnvironmentFault(f"no server of its own for an episode in doubt: {error}") from error
        finally:
            if lease_id not in self._leases:
                await self._stop_beside(lease_id)

    async def _stop_beside(self, lease_id: str) -> None:
        served = self._beside.pop(lease_id, None)
        if served is not None:
            self._seats_beside.release()
            await served.stop()

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
        served = self._started
        if lease.id in self._beside:
            self._forget(lease)
            await self._stop_beside(lease.id)
            return
        if not served.server.shared and lease.address.get("socket") != served.server.endpoint.socket:
            self._forget(lease)  # its server is gone, and everything on it
            return
        try:
            await served.take_down(lease.address)
        except MySQLError as error:
            if not (served.server.own and is_full(error)):
                raise EnvironmentFault(f"cannot take back lease '{lease.id}': {error}") from error
            await (
                served.server.stop()
            )  # too full even to drop what fills it: it is replaced, and its episodes are replayed
        self._forget(lease)

    async def connect(self, lease: Lease, task: Task) -> Session:
        payload = read_payload(task)
        wire = wire_of(lease.address, lease.secret, self._settings)
        await wire.open()
        names = (lease.address["name"], shown_name(task.id))
        inspector = inspector_of(lease.address, lease.secret, self._settings)
        return DatabaseSession(
            wire=wire,
            inspector=inspector,
            payload=payload,
            expected=lease.address["expected"],
            names=names,
            rounds=self._settings.rounds,
            before=self._prefix,
            tools=self._settings.dialect == "tools",
        )

    async def ask_server(self) -> None:
        served = self._started
        try:
            async with asyncio.timeout(LIMIT_PROBE_S):
                await served.admin.run(["SELECT 1"])
                if self._lock is not None:
                    await self._lock.hold()
        except (EnvironmentFault, MySQLError, TimeoutError) as error:
            where = served.server.endpoint.where
            raise EnvironmentFault(f"database server {where} does not answer: {error}") from error

    def forget_leases(self) -> None:
        for lease in [lease for lease in self._leases.values() if lease.id not in self._beside]:
            self._forget(lease)

    async def stop(self) -> None:
        for lease_id in list(self._beside):
            await self._stop_beside(lease_id)
        if self._main is not None:
            if self._main.server.shared:
                await self._release_all()
            await self._main.stop()
            self._main = None
        if self._lock is not None:
            self._lock.drop()
            self._lock = None
        self._leases.clear()
        await super().stop()

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
        if self._main is not None:
            return self._main.server.node_bound
        endpoint = configured_endpoint(self._settings)
        return endpoint is None or endpoint.node_bound

    def gauges(self) -> dict[str, float]:
        values: dict[str, Any] = {
            "open_sessions": len(self._leases),
            "max_sessions": self._settings.max_sessions,
            "server_restarts": self._restarts,
        }
        return {name: float(value) for name, value in values.items()}
