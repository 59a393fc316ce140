"""An evaluation's tasks by stratum: column, environment and, where the environment's metric averages over categories,
category.

A task stands in exactly one stratum with all its attempts. Errors stand in it with score 0, or not at all where the
evaluation drops them.
"""

from __future__ import annotations

from typing import NamedTuple

from environments.description import Metric
from serve.evaluation.evaluation import EpisodeScore, Evaluation
from serve.evaluation.metrics import metric_of, outcome


class Stratum(NamedTuple):
    """What is resampled on its own."""

    column: str
    environment: str
    category: str = ""

    @property
    def key(self) -> str:
        """Seeds its draws: the same tasks are drawn for every LLM, and whatever else the suite holds."""
        return "/".join(self)


class Tally(NamedTuple):
    """One task's attempts: the sum of their outcomes (0 to 1 each) and their number."""

    total: float
    attempts: int

    @property
    def mean(self) -> float:
        return self.total / self.attempts


Strata = dict[Stratum, dict[str, Tally]]  # stratum → task id → tally


def strata(evaluation: Evaluation) -> Strata:
    """Every stratum of the suite, in the order of its columns and by name within them; with errors dropped one may be
    empty.
    """
    metrics = {environment: metric_of(evaluation, environment) for environment in evaluation.environment_names}
    found: Strata = {stratum: {} for stratum in _in_order(evaluation, metrics)}
    for episode in evaluation.episodes:
        if episode.error and evaluation.errors == "drop":
            continue
        metric = metrics[episode.environment]
        tasks = found[stratum_of(episode, metric)]
        before = tasks.get(episode.task_id, Tally(0.0, 0))
        tasks[episode.task_id] = Tally(before.total + outcome(metric, episode), before.attempts + 1)
    return found


def stratum_of(episode: EpisodeScore, metric: Metric) -> Stratum:
    return Stratum(episode.column, episode.environment, episode.category if metric is Metric.CATEGORY_MEAN else "")


def _in_order(evaluation: Evaluation, metrics: dict[str, Metric]) -> list[Stratum]:
    columns = {column: number for number, column in enumerate(evaluation.columns)}
    all_of_them = {stratum_of(episode, metrics[episode.environment]) for episode in evaluation.episodes}
    return sorted(all_of_them, key=lambda stratum: (columns[stratum.column], stratum))
