"""The controller of one run: tasks in, trajectories into the store.

It only hands out work and counts: LLM actors pull assignments and write the records themselves, so a run's speed does
not hang on the driver, and a driver that dies loses nothing. An actor that dies is replaced; what it was playing is
handed out again with the replies that the journal kept.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator, Set
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from actors.episodes.episode import Assignment, Context, unplayed
from actors.episodes.journal import read_journal
from actors.episodes.placement import after_failure
from actors.program.error_line import error_line
from actors.program.user_error import UserError
from actors.records.store import Entry, Store
from actors.records.trajectory import Usage
from actors.service import episode_list
from actors.service.llm_host import Activity, Exchange, Outcome
from actors.service.progress import Progress
from actors.service.settings import RolloutSettings
from environments.contract import Status

log = logging.getLogger(__name__)

EXCHANGE_TIMEOUT_S = 90.0
LAST_EXCHANGE_S = 2.0
STATUS_S = 1.0
STARTS = 3  # an LLM actor that dies so many times in a row before it plays will not do better
INTERRUPTIONS = 6  # an episode during which so many LLM actors died is suspected of killing them
FOLDER_GONE = (
    "the store '{}' was removed, moved or replaced under way: nothing more is played, for nothing could be kept"
)
QUEUED_AHEAD = (
    1.0  # of the concurrency: assignments that wait at an LLM actor for a place; a whole wave may end at once
)


class LLMSlot:
    """One LLM actor's place in the run, whichever actor fills it now."""

    def __init__(self, number: int, driver: str) -> None:
        self.number = number
        self.driver = driver
        self.generation = 0
        self.actor: Any = None
        self.in_flight: dict[str, Assignment] = {}
        self.activities: list[Activity] = []
        self.deaths: list[float] = []
        self.failed_starts = 0

    @property
    def name(self) -> str:
        """Of the actor, as a holder of leases and as a writer: no other actor of any start of the run has it."""
        return f"llm-{self.number}-{self.generation}-{self.driver}"


