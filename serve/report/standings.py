"""The scores by column and environment, model against model, environments first and their mean below them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from serve.evaluation.comparison import Difference, compare
from serve.evaluation.evaluation import Evaluation
from serve.evaluation.metrics import metric_of
from serve.evaluation.score_grid import overall_lines, p_value_note
from serve.evaluation.scores import Estimate, table


class Standing(NamedTuple):
    """One model's score, and what it has more than the first model (None: it is the first)."""

    model: str
    score: Estimate
    difference: Difference | None


class Group(NamedTuple):
    """One environment of one column, or the mean of several (`summary`)."""

    name: str
    metric: str
    standings: list[Standing]
    summary: bool = False

    @property
    def tasks(self) -> int:
        return max(standing.score.number for standing in self.standings)


class Column(NamedTuple):
    """A column of the suite. `overall` is a line about AgentTuning's overall, or empty."""

    name: str
    groups: list[Group]
    overall: str = ""


class Standings(NamedTuple):
    """All columns; `test` is a line about the p-values of the differences, empty where there are none."""

    columns: list[Column]
    test: str


def standings(evaluations: Sequence[Evaluation], names: Sequence[str]) -> Standings:
    """Every column of evaluations of the same tasks. Raises `UserError` where they are not, with what differs."""
    first = evaluations[0]
    differences = [compare(first, other) for other in evaluations[1:]]
    tables = [table(evaluation) for evaluation in evaluations]
    overalls = overall_lines(list(zip(names, evaluations, strict=True)))
    columns = []
    for column in first.columns:
        groups = []
        for row in tables[0][column]:
            against = [None, *(difference[column][row] for difference in differences)]
            each = [
                Standing(name, of[column][row], more) for name, of, more in zip(names, tables, against, strict=True)
            ]
            summary = row not in first.environment_names
            metric = "mean of the scores above" if summary else metric_of(first, row).replace("_", " ")
            groups.append(Group(row, metric, each, summary))
        columns.append(Column(column, groups, overalls.get(column, "")))
    each_model = [[row for rows in difference.values() for row in rows.values()] for difference in differences]
    return Standings(columns, p_value_note(each_model) if each_model else "")
