"""The report's tables as words and numbers, for the terminal and for markdown; the page sets the same ones with
charts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from actors.records.endings import title
from serve.evaluation.family_scores import family_grids
from serve.evaluation.score_grid import DIFFERENCE, difference_cells
from serve.report.contents import Contents
from serve.report.general import Row as General
from serve.report.play import Play
from serve.report.standings import Group
from serve.report.training import Training
from serve.report.training_data import Row as Task
from serve.report.training_data import TrainingData
from serve.tables import formats
from serve.tables.grid import Column, Grid


def printed(contents: Contents, with_families: bool) -> Iterator[Grid]:
    """Those that the terminal shows."""
    yield from scores(contents)
    yield from contents.measures
    if with_families:
        yield from families(contents)
    yield endings(contents.play)
    if contents.training_data:
        yield training_data(contents.training_data)
    if contents.general:
        yield general(contents.general)


def scores(contents: Contents) -> Iterator[Grid]:
    """One table for each column of the suite."""
    against = len(contents.models) > 1
    names = ["tasks", "score", "95 % interval"] + ([*DIFFERENCE, "wins / losses / ties"] if against else [])
    for column in contents.standings.columns:
        yield Grid(
            column.name,
            _columns(["environment", "model"], names),
            [row for group in column.groups for row in _scores(group, against)],
            [column.overall] if column.overall else [],
        )


def _scores(group: Group, against: bool) -> Iterator[list[str]]:
    for standing in group.standings:
        score, more = standing.score, standing.difference
        row = [
            formats.words(group.name),
            standing.model,
            f"{score.number:,}",
            formats.score(score.value),
            formats.interval(score),
        ]
        if more is not None:
            row += [*difference_cells(more), formats.compared(more.wins, more.losses, more.ties)]
        yield row + [""] * (4 if against and more is None else 0)


def families(contents: Contents) -> Iterator[Grid]:
    """One table for each column of the suite."""
    return family_grids(contents.families, [model.name for model in contents.models])


def endings(play: Play) -> Grid:
    """Episodes by ending; errors by their own names behind their number."""
    rows = []
    for row in play.rows:
        errors = ", ".join(f"{number} {title(status)}" for status, number in row.errors.items())
        counts = [row.episodes, *(row.endings[status] for status in play.endings)]
        total = f"{row.errors.total()} ({errors})" if errors else "0"
        rows.append([formats.words(row.environment), row.model, *(f"{count:,}" for count in counts), total])
    return Grid(
        "How the episodes ended",
        _columns(["environment", "model"], ["episodes", *map(title, play.endings), "errors"]),
        rows,
    )


def effort(play: Play) -> Grid:
    """Means over all episodes."""
    rows = [
        [
            formats.words(row.environment),
            row.model,
            formats.mean(row.turns, row.episodes),
            formats.mean(row.prompt_tokens, row.episodes, 0),
            formats.mean(row.completion_tokens, row.episodes, 0),
        ]
        for row in play.rows
    ]
    return Grid(
        "Turns and tokens an episode",
        _columns(["environment", "model"], ["turns", "tokens read", "tokens written"]),
        rows,
    )


def training_data(found: TrainingData) -> Grid:
    """AgentTuning's Table 1; with a column for the episodes where an instruction was attempted more than once."""
    several = found.several_attempts
    names = ["instructions", *(["episodes"] if several else []), "kept", "average turns", "kept %"]
    rows = [_task(row, several) for row in [*found.rows, found.total]]
    return Grid("What was trained on", _columns(["task", "source of instructions"], names), rows)


def _task(row: Task, several: bool) -> list[str]:
    episodes = [f"{row.episodes:,}"] if several else []
    return [
        formats.words(row.environment),
        row.source,
        f"{row.instructions:,}",
        *episodes,
        f"{row.kept:,}",
        row.mean_turns,
        row.kept_share,
    ]


def streams(training: Training) -> Grid:
    """What a run was trained on."""
    names = ["conversations", "tokens", "trained on", "training loss", "held-out loss"]
    rows = [
        [s.name, f"{s.conversations:,}", f"{s.tokens:,}", f"{s.trained_tokens:,}", s.loss, s.held_out_loss]
        for s in training.streams
    ]
    return Grid(f"Training run {training.name}", _columns(["stream"], names), rows)


def general(found: Sequence[General]) -> Grid:
    """The general check."""
    rows = []
    for row in found:
        more = (
            [formats.signed(row.difference.value), formats.signed_interval(row.difference)]
            if row.difference
            else ["", ""]
        )
        value = [formats.score(row.value.value), formats.interval(row.value), f"{row.value.number:,}"]
        rows.append([row.measure, row.model, *value, *more])
    names = ["value", "95 % interval", "over", "difference", "95 % interval"]
    return Grid("General check", _columns(["measure", "model"], names), rows)


def _columns(words: Sequence[str], numbers: Sequence[str]) -> list[Column]:
    return [*map(Column, words), *(Column(name, right=True) for name in numbers)]
