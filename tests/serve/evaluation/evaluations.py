"""Evaluations for the tests of what is computed from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from environments.contract import Status
from serve.evaluation.evaluation import EpisodeScore, Errors, Evaluation


def episode(task: str, score: float, status: Status = Status.COMPLETED, **fields: Any) -> EpisodeScore:
    """One attempt at a task of the OS environment, unless `fields` say otherwise."""
    known: dict[str, Any] = {
        "episode_id": f"{task}-{fields.get('attempt', 0)}",
        "task_id": task,
        "task_digest": f"digest of {task}",
        "environment": "operating_system",
        "column": "new-instances",
        "family": "files",
    }
    return EpisodeScore(**{**known, "status": status, "score": score, **fields})


def evaluation(
    *episodes: EpisodeScore, errors: Errors = "count", suite: dict[str, Any] | None = None, name: str = "player"
) -> Evaluation:
    return Evaluation(name, suite or {}, {"kind": "reference"}, errors, list(episodes))


def scored(scores: Sequence[float], **fields: Any) -> list[EpisodeScore]:
    """One task for each of `scores`."""
    return [
        episode(f"{fields.get('environment', 'os')}-{number}", score, **fields) for number, score in enumerate(scores)
    ]
