"""Leases: given, renewed, expired, taken back from the dead; slow requests never hold up quick ones."""

from __future__ import annotations

import asyncio
import errno
import time

import msgspec

from actors.service.call_batching import Coalescer
from actors.service.environment_host import EnvironmentHost, Fault, OpenAnswer, OpenRequest, Pending
from environments.contract import DoubtfulFault, EnvironmentFault, Feedback, Kept, Lease, Session, Status, Task
from environments.practice.environment import Practice, PracticeSession
from environments.practice.settings import Settings
from tests.actors.scripted import practice_task


def host(step_s: float = 0.0, expiry_s: float = 60.0) -> EnvironmentHost:
    return EnvironmentHost(Practice(Settings(hosted=True, step_s=step_s)), "here", expiry_s, upkeep_s=0.05)


def request(lease_id: str, holder: str = "llm-0-0", node: str = "here") -> OpenRequest:
    return OpenRequest(lease_id, practice_task(), holder, node)


async def test_a_hosted_session_is_opened_stepped_and_closed():
    hosted = host()
    await hosted.start()
    (opened,) = await hosted.open([request("a")])
    assert isinstance(opened, OpenAnswer)
    assert opened.opening
    assert await hosted.step([("a", "Say: 1")]) == [Feedback("I heard 1.")]
    assert hosted.gauges()["leases"] == 1
    await hosted.close("a")
    await hosted.close("a")
    assert hosted.gauges() == {"leases": 0, "open": 0}
    (answer,) = await hosted.step([("a", "Say: 2")])
    assert isinstance(answer, Fault)
    await hosted.stop()


class Judging(PracticeSession):
    """Judges an agent that says no more by how far it counted, and keeps replies up to a full stop."""

    kept = Kept(cut_at=".")
    forgets = True

    async def end(self, status: Status) -> Feedback:
        return Feedback(status=status, reward=self._said / self._rounds)


class JudgingPractice(Practice):
    async def connect(self, lease: Lease, task: Task) -> Session:
        return Judging(task, Settings())


async def test_a_hosted_session_says_what_it_keeps_and_judges_an_agent_that_says_no_more():
    hosted = EnvironmentHost(JudgingPractice(Settings(hosted=True)), "here")
    (opened,) = await hosted.open([request("a")])
    assert isinstance(opened, OpenAnswer)
    assert opened.kept == Kept(cut_at=".")
    assert opened.forgets
    await hosted.step([("a", "Say: 1")])
    ended = await hosted.end([("a", Status.CONTEXT_LIMIT), ("b", Status.CONTEXT_LIMIT)])
    assert ended[0] == Feedback(status=Status.CONTEXT_LIMIT, reward=0.2)
    assert isinstance(ended[1], Fault)


class OnASocket(Practice):
    """Direct, but only on its own node."""

    node_bound = True


async def test_only_a_holder_on_the_environments_own_node_connects_by_itself_where_the_environment_is_bound_to_it():
    anywhere, bound = (EnvironmentHost(kind(Settings()), "here") for kind in (Practice, OnASocket))
    for host, node, direct in (
        (anywhere, "here", True),
        (anywhere, "there", True),
        (bound, "here", True),
        (bound, "there", False),
    ):
        (answer,) = await host.open([request(f"lease-{node}", node=node)])
        assert isinstance(answer, OpenAnswer)
        assert (answer.opening is None) is direct


async def test_a_slow_step_is_pending_and_its_answer_can_be_waited_for():
    hosted = host(step_s=0.2)
    await hosted.open([request("a")])
    began = time.perf_counter()
    (answer,) = await hosted.step([("a", "Say: 1")])
    assert isinstance(answer, Pending)
    assert time.perf_counter() - began < 0.15
    assert await hosted.wait("a") == Feedback("I heard 1.")
    assert isinstance(await hosted.wait("a"), Fault)


