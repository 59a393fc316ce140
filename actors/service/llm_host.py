"""Hosts one LLM and drives many episodes with it at once. No Ray here; `actors.service.llm_actor` is its Ray skin.

The controller and the host meet in `exchange`: new assignments in, finished outcomes out, at most a few calls a second
however many episodes there are. An outcome is told only when its record is durable in the store.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

import msgspec

from actors.episodes.episode import Assignment, Played, Player
from actors.program.user_error import UserError
from actors.records.store import TrajectoryWriter
from actors.records.trajectory import Usage
from environments.contract import Status

log = logging.getLogger(__name__)

POLL_S = 0.5
GATHER_S = 0.05
STORING = "store"


class Outcome(msgspec.Struct, frozen=True):
    """What the controller needs to know of a finished episode; the record itself is in the store.

    `usage` is what was paid now.
    """

    episode_id: str
    environment: str
    status: Status
    reward: float | None
    turns: int
    usage: Usage
    total_s: float
    error: str


class Activity(msgspec.Struct, frozen=True):
    """An episode under way: what it waits for, and since when (seconds since the epoch)."""

    episode_id: str
    task_id: str
    phase: str
    since: float
    began: float


class Exchange(msgspec.Struct, frozen=True):
    """One answer to the controller.

    `refusal` is a user's mistake that ends the run; `lag_s` the event loop's worst delay.
    """

    outcomes: list[Outcome]
    activities: list[Activity]
    refusal: str = ""
    lag_s: float = 0.0


class LLMHost:
    """The episodes of one LLM."""

    def __init__(
        self,
        player: Player,
        writer: TrajectoryWriter,
        concurrency: int,
        finished: Callable[[Played], None] = lambda _: None,
    ) -> None:
        self._player = player
        self._writer = writer
        self._places = asyncio.Semaphore(concurrency)
        self._finished = finished
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._activities: dict[str, Activity] = {}
        self._outcomes: list[Outcome] = []
        self._news = asyncio.Event()
        self._refusal = ""
        self._lag_s = 0.0
        self._pulse = asyncio.create_task(self._measure_lag())

    async def exchange(self, assignments: Sequence[Assignment]) -> Exchange:
        """Take `assignments`, wait a moment for news, and tell it."""
        for assignment in assignments:
            if assignment.episode_id not in self._tasks:
                self._tasks[assignment.episode_id] = asyncio.create_task(self._play(assignment))
        try:
            await asyncio.wait_for(self._news.wait(), POLL_S)
            await asyncio.sleep(GATHER_S)
        except TimeoutError:
            pass
        self._news.clear()
        outcomes, self._outcomes = self._outcomes, []
        lag_s, self._lag_s = self._lag_s, 0.0
        return Exchange(outcomes, list(self._activities.values()), self._refusal, lag_s)

    def refuse(self, error: Exception) -> None:
        """What is played cannot be kept: the run ends with this answer to the controller."""
        self._refusal = not_stored(error)

    @property
    def under_way(self) -> int:
        return len(self._activities)

    @property
    def waiting(self) -> int:
        """Episodes that wait for a place."""
        return len(self._tasks) - len(self._activities)

    async def cancel(self) -> list[Outcome]:
        """End every episode under way as cancelled, keep their records, and return all outcomes not told yet.

        An episode that has ended and only waits for its record to be durable is left to it.
        """
        tasks = dict(self._tasks)
        for episode_id, task in tasks.items():
            activity = self._activities.get(episode_id)
            if activity is None or activity.phase != STORING:
                task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
        outcomes, self._outcomes = self._outcomes, []
        return outcomes

    async def close(self) -> None:
        self._pulse.cancel()
        await self.cancel()
        await self._writer.close()

    async def _play(self, assignment: Assignment) -> None:
        began, clock = time.time(), time.monotonic()

        def phase(name: str) -> None:
            self._activities[assignment.episode_id] = Activity(
                episode_id=assignment.episode_id, task_id=assignment.task.id, phase=name, since=time.time(), began=began
            )

        try:
            async with self._places:
                played = await self._player.run(assignment, phase)
            phase(STORING)
            await self._writer.append(played.trajectory)
            self._finished(played)
            self._outcomes.append(_outcome(played))
        except asyncio.CancelledError:
            log.debug("episode %s was cancelled before it began", assignment.episode_id)
        except UserError as error:
            self._refusal = str(error)
        except OSError as error:
            self.refuse(error)
        except Exception as error:
            log.exception("episode %s failed in an unforeseen way", assignment.episode_id)
            said = self._player.hide(f"{type(error).__name__}: {error}")
            self._outcomes.append(_defect(assignment, said, time.monotonic() - clock))
        finally:
            self._tasks.pop(assignment.episode_id, None)
            self._activities.pop(assignment.episode_id, None)
            self._news.set()

    async def _measure_lag(self) -> None:
        while True:
            asked = time.perf_counter()
            await asyncio.sleep(0.25)
            self._lag_s = max(self._lag_s, time.perf_counter() - asked - 0.25)


def not_stored(error: Exception) -> str:
    """In one line, that and why the store takes nothing more."""
    why = f"'{error.filename}': {error.strerror}" if isinstance(error, OSError) and error.filename else str(error)
    return f"the store cannot be written: {why}; see to it and run the same command again: it plays what has no record"


def _outcome(played: Played) -> Outcome:
    trajectory = played.trajectory
    return Outcome(
        episode_id=trajectory.episode_id,
        environment=trajectory.environment,
        status=trajectory.status,
        reward=trajectory.reward,
        turns=len(trajectory.turns),
        usage=played.paid,
        total_s=trajectory.total_s,
        error=trajectory.error,
    )


def _defect(assignment: Assignment, line: str, total_s: float) -> Outcome:
    """An error of ours: said, not stored, so that a later start plays the episode again."""
    return Outcome(
        episode_id=assignment.episode_id,
        environment=assignment.task.environment,
        status=Status.UNKNOWN,
        reward=None,
        turns=0,
        usage=Usage(),
        total_s=total_s,
        error=line,
    )
