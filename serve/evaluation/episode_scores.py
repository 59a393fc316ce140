"""An evaluation's rows from its store: one for each attempt at each task of the suite, whatever became of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from actors.episodes.episode import Assignment
from actors.records.store import Store
from actors.records.trajectory import Trajectory, digest
from actors.service.episode_list import episodes
from actors.service.settings import RolloutSettings
from environments.contract import Status
from environments.registry import registered
from serve.evaluation.evaluation import EpisodeScore

NOT_PLAYED = (Status.CANCELLED, Status.BUDGET)  # a run that was stopped, not an episode that failed


class Scored(NamedTuple):
    """The rows that there are, how many there should be, how many seconds at least one episode was under way, and how
    many of the missing rows only lack a judge.
    """

    rows: list[EpisodeScore]
    expected: int
    seconds: float
    awaiting: int = 0

    @property
    def complete(self) -> bool:
        return len(self.rows) == self.expected


def scored(settings: RolloutSettings, identity: dict[str, Any]) -> Scored:
    """Read what the store holds of the run's episodes.

    Which exist and what they are follows from the tasks, never from the records.
    """
    wanted = {assignment.episode_id: assignment for assignment in episodes(settings, identity)}
    rows: dict[str, EpisodeScore] = {}
    spans: list[tuple[float, float]] = []
    awaiting = 0
    for trajectory in Store(settings.store).trajectories():
        assignment = wanted.get(trajectory.episode_id)
        if assignment is not None and trajectory.status is Status.AWAITS_JUDGEMENT:
            awaiting += 1
        elif assignment is not None and trajectory.status not in NOT_PLAYED:
            rows[trajectory.episode_id] = _row(assignment, trajectory)
            spans.append((trajectory.started_at, trajectory.started_at + trajectory.total_s))
    return Scored([rows[episode] for episode in wanted if episode in rows], len(wanted), _covered(spans), awaiting)


def _row(assignment: Assignment, trajectory: Trajectory) -> EpisodeScore:
    task, usage = assignment.task, trajectory.usage
    home = registered(task.environment)
    return EpisodeScore(
        episode_id=assignment.episode_id,
        task_id=task.id,
        task_digest=digest(task),
        environment=task.environment,
        column=task.split,
        family=task.family,
        status=trajectory.status,
        score=(trajectory.reward or 0.0) if trajectory.status.scored else 0.0,
        attempt=assignment.attempt,
        category=home.category(task),
        turns=len(trajectory.turns),
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        environment_version=trajectory.environment_version,
        measures=home.measures(task, trajectory.details if trajectory.status.scored else {}),
    )


def _covered(spans: Iterable[tuple[float, float]]) -> float:
    """The length of the union: pauses between two starts of an evaluation do not count."""
    total, until = 0.0, 0.0
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, until))
        until = max(until, end)
    return total
