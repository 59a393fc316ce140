"""Where a thing is likely to be (`likely.toml`): how many of its kind a place of each kind holds on average, in those
of ALFRED's rooms that have one.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from environments.alfworld.games.facts import facts
from environments.toml_file import read_entries

UNLIKELY = 0.001
"""Of places in which ALFRED has no such thing."""


@cache
def _likely() -> dict[str, dict[str, float]]:
    return read_entries(Path(__file__).with_name("likely.toml"), dict[str, float])


def likely(thing: str, place: str) -> float:
    """How many things of a kind to expect in one place of a kind."""
    return _likely().get(thing, {}).get(place, UNLIKELY)


@cache
def opens(place: str) -> bool:
    """Whether places of a kind open."""
    return place in {kind.lower() for kind in facts().openable}


@cache
def holds(place: str, thing: str) -> bool:
    """Whether a place of a kind can hold a thing of a kind."""
    return any(kind.lower() == place and thing in map(str.lower, held) for kind, held in facts().holds.items())