async def test_closing_ends_a_step_that_is_under_way():
    hosted = host(step_s=60)
    await hosted.open([request("a")])
    await hosted.step([("a", "Say: 1")])
    await asyncio.wait_for(hosted.close("a"), 1)
    assert hosted.gauges()["open"] == 0


async def test_a_lease_that_nobody_renews_expires():
    hosted = host(expiry_s=0.2)
    await hosted.start()
    await hosted.open([request("kept"), request("lost")])
    for _ in range(8):
        await asyncio.sleep(0.05)
        hosted.renew(["kept"])
    assert hosted.gauges()["open"] == 1
    await hosted.stop()


async def test_what_a_dead_holder_held_is_taken_back_and_it_gets_no_more():
    hosted = host()
    await hosted.open([request("a", "dead"), request("b", "dead"), request("c", "alive")])
    assert await hosted.close_all_of("dead") == 2
    (late,) = await hosted.open([request("d", "dead")])
    assert isinstance(late, Fault)
    assert hosted.gauges() == {"leases": 1, "open": 1}


class Stubborn(Practice):
    """Cannot take leases back while `broken`."""

    broken = True
    checked = 0

    async def release(self, lease: Lease) -> None:
        if self.broken:
            raise EnvironmentFault("the server does not answer")
        await super().release(lease)

    async def healthy(self) -> None:
        self.checked += 1


async def test_an_environment_that_cannot_take_a_lease_back_is_still_watched_and_asked_again():
    stubborn = Stubborn(Settings(hosted=True))
    hosted = EnvironmentHost(stubborn, "here", expiry_s=0.1, upkeep_s=0.05)
    await hosted.start()
    await hosted.open([request("given back"), request("expires")])
    await hosted.close("given back")
    await asyncio.sleep(0.3)
    checked = stubborn.checked
    assert hosted.gauges() == {"leases": 0, "open": 2}
    stubborn.broken = False
    await asyncio.sleep(0.2)
    assert hosted.gauges() == {"leases": 0, "open": 0}
    assert stubborn.checked > checked
    await hosted.stop()


class ServerDied(Practice):
    """Its server is dead until `healthy` has been asked `repairs` times."""

    repairs = 3
    refused = 0

    async def lease(self, task: Task, lease_id: str) -> Lease:
        if self.repairs:
            self.refused += 1
            raise EnvironmentFault("nobody listens there")
        return await super().lease(task, lease_id)

    async def healthy(self) -> None:
        if self.repairs:
            self.repairs -= 1
            await asyncio.sleep(0.05)
            raise EnvironmentFault("the server died and cannot be replaced yet")


async def waited_for(hosted: EnvironmentHost, *names: str) -> list[OpenAnswer]:
    pending = await hosted.open([request(name) for name in names])
    answers = [await hosted.wait(answer.ticket) if isinstance(answer, Pending) else answer for answer in pending]
    assert all(isinstance(answer, OpenAnswer) for answer in answers), answers
    return answers  # type: ignore[return-value]


async def test_leases_wait_for_a_dead_server_to_be_replaced_and_fail_no_try():
    died = ServerDied(Settings())
    hosted = EnvironmentHost(died, "here", upkeep_s=0.02)
    await waited_for(hosted, "a", "b", "c")
    assert died.repairs == 0
    assert 1 <= died.refused <= 3
    await hosted.stop()


async def test_after_a_doubt_no_lease_is_asked_for_before_the_environment_is_well():
    died = ServerDied(Settings())
    hosted = EnvironmentHost(died, "here", upkeep_s=0.02)
    hosted.doubt()
    await waited_for(hosted, "a", "b")
    assert (died.repairs, died.refused) == (0, 0)
    await hosted.stop()


class NoDescriptors(ServerDied):
    """What its look meets first is no fault that environments know."""

    async def healthy(self) -> None:
        if self.repairs == 3:
            self.repairs -= 1
            raise OSError(errno.EMFILE, "Too many open files")
        await super().healthy()


