"""What the generated tables are about. A domain belongs to one side, with all its names and values."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from environments.database.vocabulary.side import Side
from environments.toml_file import read_entries

FOLDER = Path(__file__).parent / "domains"
FILES = {
    Side.TRAIN: (
        "society",
        "culture",
        "leisure",
        "nature",
        "science",
        "trade",
        "machines",
        "farming",
        "pastimes",
        "arts",
    ),
    Side.EVALUATION: ("evaluation",),
}
"""The files of a side. Their order, and that of all that stands in them, decides what a seed draws."""

Word = Annotated[str, Meta(min_length=1)]
Words = Annotated[tuple[Word, ...], Meta(min_length=2)]
KeyWords = Annotated[tuple[Word, ...], Meta(min_length=15, max_length=15)]


class Category(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text column with few values. `phrase` names it inside a sentence."""

    column: Word
    phrase: Word
    values: Words


class Measure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A column of whole numbers, stored as text like everything else."""

    column: Word
    phrase: Word
    low: int
    high: int

    def __post_init__(self) -> None:
        if self.low >= self.high:
            raise ValueError(f"'low' is {self.low} and 'high' is {self.high}: give a lower and a higher number")


class Companion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A second table about the values of a domain's first category: one text and one number for each."""

    tables: Words
    attribute: Category
    measure: Measure


class Domain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of table. Keys are drawn from all pairs of `firsts` and `seconds`, so they are unique."""

    tables: Annotated[tuple[Word, ...], Meta(min_length=1)]
    thing: Word
    things: Word
    key: Word
    firsts: KeyWords
    seconds: KeyWords
    categories: Annotated[tuple[Category, ...], Meta(min_length=2)]
    measures: Annotated[tuple[Measure, ...], Meta(min_length=3)]
    companion: Companion


@cache
def domains() -> Mapping[Side, tuple[Domain, ...]]:
    """All domains, read once. Raises `UserError` where a file of them is wrong."""
    return {
        side: tuple(domain for name in names for domain in read_entries(FOLDER / f"{name}.toml", Domain).values())
        for side, names in FILES.items()
    }
