"""The scores by column and environment, model against model, environments first and the overall below them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from serve.evaluation.comparison import Difference, compare
from serve.evaluation.evaluation import Evaluation
from serve.evaluation.metrics import metric_of
from serve.evaluation.scores import OVERALL, Estimate, table


class Standing(NamedTuple):
    """One model's score, and what it has more than the first model (None: it is the first)."""

    model: str
    score: Estimate
    difference: Difference | None

    @property
    def clear(self) -> bool:
        """Whether the difference's interval lies on one side of 0."""
        return self.difference is not None and (self.difference.low > 0 or self.difference.high < 0)


class Group(NamedTuple):
    """One environment of one column, or the overall. `top` is where the chart's axis ends."""

    name: str
    metric: str
    standings: list[Standing]
    top: float

    @property
    def overall(self) -> bool:
        return self.name == OVERALL

    @property
    def tasks(self) -> int:
        return max(standing.score.number for standing in self.standings)


class Column(NamedTuple):
    """A column of the suite."""

    name: str
    groups: list[Group]


def standings(evaluations: Sequence[Evaluation], names: Sequence[str]) -> list[Column]:
    """Every column of evaluations of the same tasks. Raises `UserError` where they are not, with what differs."""
    first = evaluations[0]
    differences = [compare(first, other) for other in evaluations[1:]]
    tables = [table(evaluation) for evaluation in evaluations]
    columns = []
    for column in first.columns:
        rows = sorted(tables[0][column], key=lambda name: (name == OVERALL, name))
        groups = []
        for row in rows:
            against = [None, *(difference[column][row] for difference in differences)]
            each = [
                Standing(name, of[column][row], more) for name, of, more in zip(names, tables, against, strict=True)
            ]
            metric = "1: mean of AgentTuning's baselines" if row == OVERALL else metric_of(first, row).replace("_", " ")
            groups.append(Group(row, metric, each, _top(each)))
        columns.append(Column(column, groups))
    return columns


def _top(each: Sequence[Standing]) -> float:
    """1, or for scores that may be above it the next of 1, 2, 5, 10, 20 …"""
    highest = max((standing.score.high for standing in each if not math.isnan(standing.score.high)), default=1.0)
    return next(
        top for power in range(10) for top in (10.0**power, 2 * 10.0**power, 5 * 10.0**power) if top >= highest - 1e-9
    )
