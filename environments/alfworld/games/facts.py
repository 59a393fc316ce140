"""What can be done with things of a type, and what a place of a type holds: ALFRED's facts (`facts.toml`).

Types are written as ALFRED writes them (`SoapBar`, `SinkBasin`); in a game's names they are lower case (`soapbar 1`).
"""

from __future__ import annotations

import re
from collections.abc import Set
from functools import cache
from pathlib import Path

import msgspec

from environments.toml_file import read_table

_NUMBER = re.compile("[1-9][0-9]{0,2}")


class Facts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Types of places by what they hold, and sets of types: of places that open, and of things by what they bear."""

    openable: frozenset[str]
    cleanable: frozenset[str]
    heatable: frozenset[str]
    coolable: frozenset[str]
    sliceable: frozenset[str]
    hollow: frozenset[str]
    toggleable: frozenset[str]
    holds: dict[str, frozenset[str]]

    @property
    def places(self) -> Set[str]:
        """The types of all places."""
        return self.holds.keys()

    def things(self) -> frozenset[str]:
        """The types of all things: what some place holds, and lamps, which stand where they stand."""
        return self.toggleable.union(*self.holds.values())


@cache
def facts() -> Facts:
    return read_table(Path(__file__).with_name("facts.toml"), Facts)


@cache
def type_of(name: str) -> str:
    """The type of what a game calls `name`, say `soapbar 2`. Raises `ValueError` where none is so called."""
    word, _, number = name.partition(" ")
    found = _types().get(word)
    if found is None or not _NUMBER.fullmatch(number):
        raise ValueError(f"{name[:80]!a} is no type of ALFRED's and a number of 1 to 999, like 'soapbar 2'")
    return found


@cache
def _types() -> dict[str, str]:
    return {kind.lower(): kind for kind in facts().places | facts().things()}
