"""Where things are likely to be (`likely.toml`), and in which order a sensible person looks for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from environments.alfworld.games.facts import facts, type_of
from environments.toml_file import read_table

_RARE, _ELSEWHERE = 1.0, 0.01
"""What a place that can hold a thing weighs without a share of its own, and one that cannot."""


@cache
def shares() -> dict[str, dict[str, float]]:
    """In percent, by the type of the thing and that of the place."""
    return read_table(Path(__file__).with_name("likely.toml"), dict[str, dict[str, float]])


def weight(thing: str, place: str) -> float:
    """How likely a thing of type `thing` is in the places of type `place`."""
    rare = _RARE if thing in facts().holds[place] else _ELSEWHERE
    return max(shares().get(thing, {}).get(place, 0), rare)


def trouble(place: str) -> int:
    """The commands it takes to see what is in a place: to go there, and to open what opens."""
    return 2 if type_of(place) in facts().openable else 1


def search_order(thing: str, places: Iterable[str]) -> list[str]:
    """The names `places` in the order in which a `thing` is looked for: where it is likely, for little trouble, first."""
    names = sorted(places, key=lambda name: (type_of(name), int(name.split()[1])))
    number = Counter(map(type_of, names))

    def worth(name: str) -> float:
        kind = type_of(name)
        return weight(thing, kind) / number[kind] / trouble(name)

    return sorted(names, key=worth, reverse=True)
