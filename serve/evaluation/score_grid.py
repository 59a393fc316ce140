"""One evaluation and one comparison as tables, and what has to be said beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from actors.dataset.stats import version_notes
from serve.evaluation.comparison import Difference
from serve.evaluation.evaluation import EpisodeScore, Evaluation
from serve.evaluation.metrics import Metric, metric_of
from serve.evaluation.overall import PAPER_NAMES, has_baseline
from serve.evaluation.scores import OVERALL, table, without_baseline
from serve.tables import formats
from serve.tables.grid import Column, Grid


def score_grid(evaluation: Evaluation) -> Grid:
    """A row for each column and environment, and the overall under them."""
    rows = []
    for column, scores in table(evaluation).items():
        errors = Counter(
            episode.environment for episode in evaluation.episodes if episode.column == column and episode.error
        )
        for name, estimate in scores.items():
            metric = "mean of score / baseline" if name == OVERALL else metric_of(evaluation, name).value
            failed = (
                sum(errors[environment] for environment in scores if has_baseline(environment))
                if name == OVERALL
                else errors[name]
            )
            score = [formats.score(estimate.value), formats.interval(estimate)]
            rows.append([column, name, metric, *score, str(estimate.number), str(failed)])
    titles = (
        Column("column"),
        Column("environment"),
        Column("metric"),
        *(Column(t, True) for t in ("score", "95 % interval", "tasks", "errors")),
    )
    return Grid(f"{evaluation.name} on {evaluation.suite.get('name', 'a suite')}", titles, rows)


def score_notes(evaluation: Evaluation) -> list[str]:
    """What the table alone does not tell: errors, and what the overall is made of."""
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
    notes += [*_categories(evaluation), *_overalls(evaluation)]
    if left_out := without_baseline(evaluation):
        notes.append(
            f"left out of the overall, for AgentTuning's table has no baseline for them: {', '.join(left_out)}"
        )
    return notes


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


def _overalls(evaluation: Evaluation) -> list[str]:
    """Of which environments each overall is made, where it is not all of them."""
    notes = []
    for column in evaluation.columns:
        counted = sorted(
            {one.environment for one in evaluation.episodes if one.column == column and has_baseline(one.environment)}
        )
        if counted and len(counted) < len(PAPER_NAMES):
            notes.append(
                f"the overall of {column} is over {len(counted)} of AgentTuning's {len(PAPER_NAMES)} held-in"
                f" environments: {', '.join(counted)}"
            )
    return notes


def comparison_grid(first: str, second: str, differences: Mapping[str, Mapping[str, Difference]]) -> Grid:
    """A row for each column and environment: the second evaluation less the first."""
    rows = [
        [
            column,
            name,
            formats.score(row.first),
            formats.score(row.second),
            formats.signed(row.difference),
            formats.signed_interval(row),
            str(row.number),
            formats.compared(row.wins, row.losses, row.ties),
            f"{row.p:.2g}",
        ]
        for column, environment_names in differences.items()
        for name, row in environment_names.items()
    ]
    right = (first, second, "difference", "95 % interval", "tasks", "wins / losses / ties", "sign test p")
    return Grid(
        f"{second} against {first}",
        (Column("column"), Column("environment"), *(Column(title, True) for title in right)),
        rows,
    )


def _endings(episodes: list[EpisodeScore]) -> str:
    found = Counter(episode.status.value for episode in episodes if episode.error)
    return ", ".join(f"{count} {status}" for status, count in found.most_common())
