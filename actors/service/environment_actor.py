"""The Ray skin of `actors.service.environment_host`, and `RemoteEnvironments`: how episodes reach their environments
from an LLM actor.

A session speaks its environment's own protocol straight from the loop where the environment can be reached from there;
else it lives in its environment actor and every turn is a call, coalesced with those of the other episodes.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import ray
from ray.exceptions import RayActorError, RayError

from actors.episodes.episode import Opened
from actors.episodes.placement import least_loaded
from actors.episodes.unforeseen import as_fault
from actors.program.user_error import UserError
from actors.service.call_batching import Coalescer
from actors.service.environment_host import EnvironmentHost, Fault, OpenAnswer, OpenRequest, Pending
from actors.service.metrics import EnvironmentMetrics
from environments.contract import EnvironmentFault, EpisodeFault, Feedback, Lease, Said, Session, Status, Task
from environments.ownership import Owner, forget_the_dead
from environments.reaper import start_reaper
from environments.registry import registered

log = logging.getLogger(__name__)

RENEW_S = 10.0
RETURN_S = 0.5
CALL_TIMEOUT_S = 120.0
Answered = OpenAnswer | Feedback | Fault
Given = TypeVar("Given", OpenAnswer, Feedback)


class EnvironmentActor:
    """Hosts one environment on one node.

    Restarted by Ray when it dies; what it left behind is swept when it starts again.
    """

    def __init__(self, name: str, settings_json: str) -> None:
        logging.basicConfig(level=logging.WARNING)
        self._registered = registered(name)
        settings = self._registered.settings_type.model_validate_json(settings_json)
        self._host = EnvironmentHost(self._registered.environment(settings), ray.get_runtime_context().get_node_id())
        start_reaper(Owner.claim(), name, settings_json)
        self._metrics = EnvironmentMetrics(name)
        self._starting: asyncio.Task[None] | None = None

    async def start(self) -> str:
        """Bring the environment up, if it is not.

        Returns what stands in the way, in one line, or nothing; who asks again tries again.
        """
        if self._starting is None:
            self._starting = asyncio.create_task(self._start())
        starting = self._starting
        try:
            await asyncio.shield(starting)
        except Exception as error:
            if self._starting is starting:
                self._starting = None
            if isinstance(error, (UserError, EpisodeFault)):
                return str(error)
            raise
        return ""

    async def _start(self) -> None:
        forget_the_dead()
        await self._host.start()
        self._metrics.watch(self._host.gauges)

    async def open(self, requests: list[OpenRequest]) -> list[Answered | Pending]:
        """Ray may have restarted this actor since anybody started it, so that is seen to first."""
        if refusal := await self.start():
            return [Fault("environment", refusal) for _ in requests]
        return await self._host.open(requests)

    async def step(self, replies: list[tuple[str, Said]]) -> list[Answered | Pending]:
        return await self._host.step(replies)

    async def end(self, statuses: list[tuple[str, Status]]) -> list[Answered | Pending]:
        return await self._host.end(statuses)

    async def wait(self, ticket: str) -> Answered:
        return await self._host.wait(ticket)

    async def close(self, lease_ids: list[str]) -> list[None]:
        return list(await asyncio.gather(*(self._host.close(lease_id) for lease_id in lease_ids)))

    async def renew(self, lease_ids: list[str]) -> None:
        self._host.renew(lease_ids)

    async def doubt(self) -> None:
        self._host.doubt()

    async def close_all_of(self, holder: str) -> int:
        return await self._host.close_all_of(holder)

    async def pid(self) -> int:
        return os.getpid()

    async def stop(self) -> None:
        await self._host.stop()


class EnvironmentHandle(NamedTuple):
    """Where one environment is played: its settings, and its actors, of which a stateless one has none."""

    name: str
    settings_json: str
    actors: Sequence[Any]


class RemoteEnvironments:
    """Opens sessions in the environments that environment actors host.

    One for each LLM actor, which is the leases' holder.
    """

    def __init__(self, handles: Mapping[str, EnvironmentHandle], holder: str, node: str) -> None:
        self._environments = {name: _RemoteEnvironment(handle, holder, node) for name, handle in handles.items()}
        self._renewal = asyncio.create_task(self._renew())

    async def open(self, task: Task, lease_id: str, apart: bool = False) -> Opened:
        if task.environment not in self._environments:
            raise EnvironmentFault(f"no environment actor hosts '{task.environment}'")
        return Opened(await self._environments[task.environment].open(task, lease_id, apart), lease_id)

    async def close(self, opened: Opened) -> None:
        await opened.session.close()

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            for remote in self._environments.values():
                remote.renew()

    async def stop(self) -> None:
        self._renewal.cancel()
        for remote in self._environments.values():
            remote.stop()


class _Host:
    """One environment actor as an LLM actor sees it.

    While it is `down`, Ray restarts it, and `returning` waits for that.
    """

    def __init__(self, actor: Any) -> None:
        self.actor = actor
        self.leases: set[str] = set()
        self.returning: asyncio.Task[None] | None = None
        self.opening: Coalescer[OpenRequest, Answered | Pending] = Coalescer(lambda items: self._call("open", items))
        self.stepping: Coalescer[tuple[str, Said], Answered | Pending] = Coalescer(
            lambda items: self._call("step", items), window_s=0.001
        )
        self.ending: Coalescer[tuple[str, Status], Answered | Pending] = Coalescer(
            lambda items: self._call("end", items)
        )
        self.closing: Coalescer[str, None] = Coalescer(lambda items: self._call("close", items), window_s=0.02)

    async def _call(self, method: str, *arguments: Any) -> Any:
        try:
            answer = await asyncio.wait_for(getattr(self.actor, method).remote(*arguments), CALL_TIMEOUT_S)
        except RayActorError as error:
            raise self._died() from error
        except (TimeoutError, RayError) as error:
            raise EnvironmentFault(
                f"the environment actor did not answer '{method}': {type(error).__name__}"
            ) from error
        return answer

    async def doubt(self) -> None:
        """Tell the actor that a session of its environment, which lives here, broke: its next lease is given when the
        environment is well.
        """
        try:
            await self._call("doubt")
        except EnvironmentFault as error:
            log.warning("a broken session was not told: %s", error)

    @property
    def down(self) -> bool:
        return self.returning is not None and not self.returning.done()

    def _died(self) -> EnvironmentFault:
        if not self.down:
            self.returning = asyncio.create_task(self._return())
        return EnvironmentFault("the environment actor died")

    async def _return(self) -> None:
        """Return when the actor answers again. Each episode's own limit on its lease is the end of waiting for it."""
        while True:
            try:
                await asyncio.wait_for(self.actor.pid.remote(), CALL_TIMEOUT_S)
            except (TimeoutError, RayError):
                await asyncio.sleep(RETURN_S)
            else:
                return

    async def settled(self, answer: Answered | Pending, kind: type[Given]) -> Given:
        """The answer itself: waits for a pending one, raises a fault.

        The wait is bounded by the episode's own limits.
        """
        while isinstance(answer, Pending):
            try:
                answer = await self.actor.wait.remote(answer.ticket)
            except RayActorError as error:
                raise self._died() from error
            except RayError as error:
                raise EnvironmentFault(
                    f"the environment actor did not answer 'wait': {type(error).__name__}"
                ) from error
        if isinstance(answer, Fault):
            raise answer.error()
        assert isinstance(answer, kind)
        return answer


