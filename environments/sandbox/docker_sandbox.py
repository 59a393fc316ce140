"""Sandboxes that are Docker containers: hardened, labelled before they exist, gone when their owner is.

The supervisor is the container's own process, attached before the start. Its stdin closes when the owner dies, however
it dies; then it ends. The container is kept until we remove it (or the sweep of its owner's label does), as the engine
alone knows how it ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import docker
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from docker.types import LogConfig, Ulimit

from environments.contract import EnvironmentFault, UserError
from environments.ownership import Owner, is_alive
from environments.sandbox.disk import DiskWatch, written_bytes
from environments.sandbox.endings import Evidence, Usage, held_bytes, share
from environments.sandbox.sandbox import SUPERVISORS_OWN, Engine, Sandbox, host_label
from environments.sandbox.settings import SandboxSettings
from environments.sandbox.shell import COMMAND, SandboxLost, Supervisor

T = TypeVar("T")

OWNER_LABEL = "agenttuning.owner"
HOST_LABEL = "agenttuning.host"
API_TIMEOUT_S = 60
START_TIMEOUT_S = 30.0
LATE_CREATION_S = 1.0
ENDED_S = 3.0
LOOK_S = 1.0
MIB = 1 << 20
# Docker's and containerd's overlays: they copy an image's file before it is written. With others a container's root
# writes into the very
# file that its process 1 has mapped, and so into that process (vfs, btrfs, zfs, devicemapper; native, devmapper,
# blockfile).
COPYING_DRIVERS = {"overlay2", "overlay", "overlayfs", "fuse-overlayfs", "stargz", "aufs"}


def connect(timeout_s: float = API_TIMEOUT_S) -> docker.APIClient:
    """A client of the engine that the environment names (`DOCKER_HOST`, or the default socket).

    Raises `DockerException`.
    """
    return docker.APIClient(version="auto", timeout=timeout_s, **docker.utils.kwargs_from_env())


def engine_answers() -> str:
    """Empty if a Docker engine answers, else why not."""
    try:
        client = connect(timeout_s=5)
        client.close()
    except DockerException as error:
        return str(error)
    return ""


def refuse_unless_copying(driver: str) -> None:
    """Raise `UserError` for a storage driver that is not known to keep an image's files from its containers."""
    if driver not in COPYING_DRIVERS:
        raise UserError(
            f"Docker's storage driver is '{driver}', with which an agent may be able to rewrite what judges it: "
            f"use one of {', '.join(sorted(COPYING_DRIVERS))}, or set backend=bubblewrap"
        )


def host_config(client: docker.APIClient, settings: SandboxSettings, storage_quota: bool) -> dict[str, Any]:
    """The hardening. Beside it the engine's default seccomp filter holds."""
    disk = settings.disk_mb * MIB
    config: dict[str, Any] = client.create_host_config(
        network_mode="none",
        cap_drop=["ALL"],
        cap_add=list(settings.capabilities),
        security_opt=["no-new-privileges"],
        mem_limit=settings.memory_mb * MIB,
        memswap_limit=settings.memory_mb * MIB,
        mem_swappiness=None,
        nano_cpus=int(settings.cpus * 1e9),
        pids_limit=settings.max_processes,
        ulimits=[
            Ulimit(name="nofile", soft=1024, hard=4096),
            Ulimit(name="core", soft=0, hard=0),
            Ulimit(name="fsize", soft=disk, hard=disk),
        ],
        storage_opt={"size": f"{settings.disk_mb}m"} if storage_quota else None,
        # The stream carries the protocol; a log of it would fill the host's disk.
        log_config=LogConfig(type="none"),
        ipc_mode="private",
        runtime=settings.runtime,
    )
    return config


class DockerSandbox(Sandbox):
    """One container, and the connection that keeps it alive."""

    def __init__(self, name: str, container: str, stream: Attached, engine: DockerEngine) -> None:
        super().__init__(name, Supervisor(stream.stdout, stream.writer))
        self.container = container
        self._stream = stream
        self._engine = engine
        self.own_disk = engine.quota
        self.upper_directory = ""

    async def evidence(self) -> Evidence:
        call, client = self._engine.call, self._engine.client
        try:
            state = await self._state()
            if not state["Running"]:
                return Evidence(self.overrun, state["OOMKilled"], state["ExitCode"])
            looks = [await call(client.stats, self.container, stream=False, one_shot=True)]
            await asyncio.sleep(LOOK_S)
            looks.append(await call(client.stats, self.container, stream=False, one_shot=True))
            return Evidence(self.overrun, state["OOMKilled"], paused=state["Paused"], usage=usage(*looks))
        except (DockerException, OSError, LookupError):  # the engine, or the container, is gone
            return Evidence(self.overrun)

    async def _state(self) -> dict[str, Any]:
        """The container's state, which lags a moment behind the end of its stream."""
        deadline = time.monotonic() + ENDED_S
        while True:
            state: dict[str, Any] = (await self._engine.call(self._engine.client.inspect_container, self.container))[
                "State"
            ]
            if not (state["Running"] and self.supervisor.ended) or time.monotonic() > deadline:
                return state
            await asyncio.sleep(0.1)

    async def remove(self) -> None:
        self._engine.sandboxes.pop(self.name, None)
        self._stream.close()
        await self._engine.remove(self.container)


