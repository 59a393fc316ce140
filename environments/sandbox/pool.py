"""A pool of warm sandboxes: a lease takes one that is ready, and another starts in the background.

At most `max_starting` start at once, because an engine that is asked for too much at a time answers nobody. When the
engine fails, the next try waits, longer each time, with jitter. What is handed out has just answered a ping; the dead
are thrown away.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from environments.contract import EnvironmentFault
from environments.sandbox.sandbox import Sandbox

log = logging.getLogger(__name__)

FIRST_BACKOFF_S = 0.5
LAST_BACKOFF_S = 30.0
PING_S = 2.0
STOP_S = 30.0


class Pool:
    """Keeps `target` sandboxes ready beside those that were taken."""

    def __init__(self, create: Callable[[], Awaitable[Sandbox]], target: int, max_starting: int) -> None:
        self._create = create
        self._target = target
        self._max_starting = max_starting
        self._ready: deque[Sandbox] = deque()
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._starting = 0
        self._wanted = asyncio.Event()
        self._workers: list[asyncio.Task[None]] = []
        self._removals: set[asyncio.Task[None]] = set()
        self._failures = 0
        self._last_error = ""
        self.discarded = 0

    @property
    def ready(self) -> int:
        return len(self._ready)

    @property
    def starting(self) -> int:
        return self._starting

    def start(self) -> None:
        """Begin to fill, in the background."""
        self._workers = [
            asyncio.create_task(self._work(), name=f"sandbox starter {n}") for n in range(self._max_starting)
        ]

    async def take(self, timeout_s: float) -> Sandbox:
        """A living sandbox. Raises `EnvironmentFault` when none came within `timeout_s`, with the engine's last
        error.
        """
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    sandbox = await self._next()
                    if await self._answers(sandbox):
                        return sandbox
                    self.discarded += 1
        except TimeoutError:
            reason = f": {self._last_error}" if self._last_error else ""
            raise EnvironmentFault(f"no sandbox became ready within {timeout_s:g} s{reason}") from None

    async def _next(self) -> Sandbox:
        while not self._ready:
            arrived = asyncio.get_running_loop().create_future()
            self._waiting.append(arrived)
            self._wanted.set()
            try:
                await arrived
            except asyncio.CancelledError:
                with contextlib.suppress(ValueError):
                    self._waiting.remove(arrived)
                self._wake()  # what arrived for this one is the next one's
                raise
        sandbox = self._ready.popleft()
        self._wanted.set()
        return sandbox

    async def _answers(self, sandbox: Sandbox) -> bool:
        """Whether it lives. If not, or if nobody waits for the answer any more, it is removed."""
        try:
            await sandbox.supervisor.ping(PING_S)
            if not sandbox.overrun:
                return True
        except EnvironmentFault:
            pass
        except asyncio.CancelledError:
            self.remove(sandbox)
            raise
        self.remove(sandbox)
        return False

    def _short(self) -> bool:
        return len(self._ready) + self._starting < self._target + len(self._waiting)

    async def _work(self) -> None:
        while True:
            while not self._short():
                self._wanted.clear()
                await self._wanted.wait()
            self._starting += 1
            try:
                self._arrive(await self._create())
                self._failures = 0
            except EnvironmentFault as error:
                self._failures += 1
                self._last_error = str(error)
                log.warning("sandbox start failed (%d in a row): %s", self._failures, error)
            finally:
                self._starting -= 1
            if self._failures:
                delay = min(LAST_BACKOFF_S, FIRST_BACKOFF_S * 2 ** min(self._failures - 1, 10))
                await asyncio.sleep(delay * random.uniform(0.5, 1.0))

    def _arrive(self, sandbox: Sandbox) -> None:
        self._ready.append(sandbox)
        self._wake()

    def _wake(self) -> None:
        """Tell the first waiter, when there is something for it."""
        while self._ready and self._waiting:
            arrived = self._waiting.popleft()
            if not arrived.done():
                arrived.set_result(None)
                break

    def remove(self, sandbox: Sandbox) -> None:
        """Remove a sandbox in the background; `stop` waits for it."""
        task = asyncio.create_task(sandbox.remove())
        self._removals.add(task)
        task.add_done_callback(self._removals.discard)

    async def stop(self) -> None:
        """End the starters, remove what is ready, wait for all removals."""
        for worker in self._workers:
            worker.cancel()
        await self._ended(self._workers)
        while self._ready:
            self.remove(self._ready.popleft())
        await self._ended(list(self._removals))

    async def _ended(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        """Wait for these, but not for ever: what is left is swept by its owner's label."""
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=STOP_S)
        if late:
            log.warning("%d sandboxes were not started or removed in order within %g s", len(late), STOP_S)
