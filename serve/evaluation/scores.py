"""What an evaluation scored: for every column and environment the suite's metric, and the overall, with 95 % intervals
over tasks.

Scores are between 0 and 1; the overall is in AgentTuning's unit, where 1 is the mean of its five baselines
(`serve.evaluation.overall`). How the intervals are made, and what they say where all tasks agree, is told in
`serve.evaluation.bootstrap`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from serve.evaluation import bootstrap
from serve.evaluation.bootstrap import Resampled
from serve.evaluation.evaluation import Evaluation
from serve.evaluation.overall import environment_weights, has_baseline
from serve.evaluation.strata import Strata, Stratum, Tally, strata

OVERALL = "overall"


class Estimate(NamedTuple):
    """A score with its 95 % interval, over `number` tasks; NaN where dropped errors left no task."""

    value: float
    low: float
    high: float
    number: int


Table = dict[str, dict[str, Estimate]]


def table(evaluation: Evaluation) -> Table:
    """Column → environment or "overall" → its score. A column none of whose environments has a baseline has no overall;
    an environment without one has no part in it (`without_baseline` names these)."""
    tasks = strata(evaluation)
    return {
        column: _column({stratum: of_it for stratum, of_it in tasks.items() if stratum.column == column})
        for column in evaluation.columns
    }


def _column(tasks: Strata) -> dict[str, Estimate]:
    rows = by_row({stratum: _mean(stratum, tallies) for stratum, tallies in tasks.items()})
    return {
        row: Estimate(*statistic.interval(), sum(len(tasks[stratum]) for stratum in members))
        for row, (statistic, members) in rows.items()
    }


def without_baseline(evaluation: Evaluation) -> list[str]:
    """The environments that the overall leaves out, because AgentTuning's table has no baseline for them."""
    return [environment for environment in evaluation.environment_names if not has_baseline(environment)]


class Row(NamedTuple):
    """A statistic and the strata that it is made of."""

    statistic: Resampled
    members: list[Stratum]


def by_row(resampled: Mapping[Stratum, Resampled]) -> dict[str, Row]:
    """One column's strata joined: an environment is the mean of its categories, the overall the weighted mean of
    environments with a baseline.
    """
    environment_names: dict[str, list[Stratum]] = {}
    for stratum in resampled:
        environment_names.setdefault(stratum.environment, []).append(stratum)
    rows = {
        environment: Row(
            bootstrap.combine([resampled[one] for one in members], [1 / len(members)] * len(members)), members
        )
        for environment, members in environment_names.items()
    }
    counted = [environment for environment in rows if has_baseline(environment)]
    if counted:
        parts = bootstrap.combine(
            [rows[environment].statistic for environment in counted], environment_weights(counted)
        )
        rows[OVERALL] = Row(parts, [stratum for environment in counted for stratum in rows[environment].members])
    return rows


def _mean(stratum: Stratum, tallies: Mapping[str, Tally]) -> Resampled:
    in_order = [tallies[task] for task in sorted(tallies)]
    sums_T = np.array([tally.total for tally in in_order], dtype=np.float64)
    counts_T = np.array([tally.attempts for tally in in_order], dtype=np.float64)
    return bootstrap.mean(sums_T, counts_T, stratum.key)
