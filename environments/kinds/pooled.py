"""Environments whose engine lives in a process of its own, one session a process: a text game, a JVM, a simulator that
leaks or does not bear threads.

The engine is a small class that is named by its path (`my_package.engine:Engine`), so that the worker alone imports it:

    class Engine:
        def __init__(self, **options): ...       # made once a worker, while it warms up
        def load(self, payload): ...             # a task's payload; what it returns is `Worker.loaded`
        def step(self, action): ...              # or any other method that the session calls
        def end(self): ...                       # after the task; may be left out

Arguments and answers are JSON; halves of characters come back as U+FFFD. Started anew, it must answer the same calls
alike, or its episodes are not replayed but begun again.

A worker plays task after task, until it has played `games` or holds more than `memory_mb`. One that dies, hangs or
raises costs its own episode a try and is replaced. A task is refused (`TaskFault`) when a worker that has played
nothing yet cannot load it: in a used one it may be the earlier games' fault. An `OSError` or a `MemoryError` is the
machine's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from environments.child_server import MARK, kill_marked, remove_leftovers
from environments.contract import Environment, EnvironmentFault, Lease, Session, Task, TaskFault, UserError
from environments.kinds.worker import EngineError, Limit, Worker, WorkerProcess
from environments.ownership import Owner

log = logging.getLogger(__name__)

FOLDER = "pooled"
"""The workers' folder inside an owner's."""
PATIENCE_S = 3.0
"""How long a worker may take to end by itself."""


class PoolSettings(BaseModel):
    """What a config may say about the workers; an environment's own settings inherit it."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid", frozen=True)

    workers: int = Field(default=4, ge=1)
    """Sessions at the same moment on this node, each in a process of its own; further leases wait."""
    spares: int = Field(default=1, ge=0)
    """Processes that are kept ready beside those in use; where leases wait, the next ones' tasks are loaded in them."""
    games: int = Field(default=50, ge=1)
    """Tasks that one process plays before it is replaced."""
    memory_mb: int = Field(default=1024, ge=1)
    """A process that holds more after a task, together with what it started, is replaced, MiB."""
    load_timeout_s: float = Field(default=60.0, gt=0)
    """How long an engine may take to start, or to load a task."""
    step_timeout_s: float = Field(default=60.0, gt=0)
    """How long an engine may take for a step, or for any other call."""


