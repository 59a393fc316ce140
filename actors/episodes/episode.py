"""One episode from its lease to its record, whatever happens on the way.

No Ray: `Environments` is whatever can open sessions.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec

from actors.episodes.journal import Journal, JournalledTurn, Replay
from actors.episodes.placement import Retries, after_ending
from actors.episodes.react import Conversation, Doubt, Ending, Limits, ReplayDiverged, play
from actors.llms.llm import LLM, Episode, Reply
from actors.records.trajectory import Trajectory, Usage, digest
from environments.contract import EnvironmentFault, Session, Status, Task, TaskFault
from environments.registry import registered


class Assignment(msgspec.Struct, frozen=True):
    """One episode to play. `replay` is what the journal knows of an earlier, interrupted play."""

    episode_id: str
    task: Task
    attempt: int
    replay: Replay | None = None
    interruptions: int = 0


class Opened(NamedTuple):
    """A session and the way to give its lease back."""

    session: Session
    lease_id: str


class Environments(Protocol):
    """Where sessions come from: environments in this process, or environment actors."""

    async def open(self, task: Task, lease_id: str, apart: bool = False) -> Opened: ...
    async def close(self, opened: Opened) -> None: ...


class Context(NamedTuple):
    """What all episodes of one run share."""

    run_id: str
    llm_name: str
    settings: dict[str, Any]
    versions: dict[str, str]
    limits: Limits
    retries: Retries
    lease_timeout_s: float = 300.0


class Played(NamedTuple):
    """An episode's record, and what was paid for it now: replayed turns were paid for before."""

    trajectory: Trajectory
    paid: Usage


class Player:
    """Plays episodes with one LLM in the given environments; many at once."""

    def __init__(self, llm: LLM, environments: Environments, journal: Journal, context: Context) -> None:
        self._llm = llm
        self._environments = environments
        self._journal = journal
        self._context = context
        self._chance = random.Random()

    def hide(self, text: str) -> str:
        return self._llm.hide(text)

    async def run(self, assignment: Assignment, phase: Callable[[str], None] = lambda _: None) -> Played:
        """The episode, played to its end. Cancellation is an ending too: the record then says `cancelled`."""
        state = _State(assignment)
        while True:
            ending = await self._try(assignment, state, phase)
            doubted = state.doubted(ending.doubt)
            decision = after_ending(ending.status, state.tries, self._context.retries, self._chance, doubted)
            if not decision.again:
                return self._record(assignment, state, ending)
            phase("pause before retry")
            state.next_try()
            try:
                await asyncio.sleep(decision.pause_s)
            except asyncio.CancelledError:
                return self._record(assignment, state, Ending(Status.CANCELLED, error="the run was stopped"))

    async def _try(self, assignment: Assignment, state: _State, phase: Callable[[str], None]) -> Ending:
        try:
            while True:
                try:
                    return await self._play(assignment, state, phase)
                except ReplayDiverged:
                    state.begin_again()
        except asyncio.CancelledError:
            return Ending(Status.CANCELLED, error="the run was stopped")

    async def _play(self, assignment: Assignment, state: _State, phase: Callable[[str], None]) -> Ending:
        phase("lease")
        asked = time.perf_counter()
        number = f"{state.play}-{assignment.interruptions + state.tries}"
        lease_id = f"{assignment.episode_id}-{number}-{self._chance.randrange(16**4):04x}"
        try:
            async with asyncio.timeout(self._context.lease_timeout_s):
                opened = await self._environments.open(assignment.task, lease_id, apart=bool(state.doubts))
        except TimeoutError:
            return Ending(Status.ENVIRONMENT_ERROR, error=f"no session within {self._context.lease_timeout_s:g} s")
        except EnvironmentFault as error:
            return Ending(Status.ENVIRONMENT_ERROR, error=str(error))
        except TaskFault as error:
            return Ending(Status.TASK_ERROR, error=str(error))
        state.lease_s += time.perf_counter() - asked
        journal = _PlayJournal(self._journal, assignment.episode_id, state.play)
        state.conversation = Conversation()

        def wasted(cost: float) -> None:
            state.paid += Usage(cost=cost)
            journal.wasted(len(state.conversation.turns), cost)

        episode = Episode(assignment.episode_id, assignment.task, assignment.attempt, wasted)
        limits, ending = self._context.limits, None
        try:
            conversation = state.conversation
            ending = await play(
                opened.session, self._llm, episode, limits, journal, conversation, state.replay, phase, state.doubts
            )
        finally:
            state.count_paid()
            closing = asyncio.ensure_future(self._environments.close(opened))
            try:
                await asyncio.shield(closing)
            except asyncio.CancelledError:
                if ending is None:  # an episode that has ended stays ended, whoever cancels its closing
                    raise
        return ending

    def _record(self, assignment: Assignment, state: _State, ending: Ending) -> Played:
        conversation = state.conversation
        trajectory = msgspec.structs.replace(
            unplayed(assignment, self._context, ending.status, ending.error),
            messages=conversation.messages,
            turns=conversation.turns,
            reward=ending.reward,
            details=ending.details,
            tries=assignment.interruptions + state.tries,
            cycle=conversation.cycle,
            started_at=state.started_at,
            lease_s=state.lease_s,
            total_s=time.perf_counter() - state.began,
        )
        return Played(trajectory, state.paid)


