"""The embedded store's server (server.py) as a child of the environment."""

from __future__ import annotations

from pathlib import Path

from environments import own_module
from environments.child_server import ServerProcess
from environments.kinds.served import Child
from environments.knowledge_graph.settings import Settings

MODULE = "environments.knowledge_graph.engines.server"


class PrivateServer(Child):
    """Serves `store` on a socket in `folder`; after a restart it is another socket."""

    def __init__(self, store: Path, folder: Path, settings: Settings) -> None:
        self.store = store
        self._settings = settings
        self._process = ServerProcess("the embedded store's server", folder, settings.start_timeout_s)

    @property
    def socket(self) -> str:
        """Where it listens."""
        return self._process.socket

    @property
    def pid(self) -> int | None:
        """The parent process's id while it runs."""
        return self._process.pid

    def running(self) -> bool:
        """Whether the parent process lives; it replaces its workers itself."""
        return self._process.running()

    async def start(self) -> None:
        await self._process.renew()
        self._process.check_socket()
        limits = (str(self._settings.workers), str(self._settings.worker_memory_mb))
        command = own_module.command(MODULE, str(self.store), self.socket, *limits)
        await self._process.start(command, self._process.listens, own_module.environment())

    async def stop(self) -> None:
        """Kill it with its workers, which die with it."""
        await self._process.end()
