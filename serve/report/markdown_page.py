"""The report in markdown: the same tables and examples, for a README or a pull request.

What anybody wrote stands in it as text alone (`serve.tables.markdown_text`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from serve.report import tables
from serve.report.contents import Contents
from serve.report.example_episodes import Example, Said, Shown
from serve.tables import formats
from serve.tables.grid import Column, Grid, table
from serve.tables.markdown_text import escaped, fenced


def markdown(contents: Contents) -> str:
    """The whole text."""
    return "\n".join(_lines(contents)) + "\n"


def _lines(contents: Contents) -> Iterator[str]:
    yield from _heading(1, contents.title)
    models = [[model.name, model.identity, f"{model.episodes:,}"] for model in contents.models]
    yield from table(Grid("", [Column("model"), Column("LLM"), Column("episodes", right=True)], models))
    for remark in contents.remarks:
        yield f"- {escaped(remark)}"
    yield ""
    yield from _heading(2, "Scores")
    yield f"With 95 % intervals over tasks; differences are paired, with {escaped(contents.models[0].name)}."
    if contents.standings.test:
        yield escaped(contents.standings.test)
    yield ""
    for grid in tables.scores(contents):
        yield from _titled(grid, 3)
    yield from (f"- {escaped(note)}" for note in contents.notes)
    yield ""
    for grid in (*contents.measures, *tables.families(contents)):
        yield from _titled(grid)
    yield from _titled(tables.endings(contents.play))
    yield from _titled(tables.effort(contents.play))
    if contents.training_data:
        yield from _titled(tables.training_data(contents.training_data))
    for training in contents.trainings:
        yield from _titled(tables.streams(training))
        yield from (f"- {escaped(name)}: {escaped(fact)}" for name, fact in training.facts.items())
        yield ""
    if contents.general:
        yield from _titled(tables.general(contents.general))
    yield from _examples(contents.examples)


def _heading(level: int, text: str) -> list[str]:
    return [f"{'#' * level} {escaped(text)}", ""]


def _titled(grid: Grid, level: int = 2) -> list[str]:
    return _heading(level, grid.title) + table(grid)


def _examples(examples: Sequence[Example]) -> Iterator[str]:
    if examples:
        yield from _heading(2, "Examples")
        yield (
            "Chosen by a rule that report.html states; what stands before the task (instruction, demonstration) is only"
            " there, and so is the list of all failures."
        )
        yield ""
    for column, of_column in groupby(examples, lambda example: example.column):
        yield from _heading(3, column)
        for example in of_column:
            yield from _heading(4, f"{formats.words(example.environment)}: {example.reason} ({example.task_id})")
            for number, play in enumerate(example.plays):
                yield from _play(play, with_task=not number or not example.shared_opening)


def _play(play: Shown, with_task: bool) -> Iterator[str]:
    if with_task:
        yield from (line for said in play.task for line in _said(said))
    verdict = f"{'solved' if play.solved else 'failed'}, score {formats.score(play.score)}, {play.ending}"
    yield f"**{escaped(play.model)}**: {escaped(verdict)}"
    yield ""
    if play.judged:
        yield f"- expected: {escaped(play.judged.expected)}"
        yield f"- answered: {escaped(play.judged.answered)}"
        yield ""
    for said in play.turns:
        yield from _said(said)
    if play.error:
        yield escaped(play.error)
        yield ""


def _said(said: Said) -> list[str]:
    return [f"{said.label}:", "", *fenced(said.text + said.action)]