class Rollout:
    """One run of the controller over one store, which has `total` episodes in the end."""

    def __init__(
        self, settings: RolloutSettings, store: Store, context: Context, identity: dict[str, Any], *, total: int
    ) -> None:
        self.settings = settings
        self.store = store
        self.context = context
        self.cluster: Any = None
        self.progress = Progress(total)
        self._source = self._to_do(identity)
        self._again: deque[Assignment] = deque()
        self._exhausted = False
        driver = secrets.token_hex(3)
        self._slots = [LLMSlot(number, driver) for number in range(settings.llm_actors.actors)]
        self._stopping = asyncio.Event()
        self._status_writer = ThreadPoolExecutor(
            1
        )  # one after the other: a cancelled write goes on, and the last word comes after it
        self._refusal = ""
        self._broke = False

    @property
    def complete(self) -> bool:
        """Whether nothing is missing: every episode has a settled record."""
        if not self._again and (first := next(self._source, None)) is not None:
            self._again.append(first)
        return not self._again

    def stop(self) -> None:
        """Ask for a clean end: no new episodes, those under way are recorded as cancelled."""
        self._stopping.set()

    @property
    def stopped_early(self) -> bool:
        return self._stopping.is_set()

    @property
    def out_of_budget(self) -> bool:
        return self._broke

    async def run(self, cluster: Any, report: Callable[[str], None]) -> Progress:
        """Play everything that is missing with the actors of `cluster` (`actors.service.cluster.Cluster`).

        Raises `UserError` when the run cannot go on by a mistake of the user's.
        """
        self.cluster = cluster
        reporter = asyncio.create_task(self._report(report))
        drivers = [asyncio.create_task(self._drive(slot)) for slot in self._slots]
        stop = asyncio.create_task(self._stopping.wait())
        try:
            waited: set[asyncio.Task[Any]] = {*drivers, stop}
            ended, _ = await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            if self._stopping.is_set():
                await self._cancel(drivers)
            for task in ended:
                # a driver that ends by itself has found no work left anywhere: nobody waits for an actor that still
                # starts
                task.result()
        finally:
            for task in (*drivers, stop, reporter):
                task.cancel()
            await asyncio.gather(*drivers, stop, reporter, return_exceptions=True)
            await self._write_status("stopped" if self.stopped_early or self._work_left() else "finished")
            self._status_writer.shutdown()
        if self._refusal:
            raise UserError(self._refusal)
        return self.progress

    def _to_do(self, identity: dict[str, Any]) -> Iterator[Assignment]:
        done: dict[str, Entry] = self.store.index()
        replays = read_journal(self.store, lambda episode: episode not in done or not done[episode].settled)
        for assignment in episode_list.episodes(self.settings, identity):
            entry = done.get(assignment.episode_id)
            if entry is not None and entry.settled:
                self.progress.was_there(entry)
            else:
                yield msgspec.structs.replace(assignment, replay=replays.get(assignment.episode_id))

    def _take(self, slot: LLMSlot) -> list[Assignment]:
        """As many assignments as `slot` has room for; work that came back first."""
        concurrency = self.settings.llm_actors.concurrency
        room = concurrency + int(concurrency * QUEUED_AHEAD) + 1 - len(slot.in_flight)
        taken: list[Assignment] = []
        while len(taken) < room and not self._stopping.is_set():
            if self._again:
                taken.append(self._again.popleft())
            elif (following := next(self._source, None)) is not None:
                taken.append(following)
            else:
                self._exhausted = True
                break
        return taken

    def _work_left(self) -> bool:
        return not self._exhausted or bool(self._again) or any(slot.in_flight for slot in self._slots)

    async def _drive(self, slot: LLMSlot) -> None:
        while self._work_left() and not self._stopping.is_set():
            try:
                if slot.actor is None:
                    slot.actor = await self.cluster.start_llm(slot.name, slot.number)
                    slot.failed_starts = 0
                batch = self._take(slot)
                slot.in_flight.update({assignment.episode_id: assignment for assignment in batch})
                if not slot.in_flight:
                    await asyncio.sleep(0.1)  # others may yet give work back
                    continue
                exchange = await asyncio.wait_for(self.cluster.exchange(slot.actor, batch), EXCHANGE_TIMEOUT_S)
            except self.cluster.failures as error:
                await self._lost(slot, error)
                continue
            except (
                UserError
            ) as error:  # a refusal: at first the user's mistake; of a replacement, perhaps only too early
                if not self.store.in_place():
                    raise UserError(FOLDER_GONE.format(self.store.url)) from error
                if slot.generation == 0:
                    raise
                await self._lost(slot, error)
                continue
            self._take_in(slot, exchange)

    def _take_in(self, slot: LLMSlot, exchange: Exchange) -> None:
        slot.activities = exchange.activities
        self.progress.lag_s = max(self.progress.lag_s, exchange.lag_s)
        for outcome in exchange.outcomes:
            self._finish(slot, outcome)
        if exchange.refusal:
            self._refusal = self._refusal or exchange.refusal
            self._stopping.set()

    def _finish(self, slot: LLMSlot, outcome: Outcome) -> None:
        if slot.in_flight.pop(outcome.episode_id, None) is None:
            return
        self.progress.finished(outcome)
        if outcome.status is Status.BUDGET:
            self._broke = True
            self._stopping.set()

    async def _lost(self, slot: LLMSlot, error: BaseException) -> None:
        """An LLM actor died, perhaps while it started: make room for another, and hand out again what it was
        playing.
        """
        now = time.monotonic()
        slot.deaths.append(now)
        decision = after_failure(slot.deaths, now)
        log.warning("%s is lost (%s); %s", slot.name, type(error).__name__, decision.reason)
        actor, slot.actor = slot.actor, None
        under_way = {activity.episode_id for activity in slot.activities}
        slot.activities = []
        if actor is None:
            slot.failed_starts += 1
            if slot.failed_starts >= STARTS:
                reason = error_line(error, 300)
                raise UserError(f"LLM actor {slot.number} did not start in {STARTS} tries: {reason}")
        else:
            self.cluster.discard(actor, slot.name)
            await self._hand_out_again(slot, under_way)
        if not decision.replace:
            raise UserError(
                f"LLM actor {slot.number} {decision.reason}; its logs are in the Ray dashboard. Run the same command"
                " again to go on"
            )
        await asyncio.sleep(decision.pause_s)
        slot.generation += 1

    async def _hand_out_again(self, slot: LLMSlot, under_way: Set[str]) -> None:
        """Take back what a lost actor was given, with its journalled replies. Until then it counts as in flight.

        Those that it was playing, as far as it said, are suspected of its death; those that waited for a place are not.
        """
        suspects = under_way & slot.in_flight.keys() or set(slot.in_flight)
        self.progress.interrupted += len(slot.in_flight)
        given = {episode_id: one.replay for episode_id, one in slot.in_flight.items() if one.replay is not None}
        done = await asyncio.to_thread(self.store.index, slot.name)
        replays = await asyncio.to_thread(read_journal, self.store, slot.in_flight.__contains__, slot.name, given)
        for episode_id, assignment in list(slot.in_flight.items()):
            entry = done.get(episode_id)
            replay, interruptions = (
                replays.get(episode_id, assignment.replay),
                assignment.interruptions + (episode_id in suspects),
            )
            again = msgspec.structs.replace(assignment, replay=replay, interruptions=interruptions)
            if entry is not None and entry.settled:
                self.progress.finished(_outcome_of(entry, episode_id))
            elif interruptions >= INTERRUPTIONS:
                await self._give_up(again)
            else:
                self._again.append(again)
            del slot.in_flight[episode_id]

    async def _give_up(self, assignment: Assignment) -> None:
        """Record an episode that cannot be played because its LLM actor dies whenever it is."""
        error = f"its LLM actor died {assignment.interruptions} times while it was played"
        writer = self.store.writer(0.01)
        await writer.append(unplayed(assignment, self.context, Status.UNKNOWN, error))
        await writer.close()
        self.progress.finished(
            Outcome(
                episode_id=assignment.episode_id,
                environment=assignment.task.environment,
                status=Status.UNKNOWN,
                reward=None,
                turns=0,
                usage=Usage(),
                total_s=0.0,
                error=error,
            )
        )

    async def _cancel(self, drivers: list[asyncio.Task[None]]) -> None:
        await asyncio.wait(drivers, timeout=LAST_EXCHANGE_S)  # what an exchange under way brings is counted
        for task in drivers:
            task.cancel()
        await asyncio.gather(*drivers, return_exceptions=True)
        for slot, outcomes in zip(
            self._slots, await asyncio.gather(*(self._cancelled(slot) for slot in self._slots)), strict=True
        ):
            for outcome in outcomes:
                self._finish(slot, outcome)

    async def _cancelled(self, slot: LLMSlot) -> list[Outcome]:
        if slot.actor is None:
            return []
        try:
            outcomes: list[Outcome] = await asyncio.wait_for(self.cluster.cancel(slot.actor), 60)
        except self.cluster.failures as error:
            log.warning("%s could not be stopped cleanly: %s", slot.name, error)
            return []
        return outcomes

    async def _report(self, report: Callable[[str], None]) -> None:
        while True:
            await asyncio.sleep(STATUS_S)
            report(self.progress.line(sum(len(slot.activities) for slot in self._slots)))
            await self._write_status("running")

    async def _write_status(self, state: str) -> None:
        activities = [activity for slot in self._slots for activity in slot.activities] if state == "running" else []
        status = self.progress.status(self.context.run_id, state, activities)
        if not self.store.in_place():  # nothing of this run belongs into what stands there now
            self._refusal = self._refusal or FOLDER_GONE.format(self.store.url)
            self._stopping.set()
            return
        try:
            await asyncio.get_running_loop().run_in_executor(self._status_writer, self.store.write_status, status)
        except OSError as error:
            log.warning("cannot write the run's status: %s", error)


def _outcome_of(entry: Entry, episode_id: str) -> Outcome:
    return Outcome(
        episode_id=episode_id,
        environment=entry.environment,
        status=entry.status,
        reward=entry.reward,
        turns=0,
        usage=Usage(),
        total_s=0.0,
        error="",
    )
