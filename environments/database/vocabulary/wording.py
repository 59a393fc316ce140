"""What tasks say: ways to say each thing, for each side, one file a subject.

The fields here are the entries of the files, so that a name that code uses and a file lacks is found when it is read.
"""

from __future__ import annotations

import string
from functools import cache
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from environments.database.vocabulary.side import Side
from environments.toml_file import read_table

FOLDER = Path(__file__).parent / "wordings"
ALWAYS = ("table", "thing", "things")
"""The slots that a scene fills in every sentence."""

Sentences = Annotated[tuple[Annotated[str, Meta(min_length=1)], ...], Meta(min_length=1)]


class Phrases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ways to say one thing, for each side. `slots`: the names in braces that its sentences may have besides those of
    `ALWAYS`.
    """

    train: Sentences
    evaluation: Sentences
    slots: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        used = {slot for sentence in (*self.train, *self.evaluation) for slot in _slots(sentence, self.slots)}
        if idle := set(self.slots) - used:
            raise ValueError(f"no sentence has the slot '{min(idle)}': take it from 'slots'")

    def of(self, side: Side) -> tuple[str, ...]:
        """Those that belong to a side."""
        return self.train if side is Side.TRAIN else self.evaluation


def _slots(sentence: str, known: tuple[str, ...]) -> set[str]:
    """The slots of a sentence. Raises `ValueError` for one that is not known, or has a format of its own."""
    try:
        parts = list(string.Formatter().parse(sentence))
    except ValueError as error:
        raise ValueError(f"'{sentence}': {error}; a slot is a name in braces") from None
    for _, slot, layout, conversion in parts:
        if slot is not None and (layout or conversion or slot not in (*known, *ALWAYS)):
            written = slot + (f"!{conversion}" if conversion else "") + (f":{layout}" if layout else "")
            raise ValueError(f"'{sentence}' has the slot '{written}'; known are {', '.join((*known, *ALWAYS))}")
    return {slot for _, slot, _, _ in parts if slot is not None}


class Framing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands around a task."""

    prefaces: Phrases
    closings: Phrases


class Conditions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What follows a noun and says which of its rows are meant."""

    equal: Phrases
    unequal: Phrases
    either: Phrases
    both: Phrases
    but_not: Phrases
    compared: Phrases
    equal_and_compared: Phrases
    between: Phrases
    begins: Phrases
    ends: Phrases
    missing: Phrases
    above_average: Phrases


class Signs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a number compares to another."""

    more_than: Phrases
    less_than: Phrases
    at_least: Phrases
    at_most: Phrases


class Extremes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The top and the bottom; `nth_…` after "second", "third" and so on."""

    highest: Phrases
    lowest: Phrases
    nth_highest: Phrases
    nth_lowest: Phrases


class Counting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Questions for a number of rows or of values."""

    count: Phrases
    count_distinct: Phrases


class Lookup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Questions for a value."""

    by_key: Phrases
    two_columns: Phrases
    by_value: Phrases
    by_two_values: Phrases


class Listing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Questions for several rows or values."""

    names: Phrases
    distinct_values: Phrases


class Ranking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Questions for the first, the last or the n-th."""

    first: Phrases
    first_few: Phrases
    value_of_first: Phrases
    first_of_named: Phrases


class Aggregation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Questions for sums, extremes and averages."""

    sum: Phrases
    extreme: Phrases
    average: Phrases
    spread: Phrases


class Grouping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Questions for a group of rows."""

    most_common: Phrases
    rarest: Phrases
    by_sum: Phrases
    by_average: Phrases
    by_size: Phrases


class Joining(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Questions over two tables."""

    count: Phrases
    lookup: Phrases
    first: Phrases
    sum: Phrases


class Insertion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows to add."""

    whole_row: Phrases
    partial_row: Phrases
    row_with_null: Phrases
    two_rows: Phrases
    two_partial_rows: Phrases
    row_like_another: Phrases


class Updating(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows to change."""

    one_value: Phrases
    two_values: Phrases
    rename: Phrases
    replace: Phrases
    set: Phrases
    clear: Phrases
    raise_all: Phrases
    lower_all: Phrases
    raise_one: Phrases
    lower_one: Phrases


class Deletion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows to remove."""

    one_row: Phrases
    two_rows: Phrases
    matching_rows: Phrases
    first_row: Phrases


class Wordings(msgspec.Struct, frozen=True, kw_only=True):
    """All of them: a field for each file."""

    framing: Framing
    conditions: Conditions
    signs: Signs
    extremes: Extremes
    counting: Counting
    lookup: Lookup
    listing: Listing
    ranking: Ranking
    aggregation: Aggregation
    grouping: Grouping
    joining: Joining
    insertion: Insertion
    updating: Updating
    deletion: Deletion


@cache
def wordings() -> Wordings:
    """All wordings, read once. Raises `UserError` where a file of them is wrong."""
    files = msgspec.structs.fields(Wordings)
    return Wordings(**{file.name: read_table(FOLDER / f"{file.name}.toml", file.type) for file in files})
