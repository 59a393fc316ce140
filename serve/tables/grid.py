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


class Strong(str):
    """A cell in bold."""

    __slots__ = ()


class Grid(NamedTuple):
    """What is shown: pure data, one text for each column in each row; `notes` stand below the table, line by line."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()


def markdown(grid: Grid) -> str:
    """The title and the table."""
    return "\n".join([f"**{escaped(grid.title)}**", "", *table(grid)])


def table(grid: Grid) -> list[str]:
    """GitHub's table and its notes, and an empty line behind each; what the texts hold of its syntax is escaped."""
    names = [escaped(column.title) for column in grid.columns]
    ruler = ["---:" if column.right else "---" for column in grid.columns]
    rows = [f"| {' | '.join(row)} |" for row in (names, ruler, *(map(_cell, row) for row in grid.rows))]
    notes = [f"- {escaped(note)}" for note in grid.notes]
    return [*rows, "", *notes, *([""] if notes else [])]


def _cell(text: str) -> str:
    return f"**{escaped(text)}**" if isinstance(text, Strong) else escaped(text)


def show(grid: Grid, console: Console) -> None:
    """The table and its notes on a terminal."""
    shown = Table(title=safe(grid.title), title_justify="left", box=None, pad_edge=False)
    for column in grid.columns:
        shown.add_column(safe(column.title), justify="right" if column.right else "left")
    for row in grid.rows:
        shown.add_row(*(safe(text, style="bold" if isinstance(text, Strong) else "") for text in row))
    console.print(shown)
    for note in grid.notes:
        console.print(safe(note), soft_wrap=True)
