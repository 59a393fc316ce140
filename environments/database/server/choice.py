"""Which server the database environment uses: what the settings name, what this machine has."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from environments.contract import UserError
from environments.database.server.endpoint import Endpoint, parse_dsn
from environments.database.server.server import Server, SharedServer
from environments.database.settings import Settings

NAMES = ("mariadbd", "mysqld")
PLACES = ("/usr/sbin", "/usr/libexec", "/usr/local/sbin", "/usr/local/bin", "/usr/local/mysql/bin", "/opt/homebrew/bin")


def configured_endpoint(settings: Settings) -> Endpoint | None:
    """The server that the environment or the config names, if any."""
    dsn = os.environ.get(settings.dsn_env) or settings.dsn
    return parse_dsn(dsn) if dsn else None


def find_binary(settings: Settings) -> Path | None:
    """The server program to start. Raises `UserError` when the configured one is not there."""
    if settings.server is not None:
        if not os.access(settings.server, os.X_OK):
            raise UserError(
                f"database.server: '{settings.server}' is no program; give the path of a mariadbd or mysqld"
            )
        return Path(settings.server)
    found = (shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *PLACES])) for name in NAMES)
    return next((Path(path) for path in found if path), None)


def choose(settings: Settings, folder: Path, owner_id: str) -> Server:
    """The server that these settings and this machine allow.

    `folder` is the owner's. Raises `UserError` where there is none.
    """
    endpoint = configured_endpoint(settings)
    if endpoint is not None:
        return SharedServer(endpoint)
    binary = find_binary(settings)
    if binary is not None:
        from environments.database.server.private import PrivateServer

        return PrivateServer(binary, folder, settings)
    from environments.database.server.container import ContainerServer, engine

    if engine() is not None:
        return ContainerServer(settings, folder, owner_id)
    raise UserError(
        f"no database server: set {settings.dsn_env}=mysql://user:password@host, or install one (apt-get install"
        " mariadb-server), or start Docker; none of the three was found"
    )
