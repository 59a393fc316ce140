"""The last resort: a MySQL container on a port of this machine, through the docker package."""

from __future__ import annotations

import asyncio
import secrets
import time
from pathlib import Path
from typing import Any

from environments.contract import EnvironmentFault, UserError
from environments.database.server.endpoint import Endpoint
from environments.database.server.server import Server
from environments.database.settings import Settings

OPTIONS = (
    "--character-set-server=utf8mb4",
    "--local-infile=OFF",
    "--skip-log-bin",
    "--innodb-flush-log-at-trx-commit=0",
    "--loose-global-connection-memory-tracking=ON",
)
RECORD = "container"
"""The file in the owner's folder that names the container, written before the container is made."""


def engine() -> Any | None:
    """A client of the local Docker engine, or None where the package or the engine is missing."""
    try:
        import docker
    except ImportError:
        return None
    try:
        client = docker.from_env(timeout=60)
        client.ping()
    except docker.errors.DockerException:
        return None
    return client


class ContainerServer(Server):
    """A `mysql` container that listens on 127.0.0.1 only and keeps its data in memory."""

    def __init__(self, settings: Settings, folder: Path, owner_id: str) -> None:
        self._settings = settings
        self._folder = folder
        self._owner_id = owner_id
        self._name = f"agenttuning-database-{owner_id}"
        self._password = secrets.token_urlsafe(18)
        self._port = 0

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint("root", self._password, "127.0.0.1", self._port)

    async def start(self) -> None:
        await self.stop()
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._folder / RECORD).write_text(self._name)
        self._port = await asyncio.to_thread(self._run)
        deadline = time.monotonic() + self._settings.start_timeout_s
        while not await self._greets():
            if time.monotonic() > deadline:
                raise UserError(
                    f"container image '{self._settings.image}' does not answer after start_timeout_s; give it more"
                )
            await asyncio.sleep(0.2)

    def _run(self) -> int:
        import docker

        client = engine()
        if client is None:
            raise EnvironmentFault("the Docker engine no longer answers")
        try:
            container = client.containers.run(
                self._settings.image,
                [*OPTIONS, f"--loose-connection-memory-limit={self._settings.session_memory_mb << 20}"],
                name=self._name,
                labels={"agenttuning.owner": self._owner_id, "agenttuning.environment": "database"},
                environment={"MYSQL_ROOT_PASSWORD": self._password, "MYSQL_ROOT_HOST": "%"},
                ports={"3306/tcp": ("127.0.0.1", None)},
                tmpfs={"/var/lib/mysql": f"size={self._settings.max_disk_mb}m"},
                mem_limit="4g",
                detach=True,
            )
            container.reload()
        except docker.errors.DockerException as error:
            raise UserError(
                f"container image '{self._settings.image}' does not run: {str(error)[:300]}; docker pull it first"
            ) from None
        return int(container.ports["3306/tcp"][0]["HostPort"])

    async def _greets(self) -> bool:
        """Whether the server itself, not only Docker's proxy, says its first packet: its installer runs without a
        network.
        """
        try:
            reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", self._port), 2)
            try:
                return bool(await asyncio.wait_for(reader.read(1), 2))
            finally:
                writer.close()
        except (OSError, TimeoutError):
            return False

    def running(self) -> bool:
        return True

    async def stop(self) -> None:
        await asyncio.to_thread(remove_container, self._folder)


def remove_container(folder: Path) -> int:
    """Remove the container that `folder` names, if there is one, and say how many that were."""
    record = folder / RECORD
    try:
        name = record.read_text().strip()
    except FileNotFoundError:
        return 0
    client = engine()
    if client is None:
        return 0
    import docker

    removed = 0
    try:
        client.containers.get(name).remove(force=True, v=True)
        removed = 1
    except docker.errors.NotFound:
        pass
    except docker.errors.APIError as error:
        if error.status_code != 409:  # somebody else is removing it already
            raise
    record.unlink(missing_ok=True)
    return removed