class Pooled(Environment):
    """Gives each lease a worker with its task loaded, and opens sessions with `session`."""

    name = "pooled"
    direct = False

    def __init__(
        self,
        engine: str,
        session: Callable[[Task, Worker], Session],
        settings: PoolSettings,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self._engine = engine
        self._session = session
        self._settings = settings
        self._options = dict(options or {})
        self._load_limit = Limit("load_timeout_s", settings.load_timeout_s)
        self._step_limit = Limit("step_timeout_s", settings.step_timeout_s)
        self._room = asyncio.Semaphore(settings.workers)
        self._places = asyncio.Semaphore(settings.workers + settings.spares)
        self._owner: Owner | None = None
        self._started = self._warming = 0
        self._processes: set[WorkerProcess] = set()
        self._ready: list[WorkerProcess] = []
        self._leased: dict[str, Worker] = {}
        self._duties: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        await self.sweep()
        self._owner = Owner.claim()
        try:
            await self.healthy()
        except BaseException as error:
            await self.stop()
            raise UserError(str(error)) from None if isinstance(error, EnvironmentFault) else error

    async def sweep(self) -> int:
        return await asyncio.to_thread(remove_leftovers, FOLDER)

    async def lease(self, task: Task, lease_id: str) -> Lease:
        """A worker with the task loaded. What ends the waiting for room is the caller's own limit.

        Who is next has a spare worker load the task meanwhile.
        """
        await self._places.acquire()
        worker = self._leased[lease_id] = Worker(self._step_limit)
        try:
            process = worker.process = await self._take()
            try:
                worker.loaded = await process.call(self._load_limit, "load", task.payload)
            except EngineError:
                if not process.games:
                    raise
                process = worker.process = await self._take(unused=True)
                worker.loaded = await process.call(self._load_limit, "load", task.payload)
            await self._room.acquire()
            worker.plays = True
            if worker.process is None:
                raise EnvironmentFault("the environment was stopped")
            self._replenish()
        except BaseException as error:
            if lease_id in self._leased:
                self._give_back(self._leased.pop(lease_id))
            if isinstance(error, EngineError):
                raise TaskFault(f"task '{task.id}' cannot be loaded: {error}") from None
            raise
        return Lease(lease_id, task.environment, {"process": process.pid})

    async def _take(self, unused: bool = False) -> WorkerProcess:
        self._replenish()
        found = next((process for process in self._ready if not (unused and process.games)), None)
        if found is None:
            return await self._warm_up()
        self._ready.remove(found)
        self._replenish()
        return found

    async def _warm_up(self) -> WorkerProcess:
        if self._owner is None:
            raise EnvironmentFault("the environment is not started")
        self._started += 1
        self._processes = {process for process in self._processes if not process.ended}
        try:
            process = WorkerProcess(self._owner.directory / FOLDER / str(self._started))
        except OSError as error:
            raise EnvironmentFault(f"no process can be started for the engine: {error}") from None
        self._processes.add(process)
        try:
            await process.start(self._engine, self._options, self._load_limit)
        except asyncio.CancelledError:
            self._in_background(process.end())
            raise
        return process

    def _replenish(self) -> None:
        """Drop what died while nobody used it, and begin what is missing."""
        for process in [process for process in self._ready if not process.alive]:
            self._ready.remove(process)
            self._in_background(process.end())
        waiting = sum(not worker.plays for worker in self._leased.values())
        while self._owner is not None and waiting + len(self._ready) + self._warming < self._settings.spares:
            self._warming += 1
            self._in_background(self._warm_spare())

    async def _warm_spare(self) -> None:
        try:
            self._ready.append(await self._warm_up())
        finally:
            self._warming -= 1

    def _in_background(self, duty: Coroutine[Any, Any, None]) -> None:
        doing = asyncio.create_task(_logged(duty))
        self._duties.add(doing)
        doing.add_done_callback(self._duties.discard)

    async def connect(self, lease: Lease, task: Task) -> Session:
        if lease.id not in self._leased:
            raise EnvironmentFault(f"lease '{lease.id}' is not open here")
        return self._session(task, self._leased[lease.id])

    async def release(self, lease: Lease) -> None:
        if lease.id in self._leased:
            self._give_back(self._leased.pop(lease.id))

    def _give_back(self, worker: Worker) -> None:
        process, worker.process = worker.process, None
        if worker.plays:
            self._room.release()
        self._in_background(self._tidy(process))

    async def _tidy(self, process: WorkerProcess | None) -> None:
        """Make a process ready for the next task, or end it; then there is a place for one."""
        try:
            if process is not None and await self._may_go_on(process):
                self._ready.insert(0, process)
            elif process is not None:
                await process.end(PATIENCE_S)
        finally:
            self._places.release()
            self._replenish()

    async def _may_go_on(self, process: WorkerProcess) -> bool:
        process.games += 1
        if process.alive:
            await process.call(self._step_limit, "end")
        if not process.alive or process.games >= self._settings.games:
            return False
        return await asyncio.to_thread(process.memory_mb) <= self._settings.memory_mb

    async def healthy(self) -> None:
        """Where no worker lives at all, start one: it shows whether any can be."""
        if not self._leased and not any(process.alive for process in self._ready):
            self._ready.append(await self._warm_up())
        self._replenish()

    def gauges(self) -> dict[str, float]:
        return {"warm": float(len(self._ready)), "busy": float(len(self._leased))}

    async def stop(self) -> None:
        """Where a process does not die, its owner lives on with this one, and both are swept after it."""
        owner, self._owner = self._owner, None
        if owner is None:
            return
        while self._leased:
            self._give_back(self._leased.popitem()[1])
        endings = [process.end(PATIENCE_S) for process in self._processes]
        await asyncio.gather(*endings, *self._duties, return_exceptions=True)
        self._ready.clear()
        await asyncio.to_thread(kill_marked, f"{MARK}={owner.directory / FOLDER}/")
        await asyncio.to_thread(owner.release)


async def _logged(duty: Coroutine[Any, Any, None]) -> None:
    try:
        await duty
    except EnvironmentFault as error:
        log.warning("a worker is lost: %s", error)
