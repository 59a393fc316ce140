"""Two evaluations of the same tasks, paired: what the second LLM scores more than the first, task against task.

The interval resamples pairs (`serve.evaluation.bootstrap`), so that what makes a task hard for both cancels. Wins and
losses are counted by task; their p-value is the exact two-sided sign test's, ties left out, which for yes/no scores is
McNemar's exact test.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import numpy as np

from actors.program.user_error import UserError
from serve.evaluation import bootstrap
from serve.evaluation.bootstrap import Floats, Resampled
from serve.evaluation.evaluation import Evaluation
from serve.evaluation.metrics import metric_of
from serve.evaluation.scores import by_row
from serve.evaluation.setting_differences import setting_differences
from serve.evaluation.strata import Strata, Stratum, Tally, strata

TIE = 1e-9
NAMING = (
    "name",
    "data",
    "columns",
)  # of a suite: what its tasks are and where they come from, which their digests tell


class Difference(NamedTuple):
    """The second evaluation against the first over `number` tasks: `difference` is second − first, with its 95 %
    interval.

    A task is a win where the second scores more. NaN where dropped errors left no task.
    """

    first: float
    second: float
    difference: float
    low: float
    high: float
    number: int
    wins: int
    losses: int
    ties: int
    p: float


Pairs = dict[str, tuple[Tally, Tally]]  # task id → the first's tally, the second's


def compare(first: Evaluation, second: Evaluation, column: str | None = None) -> dict[str, dict[str, Difference]]:
    """Column → environment or "overall" → the difference; only `column` where it is given.

    With errors dropped a task counts where both have an attempt left. Raises `UserError` where the two cannot be
    paired: other tasks, other metrics, errors treated otherwise, or no such column.
    """
    first, second = of_column(first, column), of_column(second, column)
    _check_comparable(first, second)
    pairs = _paired(strata(first), strata(second))
    return {
        name: _column({stratum: of_tasks for stratum, of_tasks in pairs.items() if stratum.column == name})
        for name in first.columns
    }


def _column(pairs: dict[Stratum, Pairs]) -> dict[str, Difference]:
    before, after = (
        by_row({stratum: bootstrap.mean(*_arrays(of_tasks, side), stratum.key) for stratum, of_tasks in pairs.items()})
        for side in (0, 1)
    )
    differences = by_row(
        {
            stratum: bootstrap.difference(_arrays(of_tasks, 0), _arrays(of_tasks, 1), stratum.key)
            for stratum, of_tasks in pairs.items()
        }
    )
    return {
        row: _row(
            before[row].statistic.value,
            after[row].statistic.value,
            statistic,
            [pair for stratum in members for pair in pairs[stratum].values()],
        )
        for row, (statistic, members) in differences.items()
    }


def suite_differences(first: Evaluation, second: Evaluation) -> list[str]:
    """The settings under which the same tasks were played differently, as "limits.max_turns: 8 for 'base', 15 for
    'tuned'".
    """
    left, right = ({key: value for key, value in one.suite.items() if key not in NAMING} for one in (first, second))
    found = setting_differences(left, right)
    return [
        f"{place}: {of_first} for '{first.name}', {of_second} for '{second.name}'"
        for place, of_first, of_second in found
    ]


def of_column(evaluation: Evaluation, column: str | None) -> Evaluation:
    """`evaluation` with the episodes of `column` alone (None: as it is). Raises `UserError` naming the columns that
    there are.
    """
    if column is None:
        return evaluation
    episodes = [episode for episode in evaluation.episodes if episode.column == column]
    if not episodes:
        raise UserError(
            f"evaluation '{evaluation.name}' has no column '{column}': its columns are {', '.join(evaluation.columns)}"
        )
    return msgspec.structs.replace(evaluation, episodes=episodes)


def _check_comparable(first: Evaluation, second: Evaluation) -> None:
    """Raises `UserError` with the first reason why the two cannot be paired."""
    left, right = _tasks(first), _tasks(second)
    changed = sum(left[task] != right[task] for task in left.keys() & right.keys())
    if left != right:
        raise UserError(
            f"'{first.name}' and '{second.name}' played different tasks: {len(left.keys() - right.keys())} only in the"
            f" first, {len(right.keys() - left.keys())} only in the second, {changed} of the same name but with other"
            " content; evaluate both on one suite, or choose a column that they share with --column"
        )
    _check_versions(first, second)
    for environment in first.environment_names:
        metrics = metric_of(first, environment), metric_of(second, environment)
        if metrics[0] != metrics[1]:
            raise UserError(
                f"the metric of {environment} is {metrics[0]} in '{first.name}' and {metrics[1]} in '{second.name}':"
                " evaluate one again"
            )
    if first.errors != second.errors:
        raise UserError(
            f"'{first.name}' was scored with --errors {first.errors}, '{second.name}' with --errors {second.errors}: "
            "the same 'evaluate' command with another --errors scores one again without playing"
        )


def _check_versions(first: Evaluation, second: Evaluation) -> None:
    """Raises `UserError` where an environment or its judge has changed between the two, or within one."""
    for environment in first.environment_names:
        versions = [one.versions(environment) for one in (first, second)]
        if len({*versions[0], *versions[1]}) > 1:
            told = [
                f"'{one.name}' in {', '.join(map(str, of))}" for one, of in zip((first, second), versions, strict=True)
            ]
            raise UserError(
                f"{environment} was not the same for both ({'; '.join(told)}), so their scores do not compare: "
                "evaluate the older one again into another --out"
            )


def _tasks(evaluation: Evaluation) -> dict[tuple[str, str, str], str]:
    return {(one.column, one.environment, one.task_id): one.task_digest for one in evaluation.episodes}


def _paired(first: Strata, second: Strata) -> dict[Stratum, Pairs]:
    return {
        stratum: {
            task: (tallies[task], second[stratum][task]) for task in sorted(tallies.keys() & second[stratum].keys())
        }
        for stratum, tallies in first.items()
    }


def _arrays(pairs: Pairs, side: int) -> tuple[Floats, Floats]:
    tallies = [pair[side] for pair in pairs.values()]
    return np.array([tally.total for tally in tallies], dtype=np.float64), np.array(
        [tally.attempts for tally in tallies], dtype=np.float64
    )


def _row(first: float, second: float, statistic: Resampled, pairs: list[tuple[Tally, Tally]]) -> Difference:
    gains = [after.mean - before.mean for before, after in pairs]
    wins, losses = sum(gain > TIE for gain in gains), sum(gain < -TIE for gain in gains)
    ties = len(gains) - wins - losses
    return Difference(
        first, second, *statistic.interval(), len(gains), wins, losses, ties, bootstrap.sign_test(wins, losses)
    )
