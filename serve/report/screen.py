"""The report's tables in the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table as Drawn

from actors.terminal import one_line, safe
from serve.report import tables
from serve.report.contents import Contents
from serve.report.tables import Table


def screen(contents: Contents) -> Iterator[Drawn | str]:
    """What to print, in order: scores, endings, what was trained on, the general check, and what must be known beside them."""
    yield from map(_drawn, tables.scores(contents))
    yield _drawn(tables.endings(contents.play))
    if contents.lesson:
        yield _drawn(tables.lesson(contents.lesson))
    if contents.general:
        yield _drawn(tables.general(contents.general))
    yield from map(one_line, contents.remarks)


def _drawn(table: Table) -> Drawn:
    drawn = Drawn(title=safe(table.title), title_justify="left")
    for number, name in enumerate(table.names):
        drawn.add_column(safe(name), justify="left" if number < table.words else "right", no_wrap=number >= table.words)
    for number, row in enumerate(table.rows):
        repeated = number and row[0] == table.rows[number - 1][0]
        drawn.add_row(*map(safe, ["" if repeated else row[0], *row[1:]]), end_section=number in table.breaks)
    return drawn