def unplayed(assignment: Assignment, context: Context, status: Status, error: str) -> Trajectory:
    """The record of an episode as far as it is known without a single turn: who was to play what, and how it ended."""
    task = assignment.task
    return Trajectory(
        episode_id=assignment.episode_id,
        run_id=context.run_id,
        task_id=task.id,
        environment=task.environment,
        split=task.split,
        source=task.source,
        family=task.family,
        attempt=assignment.attempt,
        llm=context.llm_name,
        messages=[],
        turns=[],
        status=status,
        error=error,
        environment_version=registered(task.environment).description.version,
        tries=assignment.interruptions,
        seed=task.seed,
        task_digest=digest(task),
        settings=context.settings,
        versions=context.versions,
        started_at=time.time(),
    )


class _State:
    """What changes while one episode is played, tried again, replayed."""

    def __init__(self, assignment: Assignment) -> None:
        replay = assignment.replay
        self.replay: Sequence[JournalledTurn] = replay.turns if replay else ()
        self.play = replay.play if replay else 0
        self.tries = 1
        self.started_at = time.time()
        self.began = time.perf_counter()  # a machine's clock may be set while an episode is played
        self.lease_s = 0.0
        self.paid = Usage()
        self.conversation = Conversation()
        self.doubts: set[Doubt] = set()

    def doubted(self, doubt: Doubt | None) -> bool:
        """Note a doubt, and say whether it is one: each reply has a replay of its own, however many tries were used."""
        if doubt is None or doubt in self.doubts:
            return False
        self.doubts.add(doubt)
        return True

    def count_paid(self) -> None:
        """Add what this play's own replies cost."""
        self.paid = sum((turn.usage for turn in self.conversation.turns if not turn.replayed), self.paid)

    def next_try(self) -> None:
        """Keep what was played: the next try replays it in a fresh session."""
        if len(self.conversation.journalled) > len(self.replay):
            self.replay = self.conversation.journalled
        self.tries += 1

    def begin_again(self) -> None:
        """The environment answered differently: this play is void, and nothing of it is replayed."""
        self.replay = ()
        self.conversation = Conversation()
        self.play += 1


class _PlayJournal:
    """The run's journal, bound to one play."""

    def __init__(self, journal: Journal, episode: str, play_number: int) -> None:
        self._journal, self._episode, self._play = journal, episode, play_number

    def reply(self, turn: int, reply: Reply) -> None:
        self._journal.reply(self._episode, self._play, turn, reply)

    def wasted(self, turn: int, cost: float) -> None:
        self._journal.wasted(self._episode, self._play, turn, cost)

    def observation(self, turn: int, call: int, observation: str) -> None:
        self._journal.observation(self._episode, self._play, turn, call, observation)