class _RemoteEnvironment:
    """All hosts of one environment."""

    def __init__(self, handle: EnvironmentHandle, holder: str, node: str) -> None:
        self._hosts = [_Host(actor) for actor in handle.actors]
        self._holder = holder
        self._node = node
        settings = registered(handle.name).settings_type.model_validate_json(handle.settings_json)
        self._environment = registered(handle.name).environment(settings)

    async def open(self, task: Task, lease_id: str, apart: bool) -> Session:
        if not self._hosts:
            return await as_fault(self._stateless(task, lease_id))
        host = await self._choose()
        host.leases.add(lease_id)
        try:
            request = OpenRequest(lease_id=lease_id, task=task, holder=self._holder, node=self._node, apart=apart)
            answer = await host.settled(await host.opening(request), OpenAnswer)
            if answer.opening is not None:
                return _HostedSession(host, answer)
            return _DirectSession(host, answer.lease.id, await self._connected(host, answer.lease, task))
        except BaseException:
            await asyncio.shield(_give_back(host, lease_id))
            raise

    async def _connected(self, host: _Host, lease: Lease, task: Task) -> Session:
        try:
            return await as_fault(self._environment.connect(lease, task))
        except EnvironmentFault:
            await host.doubt()
            raise

    async def _stateless(self, task: Task, lease_id: str) -> Session:
        return await self._environment.connect(await self._environment.lease(task, lease_id), task)

    async def _choose(self) -> _Host:
        """The least loaded host that is up; while none is, wait for the first that returns."""
        returning = [host.returning for host in self._hosts if host.returning is not None and host.down]
        if len(returning) == len(self._hosts):
            await asyncio.wait(returning, return_when=asyncio.FIRST_COMPLETED)
        return self._hosts[
            least_loaded([len(host.leases) for host in self._hosts], [host.down for host in self._hosts])
        ]

    def stop(self) -> None:
        for host in self._hosts:
            if host.returning is not None:
                host.returning.cancel()

    def renew(self) -> None:
        for host in self._hosts:
            if host.leases:
                host.actor.renew.remote(list(host.leases))


async def _give_back(host: _Host, lease_id: str) -> None:
    """Close a lease at its host; a dead host has nothing left to give back."""
    host.leases.discard(lease_id)
    try:
        await host.closing(lease_id)
    except EnvironmentFault as error:
        log.warning("lease %s was not given back: %s", lease_id, error)


class _HostedSession(Session):
    """A session that lives in its environment actor."""

    def __init__(self, host: _Host, opened: OpenAnswer) -> None:
        self.opening = opened.opening or ()
        self.tools = opened.tools
        self.kept = opened.kept
        self.forgets = opened.forgets
        self._host = host
        self._lease_id = opened.lease.id

    async def step(self, said: Said) -> Feedback:
        return await self._host.settled(await self._host.stepping((self._lease_id, said)), Feedback)

    async def end(self, status: Status) -> Feedback:
        return await self._host.settled(await self._host.ending((self._lease_id, status)), Feedback)

    async def close(self) -> None:
        await _give_back(self._host, self._lease_id)


class _DirectSession(Session):
    """A session that lives here and speaks its environment's own protocol; only its lease is the actor's."""

    def __init__(self, host: _Host, lease_id: str, session: Session) -> None:
        self.opening = session.opening
        self.tools = session.tools
        self.kept = session.kept
        self.forgets = session.forgets
        self._host = host
        self._lease_id = lease_id
        self._session = session

    async def step(self, said: Said) -> Feedback:
        return await self._of_session(self._session.step(said))

    async def end(self, status: Status) -> Feedback:
        return await self._of_session(self._session.end(status))

    async def _of_session(self, doing: Awaitable[Feedback]) -> Feedback:
        """What the session says; where its environment broke under it, its host looks at that."""
        try:
            return await as_fault(doing)
        except EnvironmentFault:
            await self._host.doubt()
            raise

    async def close(self) -> None:
        await self._session.close()
        await _give_back(self._host, self._lease_id)
