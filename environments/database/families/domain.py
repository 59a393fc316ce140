"""What a generated table can be about: the parts of a small vocabulary."""

from __future__ import annotations

from typing import NamedTuple


class Category(NamedTuple):
    """A text column with few values. `phrase` names it inside a sentence."""

    column: str
    phrase: str
    values: tuple[str, ...]


class Measure(NamedTuple):
    """A column of whole numbers, stored as text like everything else."""

    column: str
    phrase: str
    low: int
    high: int


class Companion(NamedTuple):
    """A second table about the values of a domain's first category: one text and one number for each."""

    tables: tuple[str, ...]
    attribute: Category
    measure: Measure


class Domain(NamedTuple):
    """One kind of table. Keys are drawn from all pairs of `firsts` and `seconds`, so they are unique."""

    tables: tuple[str, ...]
    thing: str
    things: str
    key: str
    firsts: tuple[str, ...]
    seconds: tuple[str, ...]
    categories: tuple[Category, ...]
    measures: tuple[Measure, ...]
    companion: Companion


def words(text: str) -> tuple[str, ...]:
    """What a comma separates."""
    return tuple(part.strip() for part in text.split(","))