def usage(before: dict[str, Any], after: dict[str, Any]) -> Usage:
    """What a container uses of its limits, from two looks at its statistics."""
    first, last = (look["cpu_stats"]["cpu_usage"]["total_usage"] for look in (before, after))
    memory, processes = after["memory_stats"], after["pids_stats"]
    return Usage(
        memory=share(held_bytes(memory.get("usage", 0), memory.get("stats") or {}), memory.get("limit", 0)),
        processes=share(processes.get("current", 0), processes.get("limit", 0)),
        processors=(last - first) / 1e9 / LOOK_S,
    )


class Attached:
    """A container's attached stdio: stdin to write, stdout demultiplexed into a reader of its own (8-byte frame
    headers).
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, keep: object) -> None:
        self.writer = writer
        self.stdout = asyncio.StreamReader()
        self.stderr = b""
        self._keep = keep
        self._pump = asyncio.create_task(self._demultiplex(reader))

    @classmethod
    async def open(cls, raw: Any) -> Attached:
        connection: socket.socket = getattr(raw, "_sock", raw)
        connection.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=connection)
        return cls(reader, writer, raw)

    async def _demultiplex(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                header = await reader.readexactly(8)
                payload = await reader.readexactly(int.from_bytes(header[4:], "big"))
                if header[0] == 1:
                    self.stdout.feed_data(payload)
                else:
                    self.stderr = (self.stderr + payload)[-2048:]
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.stdout.feed_eof()

    def close(self) -> None:
        self._pump.cancel()
        self.writer.close()


class DockerEngine(Engine):
    """Containers of one Docker engine. The package's calls block, so they run on a bounded set of threads."""

    name = "docker"

    def __init__(self, settings: SandboxSettings, owner: Owner | None) -> None:
        self.settings = settings
        self.sandboxes: dict[str, DockerSandbox] = {}
        self._owner = owner
        self._numbers = itertools.count()
        self._threads = ThreadPoolExecutor(settings.max_starting + 4, thread_name_prefix="docker")
        self._host_config: dict[str, Any] = {}
        self.quota = False
        self._watch = DiskWatch(self._over_quota)
        self._client: docker.APIClient | None = None

    @property
    def client(self) -> docker.APIClient:
        if self._client is None:
            self._client = connect()
        return self._client

    async def call(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """One blocking call of the package on a thread. The package's own timeout ends it."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: function(*args, **kwargs))

    async def start(self) -> None:
        try:
            client = await self.call(lambda: self.client)
        except DockerException as error:
            raise UserError(f"no Docker engine answers ({error}): start one, or set backend=bubblewrap") from error
        try:
            await self.call(client.inspect_image, self.settings.image)
        except ImageNotFound:
            raise UserError(
                f"Docker has no image '{self.settings.image}': build it with 'python -m"
                " environments.operating_system.image build'"
            ) from None
        refuse_unless_copying((await self.call(client.info)).get("Driver", ""))
        probe = await self._probe(client, quota=True)
        self.quota = probe is not None
        probe = probe or await self._probe(client, quota=False) or {}
        self._host_config = host_config(client, self.settings, self.quota)
        if masked := probe.get("MaskedPaths"):
            self._host_config["MaskedPaths"] = [*masked, *SUPERVISORS_OWN]
        if not self.quota:
            self._watch.start()

    async def _probe(self, client: docker.APIClient, quota: bool) -> dict[str, Any] | None:
        """What the engine makes of our settings; None if it refuses them. So we learn, by trying, whether the storage
        driver can limit a container's layer (overlay2 on xfs with pquota, btrfs, zfs), and what the engine hides by
        default."""
        config = host_config(client, self.settings, quota)
        try:
            probe = await self.call(
                client.create_container, self.settings.image, list(COMMAND), host_config=config, labels=self._labels()
            )
        except APIError:
            return None
        try:
            made: dict[str, Any] = (await self.call(client.inspect_container, probe["Id"]))["HostConfig"]
            return made
        finally:
            await self.remove(probe["Id"])

    def _labels(self) -> dict[str, str]:
        if self._owner is None:
            raise RuntimeError("an engine without an owner can only sweep")
        return {OWNER_LABEL: self._owner.id, HOST_LABEL: host_label()}

    async def create(self) -> Sandbox:
        labels = self._labels()
        name = f"agenttuning-{labels[OWNER_LABEL]}-{next(self._numbers)}"
        container = ""
        try:
            created = await self.call(
                self.client.create_container,
                self.settings.image,
                list(COMMAND),
                name=name,
                hostname=f"os-{name.rpartition('-')[2]}",
                stdin_open=True,
                labels=labels,
                host_config=self._host_config,
                working_dir="/",
                user="root",
            )
            container = created["Id"]
            return await self._attach_and_start(name, container)
        except (DockerException, OSError, SandboxLost) as error:
            if container:
                await self.remove(container)
            raise EnvironmentFault(f"Docker could not start a sandbox: {error}") from error
        except asyncio.CancelledError:
            if container:
                await asyncio.shield(self.remove(container))
            raise

    async def _attach_and_start(self, name: str, container: str) -> DockerSandbox:
        raw = await self.call(self.client.attach_socket, container, {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1})
        stream = await Attached.open(raw)
        sandbox = DockerSandbox(name, container, stream, self)
        try:
            await self.call(self.client.start, container)
            await sandbox.supervisor.greet(START_TIMEOUT_S)
            details = await self.call(self.client.inspect_container, container)
        except BaseException:
            stream.close()
            raise
        sandbox.image = details.get("Image", "")
        sandbox.upper_directory = (details.get("GraphDriver", {}).get("Data") or {}).get("UpperDir", "")
        self.sandboxes[name] = sandbox
        return sandbox

    async def _over_quota(self) -> None:
        """Kill the sandboxes that wrote more than they may: their own doing, so the episode ends with that as its
        reason.
        """
        limit = self.settings.disk_mb * MIB
        for sandbox in list(self.sandboxes.values()):
            written = await self.call(written_bytes, sandbox.upper_directory, limit)
            if written is None:  # the engine's files are not ours to read: it counts itself, more slowly
                listed = await self.call(self.client.containers, size=True, filters={"id": sandbox.container})
                written = listed[0].get("SizeRw", 0) if listed else 0
            if written > limit:
                sandbox.overrun = f"wrote more than {self.settings.disk_mb} MiB"
                await self._kill(sandbox.container)

    async def _kill(self, container: str) -> None:
        try:
            await self.call(self.client.kill, container)
        except DockerException:
            await self.remove(container)

    async def remove(self, container: str) -> bool:
        """Remove a container that may already be on its way out, and say whether this did it. The engine is asked three
        times before it is left to the next sweep."""
        for attempt in range(3):
            try:
                await self.call(self.client.remove_container, container, force=True, v=True)
                return True
            except NotFound:
                return False
            except (DockerException, OSError) as error:
                if isinstance(error, APIError) and error.status_code == 409:
                    return False
                await asyncio.sleep(0.2 * 4**attempt)
        return False

    async def healthy(self) -> None:
        try:
            await self.call(self.client.ping)
        except (DockerException, OSError) as error:
            raise EnvironmentFault(f"the Docker engine does not answer: {error}") from error

    async def sweep(self) -> int:
        swept = 0
        # An owner that was killed in the middle of a start may have asked for containers that the engine is still
        # creating:
        # where there was something to sweep, look again until there is not.
        while removed := await self._sweep_once():
            swept += removed
            await asyncio.sleep(LATE_CREATION_S)
        return swept

    async def _sweep_once(self) -> int:
        try:
            found = await self.call(
                self.client.containers, all=True, filters={"label": [OWNER_LABEL, f"{HOST_LABEL}={host_label()}"]}
            )
        except DockerException as error:
            raise EnvironmentFault(f"Docker does not list its containers: {error}") from error
        dead = [container["Id"] for container in found if not is_alive(container["Labels"][OWNER_LABEL])]
        gone = [await self.remove(container) for container in dead]
        return sum(gone)

    async def _remove_unfinished(self) -> None:
        """What a cancelled start left: its thread may have created a container that nobody heard of."""
        if self._owner is None:
            return
        with contextlib.suppress(DockerException, OSError):
            filters = {"label": f"{OWNER_LABEL}={self._owner.id}"}
            for container in await self.call(self.client.containers, all=True, filters=filters):
                await self.remove(container["Id"])

    async def stop(self) -> None:
        await self._watch.stop()
        await asyncio.gather(*(sandbox.remove() for sandbox in list(self.sandboxes.values())))
        if self._client is not None:
            await self._remove_unfinished()
            await self.call(self._client.close)
        self._threads.shutdown(wait=False)
