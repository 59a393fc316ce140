"""A server that is up: who administers it, what it speaks, who judges on it, and how an episode is laid out there and
taken down.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from typing import Any

from pymysql.err import MySQLError

from environments.contract import DoubtfulFault, EnvironmentFault, Task, TaskFault, UserError
from environments.database import schema
from environments.database.errors import Fault, fault_of, is_locked, number_of
from environments.database.inspector import Inspector
from environments.database.judge import is_modification, quote
from environments.database.payload import Payload
from environments.database.schema import Dialect
from environments.database.server.admin import Admin
from environments.database.server.endpoint import Endpoint
from environments.database.server.naming import judge_name, schema_name, schemas_of, shown_name
from environments.database.server.server import Server
from environments.database.settings import Settings
from environments.database.wire import Wire
from environments.kinds.served import Child

ENDED_BY_ITSELF = 1094
HELD = 1397
"""XAER_NOTA: a prepared transaction whose session still lives is nobody else's to roll back."""


class Unsorted(EnvironmentFault):
    """A set-up met an error that nobody has sorted: the same again elsewhere is the task's."""


class Crowded(EnvironmentFault):
    """A set-up found no room, or something locked, on a server of ours: it may have both on one of its own."""


class SchemaServer(Child):
    """One server for the episodes of one owner: a schema each."""

    def __init__(self, server: Server, settings: Settings, owner_id: str) -> None:
        self.server = server
        self.owner_id = owner_id
        self._settings = settings
        self._admin: Admin | None = None
        self._judge_password = secrets.token_urlsafe(18)
        self.dialect = Dialect(True, schema.COLLATIONS[-1])

    @property
    def admin(self) -> Admin:
        if self._admin is None:
            raise EnvironmentFault("the database server is not up, or is being replaced")
        return self._admin

    async def start(self) -> None:
        try:
            await self._bring_up()
        except MySQLError as error:
            endpoint = self.server.endpoint
            raise UserError(f"database server {endpoint.where} refuses '{endpoint.user}': {error.args[-1]}") from None
        except (EnvironmentFault, RuntimeError) as error:  # the driver lacks `cryptography` for this account's plugin
            raise UserError(f"database server {self.server.endpoint.where} cannot be used: {error}") from None

    async def _bring_up(self) -> None:
        """Start the server and make the account that judges. Raises what the driver and the server raise."""
        self.close()
        await self.server.start()
        self._admin = Admin(self.server.endpoint, self._settings.connections, self._settings.lease_timeout_s)
        self.dialect = await self._admin.dialect(self._settings.session_memory_mb)
        name, host = judge_name(self.owner_id), self.server.account_host
        await self._admin.run(schema.create_judge(name, host, schemas_of(self.owner_id), self._judge_password))

    def running(self) -> bool:
        return self.server.running()

    def close(self) -> None:
        """Give up the administrator's connections."""
        if self._admin is not None:
            self._admin.close()
            self._admin = None

    async def stop(self) -> None:
        """Remove the account that judges from a server that others use, and stop one that is ours."""
        if self.server.shared and self._admin is not None:
            try:
                await self._admin.run(schema.remove(judge_name(self.owner_id), self.server.account_host, self.dialect))
            except (EnvironmentFault, MySQLError):  # the next owner sweeps it, for our lock goes
                self.close()
        self.close()
        await self.server.stop()

    def address(self, lease_id: str) -> dict[str, Any]:
        """What a lease says of where its session is: no secret."""
        endpoint = self.server.endpoint
        return {
            **endpoint.address(),
            "name": schema_name(self.owner_id, lease_id),
            "judge": judge_name(self.owner_id),
            "account_host": self.server.account_host,
            "dialect": self.dialect._asdict(),
            "own": self.server.own,
        }

    def secret(self) -> str:
        """A new account's password, and that of the account that judges."""
        return f"{secrets.token_urlsafe(18)} {self._judge_password}"

    async def lay_out(self, task: Task, payload: Payload, address: dict[str, Any], secret: str) -> None:
        """Make the schema, the account and the tables of one episode, and find out what they must become
        (`address['expected']`).
        """
        name, host = address["name"], address["account_host"]
        tables = list(schema.load_tables(name, payload.tables))
        account = schema.create_account(name, host, secret.split()[0], self.dialect, self._settings.statement_timeout_s)
        await self._set_up(task, name, [schema.create_schema(name, self.dialect), *account, *tables])
        address["expected"] = payload.answer_md5
        if is_modification(payload.kinds) and not payload.answer_md5:
            address["expected"] = await self._expected(task, payload, address, secret)
            drop = f"DROP DATABASE {quote(name)}"
            await self._set_up(task, name, [drop, schema.create_schema(name, self.dialect), *tables])

    async def _set_up(self, task: Task, name: str, statements: Sequence[str]) -> None:
        try:
            await self.admin.run(statements)
        except MySQLError as error:
            raise self._fault(task, name, "does not load", error) from error

    def _fault(self, task: Task, name: str, what: str, error: MySQLError) -> EnvironmentFault | TaskFault:
        """Whose fault an error of a set-up is."""
        text = f"task '{task.id}' {what}: {number_of(error)}, {error.args[-1]}".replace(name, shown_name(task.id))
        fault = fault_of(error)
        if fault is Fault.STATEMENT:
            return TaskFault(text)
        if fault is Fault.UNSORTED:
            return Unsorted(text)
        kind = Crowded if fault is Fault.SHARED else EnvironmentFault
        return kind(f"database server {self.server.endpoint.where}: {text}")

    async def _expected(self, task: Task, payload: Payload, address: dict[str, Any], secret: str) -> str:
        """The printed hash that a modification has to reach, where the task does not say: its reference SQL runs as the
        episode's own account."""
        if not payload.statements:
            raise TaskFault(
                f"task '{task.id}' changes tables, but has neither answer_md5 nor reference SQL: it cannot be judged"
            )
        wire = wire_of(address, secret, self._settings)
        try:
            await wire.open()
            for statement in payload.statements:
                await wire.perform(statement)
            return await inspector_of(address, secret, self._settings).printed_hash(payload)
        except MySQLError as error:
            raise self._fault(task, address["name"], "has reference SQL that fails", error) from error
        except DoubtfulFault as doubt:
            raise Unsorted(f"task '{task.id}' has reference SQL that fails: {doubt}") from doubt
        finally:
            await wire.close()

    async def take_down(self, address: dict[str, Any]) -> None:
        """Remove an episode's account and schema, whatever is left of them. Raises `MySQLError` where they cannot be.

        What is locked is tried again for `lease_timeout_s`: a long statement may be rolling back after its end.
        """
        name, host = address["name"], address["account_host"]
        if not self.dialect.mariadb:
            await self._kill_connections(name)
        deadline = time.monotonic() + self._settings.lease_timeout_s
        while not await self._removed(schema.remove(name, host, self.dialect), deadline):
            if not self.server.shared:
                await self._roll_back_prepared()

    async def _removed(self, statements: Sequence[str], deadline: float) -> bool:
        """Whether `statements` were carried out; not where something is locked and there is time left."""
        try:
            await self.admin.run(statements)
        except MySQLError as error:
            if is_locked(error) and time.monotonic() < deadline:
                return False
            raise
        return True

    async def _roll_back_prepared(self) -> None:
        """End XA transactions that were prepared and outlived their sessions: on a server of our own they are all of
        some agent.
        """
        for kind, length, _, data in await self.admin.run(["XA RECOVER"]):
            xid = data.encode() if isinstance(data, str) else data
            try:
                await self.admin.run([f"XA ROLLBACK X'{xid[:length].hex()}', X'{xid[length:].hex()}', {kind}"])
            except MySQLError as error:
                if number_of(error) != HELD:
                    raise

    async def _kill_connections(self, name: str) -> None:
        """MySQL has no KILL USER."""
        query = f"SELECT ID FROM information_schema.PROCESSLIST WHERE USER = {schema.literal(name)}"
        for (thread,) in await self.admin.run([query]):
            try:
                await self.admin.run([f"KILL {int(thread)}"])
            except MySQLError as error:
                if number_of(error) != ENDED_BY_ITSELF:
                    raise


def _endpoint(address: dict[str, Any], user: str, password: str) -> Endpoint:
    return Endpoint(user=user, password=password, host=address["host"], port=address["port"], socket=address["socket"])


def wire_of(address: dict[str, Any], secret: str, settings: Settings) -> Wire:
    """The connection of the agent of a lease, not opened."""
    name, dialect = address["name"], Dialect(**address["dialect"])
    limits = settings.statement_timeout_s, settings.max_result_rows, settings.max_result_bytes
    return Wire(_endpoint(address, name, secret.split()[0]), name, dialect, *limits, own=address["own"])


def inspector_of(address: dict[str, Any], secret: str, settings: Settings) -> Inspector:
    """Who judges a lease."""
    endpoint = _endpoint(address, address["judge"], secret.split()[1])
    return Inspector(endpoint, address["name"], Dialect(**address["dialect"]), settings.statement_timeout_s)
