"""A served environment for tests: its server greets whoever connects, and has started a process of its own."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from environments import own_module
from environments.child_server import ServerProcess
from environments.contract import EnvironmentFault, Lease, Session, Task, UserError
from environments.kinds.served import Child, Served
from environments.ownership import Owner

SERVER = """
import contextlib, socket, subprocess, sys
subprocess.Popen(["sleep", "600"], start_new_session=True)
print(sys.argv[2], flush=True)
if sys.argv[2] != "ready":
    sys.exit(1)
listening = socket.socket(socket.AF_UNIX)
listening.bind(sys.argv[1])
listening.listen()
while True:
    with contextlib.suppress(OSError):
        listening.accept()[0].send(b"hello")
"""


class Shelves(Child):
    """The child: a Python process that says `says` first, and serves where that is "ready"."""

    def __init__(self, folder: Path, says: str) -> None:
        self.process = ServerProcess("the library's server", folder, 60)
        self._says = says

    async def start(self) -> None:
        await self.process.renew()
        self.process.check_socket()
        command = [sys.executable, "-c", SERVER, self.process.socket, self._says]
        await self.process.start(command, self.process.listens, own_module.environment())

    def running(self) -> bool:
        return self.process.running()

    async def stop(self) -> None:
        await self.process.end()


class Library(Served):
    """On a child, or on the socket of somebody else's."""

    name = "library"
    title, server_title = "the library environment", "the library's server"
    child: Shelves | None = None

    def __init__(self, says: str = "ready", socket: str = "") -> None:
        super().__init__()
        self.says = says
        self._socket = socket
        self.leases: set[str] = set()

    async def open_server(self, owner: Owner) -> None:
        if self._socket:
            try:
                await self.ask_server()
            except EnvironmentFault as error:
                raise UserError(f"{error}; start it") from None
        else:
            self.child = Shelves(owner.directory / self.name, self.says)
            await self.child.start()

    async def ask_server(self) -> None:
        socket = self._socket if self.child is None else self.child.process.socket
        try:
            async with asyncio.timeout(1):
                reader, writer = await asyncio.open_unix_connection(socket)
                await reader.readexactly(5)
                writer.close()
        except (OSError, EOFError, TimeoutError) as error:
            raise EnvironmentFault(f"the library does not answer: {type(error).__name__}") from None

    def forget_leases(self) -> None:
        self.leases.clear()

    async def lease(self, task: Task, lease_id: str) -> Lease:
        self.leases.add(lease_id)
        return Lease(lease_id, self.name, {})

    async def release(self, lease: Lease) -> None:
        self.leases.discard(lease.id)

    async def connect(self, lease: Lease, task: Task) -> Session:
        raise NotImplementedError
