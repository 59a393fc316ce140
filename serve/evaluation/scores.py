"""What an evaluation scored: for every column and world the suite's metric, and the overall, with 95 % intervals over
tasks.

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
from serve.evaluation.overall import has_baseline, world_weights
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
    """Column → world or "overall" → its score. A column none of whose worlds has a baseline has no overall; a world
    without one has no part in it (`without_baseline` names these)."""
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
    """The worlds that the overall leaves out, because AgentTuning's table has no baseline for them."""
    return [world for world in evaluation.worlds if not has_baseline(world)]


class Row(NamedTuple):
    """A statistic and the strata that it is made of."""

    statistic: Resampled
    members: list[Stratum]


def by_row(resampled: Mapping[Stratum, Resampled]) -> dict[str, Row]:
    """One column's strata joined: a world is the mean of its categories, the overall the weighted mean of worlds with a
    baseline.
    """
    worlds: dict[str, list[Stratum]] = {}
    for stratum in resampled:
        worlds.setdefault(stratum.world, []).append(stratum)
    rows = {
        world: Row(bootstrap.combine([resampled[one] for one in members], [1 / len(members)] * len(members)), members)
        for world, members in worlds.items()
    }
    counted = [world for world in rows if has_baseline(world)]
    if counted:
        parts = bootstrap.combine([rows[world].statistic for world in counted], world_weights(counted))
        rows[OVERALL] = Row(parts, [stratum for world in counted for stratum in rows[world].members])
    return rows


def _mean(stratum: Stratum, tallies: Mapping[str, Tally]) -> Resampled:
    in_order = [tallies[task] for task in sorted(tallies)]
    sums_T = np.array([tally.total for tally in in_order], dtype=np.float64)
    counts_T = np.array([tally.attempts for tally in in_order], dtype=np.float64)
    return bootstrap.mean(sums_T, counts_T, stratum.key)