async def test_a_look_that_fails_in_an_unforeseen_way_is_tried_again_and_fails_no_lease():
    strange = NoDescriptors(Settings())
    hosted = EnvironmentHost(strange, "here", upkeep_s=0.02)
    hosted.doubt()
    await waited_for(hosted, "a", "b")
    assert (strange.repairs, strange.refused) == (0, 0)
    await hosted.stop()


class FullDisk(Stubborn):
    """Takes no lease back while its disk is full."""

    async def release(self, lease: Lease) -> None:
        if self.broken:
            raise OSError(errno.ENOSPC, "No space left on device")
        await super().release(lease)


async def test_a_lease_whose_taking_back_fails_in_an_unforeseen_way_is_taken_back_later():
    full = FullDisk(Settings(hosted=True))
    hosted = EnvironmentHost(full, "here", upkeep_s=0.02)
    await hosted.start()
    await hosted.open([request("a")])
    await hosted.close("a")
    assert hosted.gauges() == {"leases": 0, "open": 1}
    full.broken = False
    await asyncio.sleep(0.1)
    assert hosted.gauges() == {"leases": 0, "open": 0}
    await hosted.stop()


class FullFor(Practice):
    """Well, but gives no lease."""

    async def lease(self, task: Task, lease_id: str) -> Lease:
        raise EnvironmentFault("all seats are taken")


async def test_an_environment_that_is_well_and_gives_no_lease_is_the_tries_affair():
    hosted = EnvironmentHost(FullFor(Settings()), "here", upkeep_s=0.02)
    (answer,) = await hosted.open([request("a")])
    assert isinstance(answer, Fault)
    await hosted.stop()


class Doubting(Practice):
    """Each step ends in doubt; leases apart are counted."""

    apart = 0

    async def lease_apart(self, task: Task, lease_id: str) -> Lease:
        self.apart += 1
        return await self.lease(task, lease_id)

    async def connect(self, lease: Lease, task: Task) -> Session:
        session = await super().connect(lease, task)
        session.step = self.doubt  # type: ignore[method-assign]
        return session

    async def doubt(self, reply: str) -> Feedback:
        raise DoubtfulFault(
            "it broke at this", Feedback(status=Status.TASK_LIMIT, reward=0.0, details={"limit": reply})
        )


async def test_a_doubt_and_the_wish_to_be_alone_reach_a_hosted_session_and_come_back_whole():
    doubting = Doubting(Settings(hosted=True))
    hosted = EnvironmentHost(doubting, "here")
    await hosted.open([request("a"), OpenRequest("b", practice_task(), "llm-0-0", "here", apart=True)])
    assert doubting.apart == 1
    (fault,) = msgspec.json.decode(msgspec.json.encode(await hosted.step([("b", "Say: 1")])), type=list[Fault])
    error = fault.error()
    assert isinstance(error, DoubtfulFault)
    assert (str(error), error.feedback.details) == ("it broke at this", {"limit": "Say: 1"})


async def test_calls_of_one_moment_travel_together_and_each_gets_its_own_answer():
    batches: list[list[int]] = []

    async def send(items: list[int]) -> list[int]:
        batches.append(items)
        return [item * 2 for item in items]

    coalescer: Coalescer[int, int] = Coalescer(send, window_s=0.01, largest=50)
    assert await asyncio.gather(*(coalescer(n) for n in range(120))) == [n * 2 for n in range(120)]
    assert [len(batch) for batch in batches] == [50, 50, 20]


async def test_a_failed_call_fails_for_all_who_were_in_it_and_for_nobody_else():
    async def send(items: list[int]) -> list[int]:
        if 3 in items:
            raise ConnectionError("gone")
        return items

    coalescer: Coalescer[int, int] = Coalescer(send, window_s=0.01)
    results = await asyncio.gather(coalescer(1), coalescer(3), return_exceptions=True)
    assert all(isinstance(result, ConnectionError) for result in results)
    assert await coalescer(4) == 4
