"""What the project's own graph is about: kinds of things (`kinds.toml`), how they are related (`edges.toml`), and how a
question words a relation.

The names of types and relations are in Freebase's manner (`domain.type.property`), a few of them Freebase's own. Every
relation has a reverse. What hangs together in threes goes through a nameless node (a compound value), as it does in
Freebase.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from environments.contract import UserError
from environments.toml_file import read_entries

KINDS = Path(__file__).with_name("kinds.toml")
EDGES = Path(__file__).with_name("edges.toml")

Word = Annotated[str, Meta(min_length=1)]
Count = Annotated[int, Meta(ge=0)]


class Attribute(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A number or a date of a kind, from `low` to `high` (a date's are years). `most` and `least` are what a question
    calls its largest and smallest value.
    """

    name: Word
    value: Literal["int", "float", "date"]
    low: int | float
    high: int | float
    most: Word
    least: Word

    def __post_init__(self) -> None:
        if self.low >= self.high:
            raise ValueError(f"'low' is {self.low} and 'high' is {self.high}: give a lower and a higher number")


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Things of one sort: `type` is their first type, `plural` what a question calls them, `words` how their names are
    made.
    """

    key: Word
    type: Word
    plural: Word
    words: Annotated[tuple[Word, ...], Meta(min_length=1)]
    many: Count
    attributes: tuple[Attribute, ...] = ()


class Edge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`source` has `low` to `high` targets by `relation`. `phrase` and `back_phrase` have `{}` where the other end's
    words go.

    `through` is the type of a nameless node in between; then `relation` leads to that node and `onward` from it to the
    target, and the reverse way is `back` (to the node) and `home` (from it to the source).
    """

    relation: Word
    source: Word
    target: Word
    back: Word
    low: Count
    high: Count
    phrase: Word
    back_phrase: Word
    through: str = ""
    onward: str = ""
    home: str = ""

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError(f"'low' is {self.low} and 'high' is {self.high}: give a lower and a higher number")
        if len({bool(each) for each in (self.through, self.onward, self.home)}) > 1:
            raise ValueError("give all of 'through', 'onward' and 'home', or none")
        for phrase in (self.phrase, self.back_phrase):
            if phrase.count("{}") != 1 or {*phrase.replace("{}", "")} & {*"{}"}:
                raise ValueError(f"'{phrase}' must have '{{}}' once, and no other brace")


@cache
def kinds() -> tuple[Kind, ...]:
    """All kinds, read once. Raises `UserError` where their file is wrong."""
    return tuple(read_entries(KINDS, Kind, name_field="key").values())


@cache
def edges() -> tuple[Edge, ...]:
    """All relations, read once. Raises `UserError` where their file is wrong."""
    found = read_entries(EDGES, Edge, name_field="relation")
    known = {kind.key for kind in kinds()}
    for relation, edge in found.items():
        for field, end in (("source", edge.source), ("target", edge.target)):
            if end not in known:
                raise UserError(f"{EDGES}: entry '{relation}', field '{field}': {KINDS.name} has no kind '{end}'")
    return tuple(found.values())
