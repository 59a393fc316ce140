"""Environments whose sessions have a sandbox each: a machine of their own, hardened, from a warm pool.

    class PythonAnswers(Sandboxed):
        name = "python_answers"
        title = "the Python environment"

        async def connect(self, lease, task):
            return MySession(task, self.leased(lease))

A session types into `sandbox.supervisor.shell` or runs programs beside it; whoever has to judge what an agent left on
its machine does so by a `Custodian` with `originals` (environments/sandbox/custodian.py). What a session meets when its
sandbox is gone is a `SandboxLost`, and `sandbox.blame` says whether the agent brought it about.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import ClassVar

from environments.contract import Environment, EnvironmentFault, Lease, Task, UserError
from environments.kinds.seats import seat
from environments.ownership import Owner
from environments.sandbox import bubblewrap_sandbox, docker_sandbox
from environments.sandbox.bubblewrap_sandbox import BubblewrapEngine
from environments.sandbox.docker_sandbox import DockerEngine
from environments.sandbox.originals import Originals
from environments.sandbox.pool import Pool
from environments.sandbox.sandbox import Engine, Sandbox
from environments.sandbox.settings import SandboxSettings


class Sandboxed(Environment):
    """Leases sandboxes of the engine that the settings name, or of the one that this machine has."""

    direct = False
    title: ClassVar[str]

    def __init__(self, settings: SandboxSettings) -> None:
        self.settings = settings
        self._leased: dict[str, Sandbox] = {}
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
        if lease_id not in self._leased:
            wait_s = self.settings.lease_timeout_s
            full = f"all {self.settings.max_sessions} sandboxes (max_sessions) were in use for {wait_s:g} s"
            await seat(self._room, wait_s, full)
            try:
                self._leased[lease_id] = await pool.take(wait_s)
            except BaseException:
                self._room.release()
                raise
        return Lease(lease_id, self.name, {"sandbox": self._leased[lease_id].name})

    def leased(self, lease: Lease) -> Sandbox:
        """The sandbox of a lease. Raises `EnvironmentFault` where it is not open here."""
        if lease.id not in self._leased:
            raise EnvironmentFault(f"lease '{lease.id}' is not open here")
        return self._leased[lease.id]

    @property
    def originals(self) -> Originals:
        """The files of the sandboxes' image, for who judges in them."""
        if self._originals is None:
            raise self._not_started
        return self._originals

    async def release(self, lease: Lease) -> None:
        sandbox = self._leased.pop(lease.id, None)
        if sandbox is not None:
            self._room.release()
            self._started().remove(sandbox)

    @property
    def _not_started(self) -> EnvironmentFault:
        return EnvironmentFault(f"{self.title} is not started")

    def _started(self) -> Pool:
        if self._pool is None:
            raise self._not_started
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
