"""The report's tables as words and numbers, for the terminal and for markdown; the page sets the same ones with charts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from serve.report import formats
from serve.report.chat import Row as General
from serve.report.contents import Contents
from serve.report.lesson import Lesson
from serve.report.lesson import Row as Task
from serve.report.play import Play, title
from serve.report.standings import Column, Group
from serve.report.training import Training


class Table(NamedTuple):
    """Columns by name, of which the first `words` are words and the others numbers; `breaks` are the rows after which a group ends."""

    title: str
    names: list[str]
    words: int
    rows: list[list[str]]
    breaks: frozenset[int] = frozenset()


def scores(contents: Contents) -> Iterator[Table]:
    """One table for each column of the suite."""
    against = len(contents.models) > 1
    names = ["world", "model", "tasks", "score", "95 % interval"] + (["difference", "95 % interval", "better, worse"] if against else [])
    for column in contents.columns:
        rows = [row for group in column.groups for row in _scores(group, against)]
        yield Table(column.name, names, 2, rows, _breaks(column))


def _scores(group: Group, against: bool) -> Iterator[list[str]]:
    for standing in group.standings:
        score, more = standing.score, standing.difference
        row = [_words(group.name), standing.model, f"{score.number:,}", formats.score(score.value), formats.interval(score)]
        if more is not None:
            row += [formats.signed(more.difference), formats.signed_interval(more), f"{more.wins}, {more.losses}"]
        yield row + [""] * (3 if against and more is None else 0)


def _breaks(column: Column) -> frozenset[int]:
    sizes = [len(group.standings) for group in column.groups]
    return frozenset(sum(sizes[: number + 1]) - 1 for number in range(len(sizes)))


def endings(play: Play) -> Table:
    """Episodes by ending; errors by their own names behind their number."""
    names = ["world", "model", "episodes", *map(title, play.endings), "errors"]
    rows = []
    for row in play.rows:
        errors = ", ".join(f"{number} {title(status)}" for status, number in row.errors.items())
        total = f"{row.errors.total()} ({errors})" if errors else "0"
        rows.append([_words(row.world), row.model, f"{row.episodes:,}", *(f"{row.endings[status]:,}" for status in play.endings), total])
    return Table("How the episodes ended", names, 2, rows)


def effort(play: Play) -> Table:
    """Means over all episodes."""
    names = ["world", "model", "turns", "tokens read", "tokens written"]
    rows = [
        [
            _words(row.world),
            row.model,
            formats.mean(row.turns, row.episodes),
            formats.mean(row.prompt_tokens, row.episodes, 0),
            formats.mean(row.completion_tokens, row.episodes, 0),
        ]
        for row in play.rows
    ]
    return Table("Turns and tokens an episode", names, 2, rows)


def lesson(found: Lesson) -> Table:
    """AgentTuning's Table 1; with a column for the episodes where an instruction was attempted more than once."""
    several = found.several_attempts
    names = ["task", "source of instructions", "instructions", *(["episodes"] if several else []), "kept", "average turns", "kept %"]
    return Table("What was trained on", names, 2, [_task(row, several) for row in [*found.rows, found.total]])


def _task(row: Task, several: bool) -> list[str]:
    episodes = [f"{row.episodes:,}"] if several else []
    return [_words(row.world), row.source, f"{row.instructions:,}", *episodes, f"{row.kept:,}", row.mean_turns, row.kept_share]


def streams(training: Training) -> Table:
    """What a run was trained on."""
    names = ["stream", "conversations", "tokens", "trained on", "training loss", "held-out loss"]
    rows = [[s.name, f"{s.conversations:,}", f"{s.tokens:,}", f"{s.trained_tokens:,}", s.loss, s.held_out_loss] for s in training.streams]
    return Table(f"Training run {training.name}", names, 1, rows)


def general(found: Sequence[General]) -> Table:
    """The general check."""
    rows = []
    for row in found:
        more = [formats.signed(row.difference.value), formats.signed_interval(row.difference)] if row.difference else ["", ""]
        value = [formats.score(row.value.value), formats.interval(row.value), f"{row.value.number:,}"]
        rows.append([row.measure, row.model, *value, *more])
    return Table("General check", ["measure", "model", "value", "95 % interval", "over", "difference", "95 % interval"], 2, rows)


def _words(name: str) -> str:
    return name.replace("_", " ")
