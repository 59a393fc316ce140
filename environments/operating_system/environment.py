"""The OS environment: a fresh, hardened Linux machine for every episode, from a warm pool."""

from __future__ import annotations

import asyncio
import contextlib

from pydantic import BaseModel

from environments.contract import Environment, EnvironmentFault, Lease, Session, Task, UserError
from environments.operating_system.payload import payload_of
from environments.operating_system.session import OperatingSystemSession
from environments.operating_system.settings import Settings
from environments.operating_system.setup_failures import SetupFailure, SetupFailures
from environments.ownership import Owner
from environments.sandbox import bubblewrap_sandbox, docker_sandbox
from environments.sandbox.bubblewrap_sandbox import BubblewrapEngine
from environments.sandbox.docker_sandbox import DockerEngine
from environments.sandbox.originals import Originals
from environments.sandbox.pool import Pool
from environments.sandbox.sandbox import Engine, Sandbox


def create(settings: BaseModel) -> OperatingSystem:
    """The environment for these settings, not started."""
    return OperatingSystem(Settings.model_validate(settings.model_dump()))


class OperatingSystem(Environment):
    """Leases sandboxes of the engine that the settings name, or of the one that this machine has."""

    name = "operating_system"
    direct = False

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._leased: dict[str, Sandbox] = {}
        self._setup_failures = SetupFailures()
        self._room = asyncio.Semaphore(settings.max_sessions)
        self._owner: Owner | None = None
        self._engine: Engine | None = None
        self._pool: Pool | None = None
        self._originals: Originals | None = None

    async def start(self) -> None:
        self._owner = Owner.claim()
        try:
            self._engine = await self._choose(self._owner)
            await self._engine.sweep()
            await self._engine.start()
        except BaseException:
            await self.stop()
            raise
        self._originals = Originals(self._engine.create)
        self._pool = Pool(self._engine.create, self.settings.warm, self.settings.max_starting)
        self._pool.start()

    async def _choose(self, owner: Owner) -> Engine:
        """Docker where it answers, else bubblewrap where it works; a model's shell never runs unsandboxed."""
        backend, silence = self.settings.backend, ""
        if backend in ("auto", "docker"):
            silence = await asyncio.to_thread(docker_sandbox.engine_answers)
            if not silence:
                return DockerEngine(self.settings, owner)
            if backend == "docker":
                raise UserError(f"no Docker engine answers ({silence}): start one, or set backend=bubblewrap")
        missing = await asyncio.to_thread(bubblewrap_sandbox.missing)
        if not missing:
            return BubblewrapEngine(self.settings, owner)
        if backend == "bubblewrap":
            raise UserError(f"bubblewrap can't make sandboxes here: {missing}")
        raise UserError(
            f"nothing to make sandboxes with: no Docker engine answers ({silence}), and for bubblewrap {missing}"
        )

    async def sweep(self) -> int:
        swept = 0
        for engine in await self._present():
            with contextlib.suppress(EnvironmentFault):
                swept += await engine.sweep()
            await engine.stop()
        return swept

    async def _present(self) -> list[Engine]:
        """The engines whose leftovers may be on this machine."""
        engines: list[Engine] = [BubblewrapEngine(self.settings, None)]
        if self.settings.backend != "bubblewrap" and not await asyncio.to_thread(docker_sandbox.engine_answers):
            engines.append(DockerEngine(self.settings, None))
        return engines

    async def lease(self, task: Task, lease_id: str) -> Lease:
        """A sandbox of the pool under `lease_id`. It was labelled with its owner before it was created; which lease it
        serves is known here alone, and nobody needs it after this process: the sandbox goes with its owner."""
        pool = self._started()
        payload_of(task)
        if lease_id not in self._leased:
            wait_s = self.settings.lease_timeout_s
            try:
                async with asyncio.timeout(wait_s):
                    await self._room.acquire()
            except TimeoutError:
                raise EnvironmentFault(
                    f"all {self.settings.max_sessions} sandboxes (max_sessions) were in use for {wait_s:g} s"
                ) from None
            try:
                self._leased[lease_id] = await pool.take(wait_s)
            except BaseException:
                self._room.release()
                raise
        return Lease(lease_id, self.name, {"sandbox": self._leased[lease_id].name})

    async def connect(self, lease: Lease, task: Task) -> Session:
        if lease.id not in self._leased:
            raise EnvironmentFault(f"lease '{lease.id}' is not open here")
        assert self._originals is not None
        session = OperatingSystemSession(payload_of(task), self._leased[lease.id], self.settings, self._originals)
        try:
            await session.open()
        except SetupFailure as failure:
            raise self._setup_failures.fault(task.id, failure) from failure
        self._setup_failures.forget(task.id)
        return session

    async def release(self, lease: Lease) -> None:
        sandbox = self._leased.pop(lease.id, None)
        if sandbox is not None:
            self._room.release()
            self._started().remove(sandbox)

    def _started(self) -> Pool:
        if self._pool is None:
            raise EnvironmentFault("the OS environment is not started")
        return self._pool

    async def healthy(self) -> None:
        self._started()
        assert self._engine is not None
        await self._engine.healthy()

    def gauges(self) -> dict[str, float]:
        pool = self._pool
        warm, starting, discarded = (pool.ready, pool.starting, pool.discarded) if pool else (0, 0, 0)
        return {"sessions": len(self._leased), "warm": warm, "starting": starting, "discarded": discarded}

    async def stop(self) -> None:
        pool, engine, owner = self._pool, self._engine, self._owner
        if pool is not None:
            for sandbox in self._leased.values():
                pool.remove(sandbox)
            self._leased.clear()
            await pool.stop()
        if engine is not None:
            await engine.stop()
        if owner is not None:
            owner.release()
        self._pool = self._engine = self._owner = None
