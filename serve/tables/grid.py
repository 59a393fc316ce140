"""A table of texts, for the terminal or as markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from actors.program.terminal import safe
from serve.tables.markdown_text import escaped


class Column(NamedTuple):
    """A heading; numbers stand on the right."""

    title: str
    right: bool = False


class Grid(NamedTuple):
    """What is shown: pure data, one text for each column in each row."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]


def markdown(grid: Grid) -> str:
    """The title and the table."""
    return "\n".join([f"**{escaped(grid.title)}**", "", *table(grid)])


def table(grid: Grid) -> list[str]:
    """GitHub's table, and an empty line behind it; what the texts hold of its syntax is escaped."""
    names = [escaped(column.title) for column in grid.columns]
    ruler = ["---:" if column.right else "---" for column in grid.columns]
    return [f"| {' | '.join(row)} |" for row in (names, ruler, *(map(escaped, row) for row in grid.rows))] + [""]


def show(grid: Grid, console: Console) -> None:
    """The table on a terminal."""
    shown = Table(title=safe(grid.title), title_justify="left", box=None, pad_edge=False)
    for column in grid.columns:
        shown.add_column(safe(column.title), justify="right" if column.right else "left")
    for row in grid.rows:
        shown.add_row(*(safe(text) for text in row))
    console.print(shown)
