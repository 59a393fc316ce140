"""Two evaluations of the same tasks, paired: what the second LLM scores more than the first, task against task.

The interval resamples pairs (`serve.evaluation.bootstrap`), so that what makes a task hard for both cancels. Wins and
losses are counted by task. Whether a difference is more than chance is said by `serve.evaluation.paired_test` alone.
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
from serve.evaluation.paired_test import LEVEL, PairedTest, holm, sign_flip_test
from serve.evaluation.scores import Weights, row_weights, weighted
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

    A task is a win where the second scores more. NaN where dropped errors left no task. `p_holm` is the test's p-value
    adjusted for all rows of the comparison.
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
    test: PairedTest
    p_holm: float

    @property
    def supported(self) -> bool:
        """Whether the test says that the difference is more than chance."""
        return self.p_holm < LEVEL


class Gains(NamedTuple):
    """Of a row's tasks: what the second scores more on each, and the same with the task's weight in the row."""

    each_T: Floats
    weighted_T: Floats


Pairs = dict[str, tuple[Tally, Tally]]  # task id → the first's tally, the second's


def compare(first: Evaluation, second: Evaluation, column: str | None = None) -> dict[str, dict[str, Difference]]:
    """Column → environment, or the mean of several → the difference; only `column` where it is given.

    With errors dropped a task counts where both have an attempt left. Raises `UserError` where the two cannot be
    paired: other tasks, other metrics, errors treated otherwise, or no such column.
    """
    first, second = of_column(first, column), of_column(second, column)
    _check_comparable(first, second)
    pairs = _paired(strata(first), strata(second))
    found = {
        name: _column({stratum: of_tasks for stratum, of_tasks in pairs.items() if stratum.column == name})
        for name in first.columns
    }
    adjusted = iter(holm([row.test.p for rows in found.values() for row in rows.values()]))
    return {
        column: {name: row._replace(p_holm=next(adjusted)) for name, row in rows.items()}
        for column, rows in found.items()
    }


def _column(pairs: dict[Stratum, Pairs]) -> dict[str, Difference]:
    before, after = (
        {stratum: bootstrap.mean(*_arrays(of_tasks, side), stratum.key) for stratum, of_tasks in pairs.items()}
        for side in (0, 1)
    )
    differences = {
        stratum: bootstrap.difference(_arrays(of_tasks, 0), _arrays(of_tasks, 1), stratum.key)
        for stratum, of_tasks in pairs.items()
    }
    return {
        name: _row(
            weighted(before, weights),
            weighted(after, weights),
            weighted(differences, weights),
            _gains(pairs, weights),
            key=name,
        )
        for name, weights in row_weights(pairs).items()
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
    """`evaluation` with the episodes of `column` alone (None: as it is).

    Raises `UserError` naming the columns that there are.
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


def _gains(pairs: dict[Stratum, Pairs], weights: Weights) -> Gains:
    """Every task of a row: what the second scores more on it, and what that adds to the row's difference."""
    gains = [
        (after.mean - before.mean, weight / len(pairs[stratum]))
        for stratum, weight in weights.items()
        for before, after in pairs[stratum].values()
    ]
    each_T = np.array([gain for gain, _ in gains], dtype=np.float64)
    return Gains(each_T, each_T * np.array([weight for _, weight in gains], dtype=np.float64))


def _row(first: Resampled, second: Resampled, difference: Resampled, gains: Gains, *, key: str) -> Difference:
    wins, losses = (int(np.count_nonzero(sign * gains.each_T > TIE)) for sign in (1, -1))
    number, interval, test = len(gains.each_T), difference.interval(), sign_flip_test(gains.weighted_T, key)
    return Difference(
        first=first.value,
        second=second.value,
        difference=difference.value,
        low=interval.low,
        high=interval.high,
        number=number,
        wins=wins,
        losses=losses,
        ties=number - wins - losses,
        test=test,
        p_holm=test.p,
    )
