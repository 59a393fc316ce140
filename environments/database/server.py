"""The server under the database world. Three kinds, tried in this order:

SharedServer       somebody else's, at a DSN
PrivateServer      a mariadbd or mysqld of our own in the owner's folder, on a unix socket      (private.py)
ContainerServer    a `mysql:8` container on a port of this machine                               (container.py)
"""

from __future__ import annotations

import os
import shutil
from abc import ABC, abstractmethod
from pathlib import Path

from environments.contract import UserError
from environments.database.endpoint import Endpoint, parse_dsn
from environments.database.settings import Settings

NAMES = ("mariadbd", "mysqld")
PLACES = ("/usr/sbin", "/usr/libexec", "/usr/local/sbin", "/usr/local/bin", "/usr/local/mysql/bin", "/opt/homebrew/bin")


class Server(ABC):
    """A server that can be started, watched and stopped. `shared` says that others use it too, and that it outlives us."""

    shared: bool = False
    node_bound: bool = True
    account_host: str = "%"

    @property
    @abstractmethod
    def endpoint(self) -> Endpoint:
        """Where it listens and who administers it; after a restart it may be elsewhere."""

    @abstractmethod
    async def start(self) -> None:
        """Bring it up, anew and empty where it is ours. Raises `UserError` when it cannot be."""

    @abstractmethod
    def running(self) -> bool:
        """Whether, as far as can be told without asking it, it still runs."""

    @abstractmethod
    async def stop(self) -> None:
        """Stop it and remove its files, where it is ours. May be called twice."""


class SharedServer(Server):
    """A server that was there before us: everything on it is named after its owner, and swept by name."""

    shared = True

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self.node_bound = endpoint.node_bound
        self.account_host = "localhost" if endpoint.socket is not None else "%"

    @property
    def endpoint(self) -> Endpoint:
        return self._endpoint

    async def start(self) -> None:
        return

    def running(self) -> bool:
        return True

    async def stop(self) -> None:
        return


def configured_endpoint(settings: Settings) -> Endpoint | None:
    """The server that the environment or the config names, if any."""
    dsn = os.environ.get(settings.dsn_env) or settings.dsn
    return parse_dsn(dsn) if dsn else None


def find_binary(settings: Settings) -> Path | None:
    """The server program to start. Raises `UserError` when the configured one is not there."""
    if settings.server is not None:
        if not os.access(settings.server, os.X_OK):
            raise UserError(f"database.server: '{settings.server}' is no program; give the path of a mariadbd or mysqld")
        return Path(settings.server)
    found = (shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *PLACES])) for name in NAMES)
    return next((Path(path) for path in found if path), None)


def choose(settings: Settings, folder: Path, owner_id: str) -> Server:
    """The server that these settings and this machine allow. `folder` is the owner's. Raises `UserError` where there is none."""
    endpoint = configured_endpoint(settings)
    if endpoint is not None:
        return SharedServer(endpoint)
    binary = find_binary(settings)
    if binary is not None:
        from environments.database.private import PrivateServer

        return PrivateServer(binary, folder, settings)
    from environments.database.container import ContainerServer, engine

    if engine() is not None:
        return ContainerServer(settings, folder, owner_id)
    raise UserError(
        f"no database server: set {settings.dsn_env}=mysql://user:password@host, or install one (apt-get install mariadb-server), "
        "or start Docker; none of the three was found"
    )
