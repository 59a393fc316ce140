"""What an evaluation scored: for every column and environment the suite's metric, and their mean, with 95 % intervals
over tasks.

Scores are between 0 and 1. AgentTuning's overall is not (1 is the mean of its five baselines), so it stands apart
(`overalls`). How the intervals are made, and what they say where all tasks agree, is told in
`serve.evaluation.bootstrap`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from serve.evaluation import bootstrap
from serve.evaluation.bootstrap import Resampled
from serve.evaluation.evaluation import Evaluation
from serve.evaluation.overall import held_in_task, held_in_weights
from serve.evaluation.strata import Strata, Stratum, Tally, strata


class Estimate(NamedTuple):
    """A score with its 95 % interval, over `number` tasks; NaN where dropped errors left no task."""

    value: float
    low: float
    high: float
    number: int


class Overall(NamedTuple):
    """AgentTuning's overall over those of its environments that a column has."""

    environment_names: tuple[str, ...]
    estimate: Estimate


Table = dict[str, dict[str, Estimate]]
Weights = dict[Stratum, float]


def table(evaluation: Evaluation) -> Table:
    """Column → row → its score: each environment, and where there are several `mean_of` them."""
    tasks = strata(evaluation)
    return {column: _column(_of_column(tasks, column)) for column in evaluation.columns}


def overalls(evaluation: Evaluation) -> dict[str, Overall]:
    """Column → AgentTuning's overall. A column none of whose environments has a baseline has none."""
    tasks = strata(evaluation)
    found = ((column, _overall(_of_column(tasks, column))) for column in evaluation.columns)
    return {column: overall for column, overall in found if overall is not None}


def mean_of(environments: int) -> str:
    """The name of the row under the environments: the plain mean of their scores."""
    return f"mean of {environments} environments"


def row_weights(found: Strata | Mapping[Stratum, object]) -> dict[str, Weights]:
    """Row → what each of a column's strata weighs in it: an environment is the mean of its categories, the last row the
    mean of the environments.
    """
    rows: dict[str, Weights] = {}
    for stratum in found:
        rows.setdefault(stratum.environment, {})[stratum] = 1.0
    rows = {name: dict.fromkeys(members, 1 / len(members)) for name, members in rows.items()}
    if len(rows) > 1:
        shares = ((stratum, weight / len(rows)) for members in rows.values() for stratum, weight in members.items())
        rows[mean_of(len(rows))] = dict(shares)
    return rows


def weighted(resampled: Mapping[Stratum, Resampled], weights: Weights) -> Resampled:
    """The statistic of one row."""
    return bootstrap.combine([resampled[stratum] for stratum in weights], list(weights.values()))


def _of_column(tasks: Strata, column: str) -> Strata:
    return {stratum: of_it for stratum, of_it in tasks.items() if stratum.column == column}


def _column(tasks: Strata) -> dict[str, Estimate]:
    resampled = {stratum: _mean(stratum, tallies) for stratum, tallies in tasks.items()}
    return {name: _estimate(tasks, resampled, weights) for name, weights in row_weights(tasks).items()}


def _overall(tasks: Strata) -> Overall | None:
    resampled = {stratum: _mean(stratum, tallies) for stratum, tallies in tasks.items()}
    rows = row_weights(tasks)
    counted = {name: task for name in {s.environment: None for s in tasks} if (task := held_in_task(name)) is not None}
    if not counted:
        return None
    weights = {
        stratum: weight * of_environment
        for name, of_environment in zip(counted, held_in_weights(list(counted.values())), strict=True)
        for stratum, weight in rows[name].items()
    }
    return Overall(tuple(counted), _estimate(tasks, resampled, weights))


def _estimate(tasks: Strata, resampled: Mapping[Stratum, Resampled], weights: Weights) -> Estimate:
    return Estimate(*weighted(resampled, weights).interval(), sum(len(tasks[stratum]) for stratum in weights))


def _mean(stratum: Stratum, tallies: Mapping[str, Tally]) -> Resampled:
    in_order = [tallies[task] for task in sorted(tallies)]
    sums_T = np.array([tally.total for tally in in_order], dtype=np.float64)
    counts_T = np.array([tally.attempts for tally in in_order], dtype=np.float64)
    return bootstrap.mean(sums_T, counts_T, stratum.key)
