"""One evaluation and one comparison as tables, and what has to be said beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from actors.dataset.stats import version_notes
from actors.records.endings import title
from environments.description import Metric
from serve.evaluation.comparison import Difference
from serve.evaluation.evaluation import EpisodeScore, Evaluation
from serve.evaluation.metrics import metric_of
from serve.evaluation.overall import HELD_IN, TABLE_4
from serve.evaluation.paired_test import LEVEL
from serve.evaluation.scores import overalls, table
from serve.tables import formats
from serve.tables.grid import Column, Grid, Strong

DIFFERENCE = ("difference", "95 % interval", "p")


def score_grid(evaluation: Evaluation) -> Grid:
    """A row for each column and environment, and the mean under them; AgentTuning's overall stands below the table."""
    rows = []
    for column, scores in table(evaluation).items():
        errors = Counter(
            episode.environment for episode in evaluation.episodes if episode.column == column and episode.error
        )
        for name, estimate in scores.items():
            is_environment = name in evaluation.environment_names
            metric = metric_of(evaluation, name).value if is_environment else "mean of the scores above"
            failed = errors[name] if is_environment else errors.total()
            score = [formats.score(estimate.value), formats.interval(estimate)]
            rows.append([column, name, metric, *score, str(estimate.number), str(failed)])
    titles = (
        Column("column"),
        Column("environment"),
        Column("metric"),
        *(Column(t, True) for t in ("score", "95 % interval", "tasks", "errors")),
    )
    title = f"{evaluation.name} on {evaluation.suite.get('name', 'a suite')}"
    return Grid(title, titles, rows, list(overall_lines([("", evaluation)]).values()))


def overall_lines(evaluations: Sequence[tuple[str, Evaluation]]) -> dict[str, str]:
    """Column → AgentTuning's overall of these evaluations, each with the name it is told by (one alone needs none), of
    what it is made and what it compares with. They have the same columns and environments.
    """
    found = [(name, overalls(evaluation)) for name, evaluation in evaluations]
    lines = {}
    for column, overall in found[0][1].items():
        names = overall.environment_names
        estimates = [(name, of[column].estimate) for name, of in found]
        values = [f"{name} {formats.score(each.value)} ({formats.interval(each)})".lstrip() for name, each in estimates]
        lines[column] = (
            f"{column}: overall of AgentTuning, over {len(names)} of its {len(TABLE_4[HELD_IN])} held-in environments"
            f" ({', '.join(names)}): {', '.join(values)}; 1 is the mean of its five baselines; comparable only with"
            f" evaluations of the same environment{'s' if len(names) > 1 else ''}"
        )
    return lines


def score_notes(evaluation: Evaluation) -> list[str]:
    """What the table alone does not tell: errors, versions, and over which categories a mean went."""
    notes = []
    if evaluation.error_count:
        fate = "they count as 0" if evaluation.errors == "count" else "they are left out (--errors drop)"
        notes.append(
            f"{evaluation.error_count} of {len(evaluation.episodes)} episodes ended in an error"
            f" ({_endings(evaluation.episodes)}): {fate}"
        )
    notes += version_notes((one.environment, str(one.environment_version)) for one in evaluation.episodes)
    if evaluation.rows_left_out:
        notes.append(
            f"{evaluation.rows_left_out} rows of the suite's files are no tasks and were left out (its bad_rows): not"
            " the whole suite"
        )
    return notes + _categories(evaluation)


def _categories(evaluation: Evaluation) -> list[str]:
    """Over which categories a `category_mean` went; AgentBench's files have no DELETE, a small suite may lack
    others.
    """
    notes = []
    for column in evaluation.columns:
        for environment in evaluation.environment_names:
            tasks = {
                (one.task_id, one.category)
                for one in evaluation.episodes
                if (one.column, one.environment) == (column, environment)
            }
            if tasks and metric_of(evaluation, environment) is Metric.CATEGORY_MEAN:
                found = Counter(category for _, category in sorted(tasks, key=lambda task: task[1]))
                counted = ", ".join(f"{category} ({count})" for category, count in found.items())
                notes.append(f"{environment} in {column} is the mean over {counted}")
    return notes


def comparison_grid(first: Evaluation, second: Evaluation, found: Mapping[str, Mapping[str, Difference]]) -> Grid:
    """A row for each column and environment, and the mean under them: the second evaluation less the first."""
    rows = [
        [
            column,
            name,
            formats.score(row.first),
            formats.score(row.second),
            *difference_cells(row),
            str(row.number),
            formats.compared(row.wins, row.losses, row.ties),
        ]
        for column, environment_names in found.items()
        for name, row in environment_names.items()
    ]
    right = (first.name, second.name, *DIFFERENCE, "tasks", "wins / losses / ties")
    differences = [row for rows_of in found.values() for row in rows_of.values()]
    notes = [p_value_note([differences]), *overall_lines([(one.name, one) for one in (first, second)]).values()]
    titles = (Column("column"), Column("environment"), *(Column(title, True) for title in right))
    return Grid(f"{second.name} against {first.name}", titles, rows, notes)


def difference_cells(row: Difference) -> list[str]:
    """The cells under `DIFFERENCE`: bold where the test supports the difference."""
    cell = Strong if row.supported else str
    return [cell(formats.signed(row.difference)), formats.signed_interval(row), cell(formats.p_value(row.p_holm))]


def p_value_note(comparisons: Sequence[Sequence[Difference]]) -> str:
    """How the p-values of these comparisons were made, each of which has one difference a row."""
    rows = max(map(len, comparisons))
    counted = f", adjusted by Holm for the {rows} rows of a comparison" if rows > 1 else ""
    drawn = {row.test.draws for rows_of in comparisons for row in rows_of} - {0}
    estimated = f"; with too many graded scores to count all signs, {max(drawn):,} are drawn" if drawn else ""
    return (
        "p: exact paired test over tasks, two-sided (of yes/no scores McNemar's, of graded ones all sign flips)"
        f"{counted}{estimated}; bold: p < {LEVEL:g}"
    )


def _endings(episodes: list[EpisodeScore]) -> str:
    found = Counter(title(episode.status) for episode in episodes if episode.error)
    return ", ".join(f"{count} {ending}" for ending, count in found.most_common())
