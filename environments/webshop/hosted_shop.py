"""A shop of our own, as a child of the environment."""

from __future__ import annotations

from pathlib import Path

from environments import own_module
from environments.child_server import ServerProcess
from environments.kinds.served import Child
from environments.webshop.settings import Settings
from environments.webshop.shop.hosting import Hosting, announced


class HostedShop(Child):
    """A shop on a port of this machine."""

    def __init__(self, folder: Path, token: str, settings: Settings) -> None:
        self._token = token
        self._settings = settings
        self._process = ServerProcess("the shop", folder, settings.start_timeout_s)
        self._port = 0

    @property
    def port(self) -> int:
        """Where it listens now; after a restart it is another."""
        return self._port

    @property
    def pid(self) -> int | None:
        """The shop's process id while it runs."""
        return self._process.pid

    def running(self) -> bool:
        return self._process.running()

    async def start(self) -> None:
        here = await self._process.renew()
        settings = self._settings
        catalogue = None if settings.catalogue is None else str(Path(settings.catalogue).resolve())
        Hosting(
            token=self._token,
            catalogue=catalogue,
            bind=settings.bind,
            noun_model=settings.noun_model,
            attributes_page=settings.attributes_page,
            max_sessions=settings.max_sessions,
            session_ttl_s=settings.session_ttl_s,
        ).write(here)
        command = own_module.command(
            "environments.webshop.shop", f"--hosted={here}", f"--noun-model={settings.noun_model}"
        )
        await self._process.start(command, self._listens, own_module.environment())

    async def _listens(self) -> bool:
        port = announced(self._process.here)
        self._port = port or self._port
        return port is not None

    async def stop(self) -> None:
        await self._process.end()
