"""Hosts one environment: gives and expires leases, keeps the sessions of environments that are bound to their node. No
Ray here.

`actors.service.environment_actor` is its Ray skin. Every request of a batch is answered for itself; one that takes
longer than a moment is answered `Pending`, and `wait` brings its answer: a slow command never holds up the quick ones
that travelled with it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Sequence
from typing import Literal

import msgspec

from environments.contract import (
    DoubtfulFault,
    Environment,
    EnvironmentFault,
    EpisodeFault,
    Feedback,
    Kept,
    Lease,
    Said,
    Session,
    Status,
    Task,
    TaskFault,
)
from environments.message import Message, Tool

log = logging.getLogger(__name__)

LEASE_EXPIRY_S = 60.0
UPKEEP_S = 2.0
CANCEL_S = 30.0
GRACE_S = 0.02


class OpenRequest(msgspec.Struct, frozen=True):
    """Ask for a lease of `task`; `holder` is who must renew it, on `node`.

    `apart`: for an episode in doubt, without neighbours.
    """

    lease_id: str
    task: Task
    holder: str
    node: str
    apart: bool = False


class OpenAnswer(msgspec.Struct, frozen=True):
    """The lease, and the opening messages of a session that lives here, with its tools, what it keeps of replies and
    whether it forgets; None: the holder connects itself.
    """

    lease: Lease
    opening: Sequence[Message] | None = None
    tools: Sequence[Tool] = ()
    kept: Kept = Kept()
    forgets: bool = False


class Fault(msgspec.Struct, frozen=True):
    """A `EpisodeFault`, told over the wire."""

    kind: Literal["environment", "task"]
    message: str
    feedback: Feedback | None = None  # of a `DoubtfulFault`

    def error(self) -> EpisodeFault:
        if self.feedback is not None:
            return DoubtfulFault(self.message, self.feedback)
        return TaskFault(self.message) if self.kind == "task" else EnvironmentFault(self.message)


class Pending(msgspec.Struct, frozen=True):
    """Not ready yet: `wait(ticket)` brings the answer."""

    ticket: str


class _Held(msgspec.Struct):
    """A lease under way, who holds it, and when it was renewed last."""

    lease: Lease
    holder: str
    renewed: float
    session: Session | None = None


class EnvironmentHost:
    """One started environment and its leases, on `node`."""

    def __init__(
        self, environment: Environment, node: str = "", expiry_s: float = LEASE_EXPIRY_S, upkeep_s: float = UPKEEP_S
    ) -> None:
        self.environment = environment
        self._node = node
        self._expiry_s = expiry_s
        self._upkeep_s = upkeep_s
        self._held: dict[str, _Held] = {}
        self._opening: dict[str, str] = {}
        self._unreleased: list[Lease] = []
        self._dead_holders: set[str] = set()
        self._running: dict[str, asyncio.Task[OpenAnswer | Feedback | Fault]] = {}
        self._doubted = False
        self._recovery: asyncio.Task[None] | None = None
        self._upkeep: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self.environment.start()
        self._upkeep = asyncio.create_task(self._keep_up())

    async def stop(self) -> None:
        for duty in (self._upkeep, self._recovery):
            if duty is not None:
                duty.cancel()
        await asyncio.gather(*(self.close(lease_id) for lease_id in list(self._held)))
        self._unreleased.clear()  # whatever the environment could not take back goes with it now
        await self.environment.stop()

    async def open(self, requests: Sequence[OpenRequest]) -> list[OpenAnswer | Feedback | Fault | Pending]:
        """A lease (and session) for each request."""
        return await self._answer({request.lease_id: self._open(request) for request in requests})

    async def step(self, replies: Sequence[tuple[str, Said]]) -> list[OpenAnswer | Feedback | Fault | Pending]:
        """One step in each of the hosted sessions: pairs of lease id and reply."""
        return await self._answer({lease_id: self._step(lease_id, reply) for lease_id, reply in replies})

    async def end(self, statuses: Sequence[tuple[str, Status]]) -> list[OpenAnswer | Feedback | Fault | Pending]:
        """The ends of hosted sessions whose agents say no more: pairs of lease id and status."""
        return await self._answer({lease_id: self._end(lease_id, status) for lease_id, status in statuses})

    async def wait(self, ticket: str) -> OpenAnswer | Feedback | Fault:
        """The answer of a request that was pending."""
        task = self._running.get(ticket)
        if task is None:
            return Fault("environment", f"nothing is under way for lease '{ticket}': it was closed or has expired")
        try:
            return await asyncio.shield(task)
        finally:
            if task.done():
                self._running.pop(ticket, None)

    async def close(self, lease_id: str) -> None:
        """Take back a lease and all that is under it; unknown ones are none.

        What the environment cannot take back now is tried again.
        """
        self._opening.pop(lease_id, None)
        task = self._running.pop(lease_id, None)
        if task is not None and not task.done():
            task.cancel()
            await asyncio.wait([task], timeout=CANCEL_S)
        held = self._held.pop(lease_id, None)
        if held is None:
            return
        if held.session is not None:
            await held.session.close()
        await self._release(held.lease)

    async def _release(self, lease: Lease) -> None:
        try:
            await self.environment.release(lease)
        except EnvironmentFault as error:
            log.warning("lease %s is not taken back yet: %s", lease.id, error)
            self._unreleased.append(lease)
        except Exception:
            log.exception("lease %s is not taken back yet", lease.id)
            self._unreleased.append(lease)

    def renew(self, lease_ids: Sequence[str]) -> None:
        """The holder of these lives and still plays them."""
        now = time.monotonic()
        for lease_id in lease_ids:
            if lease_id in self._held:
                self._held[lease_id].renewed = now

    def doubt(self) -> None:
        """A session broke: before the next lease, see whether the whole environment did."""
        self._doubted = True
        if self._recovery is None or self._recovery.done():
            self._recovery = asyncio.create_task(self._recover())

    async def _recover(self) -> None:
        """Return when the environment can lease again. An environment that cannot is asked again and again: its
        episodes wait, as they do for an environment actor that died, and the end of waiting is each one's own limit on
        its lease."""
        while self._doubted:
            self._doubted = False
            try:
                await self.environment.healthy()
                continue
            except EpisodeFault as error:
                log.warning("%s is not healthy, its episodes wait: %s", self.environment.name, error)
            except Exception:  # a full disk, no descriptor left, a defect: must not end the asking
                log.exception("%s could not be looked at, its episodes wait", self.environment.name)
            self._doubted = True
            await asyncio.sleep(self._upkeep_s)

    async def _recovered(self) -> None:
        if self._recovery is not None:
            await asyncio.shield(self._recovery)

    async def close_all_of(self, holder: str) -> int:
        """Take back at once whatever a holder that died had leased or was being given."""
        self._dead_holders.add(holder)
        mine = [lease_id for lease_id, held in self._held.items() if held.holder == holder]
        mine += [lease_id for lease_id, of in self._opening.items() if of == holder]
        await asyncio.gather(*(self.close(lease_id) for lease_id in mine))
        return len(mine)

    def gauges(self) -> dict[str, float]:
        return {"leases": float(len(self._held)), **self.environment.gauges()}

    async def _answer(
        self, work: dict[str, Awaitable[OpenAnswer | Feedback | Fault]]
    ) -> list[OpenAnswer | Feedback | Fault | Pending]:
        tasks = {ticket: asyncio.ensure_future(_told(doing)) for ticket, doing in work.items()}
        self._running.update(tasks)
        await asyncio.wait(tasks.values(), timeout=GRACE_S)
        answers: list[OpenAnswer | Feedback | Fault | Pending] = []
        for ticket, task in tasks.items():
            if task.done() and not task.cancelled():
                self._running.pop(ticket, None)
                answers.append(task.result())
            else:
                answers.append(Pending(ticket))
        return answers

    async def _open(self, request: OpenRequest) -> OpenAnswer:
        self._opening[request.lease_id] = request.holder
        lease = await self._lease(request)
        held = _Held(lease, request.holder, time.monotonic())
        wanted = self._opening.pop(request.lease_id, None) is not None and request.holder not in self._dead_holders
        try:
            if not wanted:
                raise EnvironmentFault(f"lease '{request.lease_id}' was given up while it was made")
            self._held[request.lease_id] = held
            if self.environment.direct and (request.node == self._node or not self.environment.node_bound):
                return OpenAnswer(lease)
            held.session = await self.environment.connect(lease, request.task)
            session = held.session
            return OpenAnswer(
                lease=lease,
                opening=session.opening,
                tools=session.tools,
                kept=session.kept,
                forgets=session.forgets,
            )
        except BaseException:
            self._held.pop(request.lease_id, None)
            await asyncio.shield(self._release(lease))
            raise

    async def _lease(self, request: OpenRequest) -> Lease:
        """A lease. Where the environment has none to give, a second time when it is well: a dead server is no episode's
        failed try.
        """
        await self._recovered()
        give = self.environment.lease_apart if request.apart else self.environment.lease
        try:
            return await give(request.task, request.lease_id)
        except EnvironmentFault as error:
            log.warning("%s gave no lease, and is looked at: %s", self.environment.name, error)
            self.doubt()
            await self._recovered()
            return await give(request.task, request.lease_id)

    async def _step(self, lease_id: str, said: Said) -> Feedback:
        return await self._of_session(self._session(lease_id).step(said))

    async def _end(self, lease_id: str, status: Status) -> Feedback:
        return await self._of_session(self._session(lease_id).end(status))

    def _session(self, lease_id: str) -> Session:
        """The hosted session of a lease, which is thereby renewed. Raises `EnvironmentFault` where there is none."""
        held = self._held.get(lease_id)
        if held is None or held.session is None:
            raise EnvironmentFault(f"lease '{lease_id}' is not open here: it has expired, or its host was restarted")
        held.renewed = time.monotonic()
        return held.session

    async def _of_session(self, doing: Awaitable[Feedback]) -> Feedback:
        """What a session says; where its environment broke under it, the environment is looked at."""
        try:
            return await doing
        except EnvironmentFault:
            self.doubt()
            raise

    async def _keep_up(self) -> None:
        while True:
            await asyncio.sleep(self._upkeep_s)
            for duty in (self.environment.healthy, self._expire):
                try:
                    await duty()
                except EpisodeFault as error:
                    log.warning("%s is not healthy: %s", self.environment.name, error)
                except Exception:  # a defect of ours must not end what takes back leases and repairs the environment
                    log.exception("the upkeep of %s failed in an unforeseen way", self.environment.name)

    async def _expire(self) -> None:
        """Take back what its holder did not renew, and what the environment could not take back before: until it cannot
        again.
        """
        oldest = time.monotonic() - self._expiry_s
        for lease_id, held in list(self._held.items()):
            if held.renewed < oldest:
                log.warning("lease %s expired: its holder %s did not renew it", lease_id, held.holder)
                await self.close(lease_id)
        for lease in list(self._unreleased):
            await self.environment.release(lease)
            self._unreleased.remove(lease)


async def _told(doing: Awaitable[OpenAnswer | Feedback | Fault]) -> OpenAnswer | Feedback | Fault:
    """An environment's fault as an answer; anything else is a defect of ours, told as an environment fault with its
    traceback logged.
    """
    try:
        return await doing
    except TaskFault as error:
        return Fault("task", str(error))
    except DoubtfulFault as error:
        return Fault("environment", str(error), error.feedback)
    except EnvironmentFault as error:
        return Fault("environment", str(error))
    except Exception as error:
        log.exception("an environment failed in an unforeseen way")
        return Fault("environment", f"{type(error).__name__}: {error}")
