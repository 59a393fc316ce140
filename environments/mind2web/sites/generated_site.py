"""A site: what it is about and what it shows, drawn from its kind's words (`data/KIND.toml`).

Every kind has three sites, one of each split. They share templates, and differ in their words (of each list that is
drawn from, a site has the third that is its own) and in their style: which of three controls asks for the same thing.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import msgspec

from environments.contract import UserError
from environments.toml_file import read_table

SPLITS = ("train", "dev", "test")
KINDS = ("shop", "airline", "library", "forum", "jobs", "bank", "hospital", "settings")
DATA = Path(__file__).parent / "data"
DRAWS = 20
"""How often a record may be drawn for each that is wanted."""

Record = dict[str, Any]


class Records(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a site's records are made: each field of `drawn` is drawn from the site's third of a list, of `shared` from a
    whole list, of `numbers` from a range; `text` is written with the others. No two have the same title.
    """

    count: int
    drawn: dict[str, list[str]]
    shared: dict[str, list[str]] = {}
    numbers: dict[str, tuple[int, int]] = {}
    text: dict[str, str]


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What sites of a kind are made from. Lists in `words` are parted among the sites, those in `same` are not."""

    domain: str
    names: tuple[str, str, str]
    per_page: int
    records: Records
    words: dict[str, list[str]]
    same: dict[str, list[str]] = {}


class Site(NamedTuple):
    """One site. `style` (0 to 2) says which controls it has."""

    kind: str
    domain: str
    name: str
    split: str
    style: int
    per_page: int
    records: list[Record]
    words: dict[str, list[str]]


@cache
def kind_named(kind: str) -> Kind:
    """The kind's data."""
    return read_table(DATA / f"{kind}.toml", Kind)


@cache
def site(kind: str, split: str) -> Site:
    """The kind's site of this split."""
    made, number = kind_named(kind), SPLITS.index(split)
    words = {name: third(values, number) for name, values in made.words.items()} | made.same
    return Site(
        kind=kind,
        domain=made.domain,
        name=made.names[number],
        split=split,
        style=(KINDS.index(kind) + number) % len(SPLITS),
        per_page=made.per_page,
        records=drawn_records(made.records, number, Random(f"mind2web/{kind}/{split}")),
        words=words,
    )


def third(values: list[str], number: int) -> list[str]:
    """The values that only the site with this number has."""
    return values[number :: len(SPLITS)]


def drawn_records(made: Records, number: int, rng: Random) -> list[Record]:
    """The records of the site with this number. Raises `UserError` where the words are too few."""
    found: dict[str, Record] = {}
    for _ in range(made.count * DRAWS):
        if len(found) == made.count:
            return list(found.values())
        drawn = {name: rng.choice(third(values, number)) for name, values in made.drawn.items()}
        shared = {name: rng.choice(values) for name, values in made.shared.items()}
        numbers = {name: rng.randint(low, high) for name, (low, high) in made.numbers.items()}
        record: Record = {**drawn, **shared, **numbers, "id": len(found)}
        record |= {name: text.format_map(record) for name, text in made.text.items()}
        found.setdefault(record["title"], record)
    raise UserError(f"the words give {len(found)} titles, not {made.count}; give more words, or a smaller count")
