"""Every episode that was not solved: what the judge expected beside what it got."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from actors.records.endings import title
from actors.records.judged import Judged, judged
from actors.records.trajectory import Trajectory
from serve.evaluation.evaluation import EpisodeScore, Evaluation
from serve.evaluation.family_scores import solved
from serve.report.example_episodes import read_episodes


class Failure(NamedTuple):
    """One episode of one model."""

    column: str
    environment: str
    task_id: str
    family: str
    model: str
    score: float
    ending: str
    judged: Judged | None
    error: str


def failures(evaluations: Sequence[Evaluation], models: Sequence[str], folders: Sequence[str]) -> list[Failure]:
    """By column, environment and task, model after model. Raises `UserError` where a trajectory is missing."""
    found = [
        failure
        for evaluation, model, folder in zip(evaluations, models, folders, strict=True)
        for failure in _of_one(evaluation, model, folder)
    ]
    columns, tasks = evaluations[0].columns, {e.task_id: n for n, e in enumerate(evaluations[0].episodes)}
    return sorted(found, key=lambda one: (columns.index(one.column), one.environment, tasks[one.task_id]))


def _of_one(evaluation: Evaluation, model: str, folder: str) -> list[Failure]:
    failed = [episode for episode in evaluation.episodes if not solved(episode)]
    said = read_episodes(folder, {episode.episode_id for episode in failed}, _said)
    return [_failure(episode, model, *said[episode.episode_id]) for episode in failed]


def _said(trajectory: Trajectory) -> tuple[Judged | None, str]:
    return judged(trajectory.details), trajectory.error


def _failure(episode: EpisodeScore, model: str, told: Judged | None, error: str) -> Failure:
    return Failure(
        column=episode.column,
        environment=episode.environment,
        task_id=episode.task_id,
        family=episode.family,
        model=model,
        score=episode.score,
        ending=title(episode.status),
        judged=told,
        error=error,
    )
