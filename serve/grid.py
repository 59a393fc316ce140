"""A table of texts, for the terminal or as markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from actors.terminal import one_line, safe


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
    """GitHub's table; what the texts hold of its syntax is escaped."""
    lines = [
        "| " + " | ".join(_cell(column.title) for column in grid.columns) + " |",
        "|" + "|".join("---:" if column.right else "---" for column in grid.columns) + "|",
        *("| " + " | ".join(_cell(text) for text in row) + " |" for row in grid.rows),
    ]
    return "\n".join([f"**{_cell(grid.title)}**", "", *lines])


def show(grid: Grid, console: Console) -> None:
    """The table on a terminal."""
    table = Table(title=safe(grid.title), title_justify="left", box=None, pad_edge=False)
    for column in grid.columns:
        table.add_column(column.title, justify="right" if column.right else "left")
    for row in grid.rows:
        table.add_row(*(safe(text) for text in row))
    console.print(table)


def _cell(text: str) -> str:
    escaped = one_line(text).replace("\\", "\\\\").replace("|", "\\|")
    for character in "*_`<>[]":
        escaped = escaped.replace(character, f"\\{character}")
    return escaped
