"""Households of this project's own, and what is to be done in them: drawn from `rooms.toml`, with things where
they are likely to be.

Every game can be won, and within `LIMIT_STEPS` commands by who looks in likely places first.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random

import msgspec

from environments.alfworld.expert.likely import UNLIKELY, likely, opens
from environments.alfworld.games.facts import facts
from environments.alfworld.games.household import APPLIANCES, Game, Household, Place, TaskType, Thing, fault_of
from environments.alfworld.games.sentences import goal
from environments.toml_file import read_entries, read_table

LIMIT_STEPS = 30
"""Of AgentBench's 35."""
SHARE_OPEN = 0.05
"""How many of the places that open are open at the start."""


class Room(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of room: what can be asked for in it, and the fewest and most of each type of places and things."""

    tasks: frozenset[TaskType]
    places: dict[str, tuple[int, int]]
    things: dict[str, tuple[int, int]]


class _Groups(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    groups: list[frozenset[str]]


class Wish(msgspec.Struct, frozen=True):
    """What a goal is about, before it is a sentence."""

    task: TaskType
    thing: str
    place: str = ""
    lamp: str = ""

    def told(self, form: str, household: Household) -> Game:
        """The game whose goal is told in the words of `form`."""
        return Game(household, goal(self.task, form, thing=self.thing, place=self.place, lamp=self.lamp))


@cache
def rooms() -> dict[str, Room]:
    """The kinds of rooms by name."""
    return read_entries(Path(__file__).with_name("rooms.toml"), Room)


@cache
def look_alikes() -> list[frozenset[str]]:
    """Groups of types that are easily taken for each other."""
    return read_table(Path(__file__).with_name("look_alikes.toml"), _Groups).groups


def draw_household(rng: Random, name: str) -> Household:
    """A household of one kind of room. A thing none of whose likely places is there is left out."""
    room = rooms()[name]
    places = [
        Place(f"{kind.lower()} {number}", open=kind in facts().openable and rng.random() < SHARE_OPEN)
        for kind, (fewest, most) in room.places.items()
        for number in range(1, rng.randint(fewest, most) + 1)
    ]
    things = []
    for kind, (fewest, most) in room.things.items():
        weights = {place.name: likely(kind.lower(), place.type.lower()) for place in places if _can_hold(place, kind)}
        possible = {name: weight for name, weight in weights.items() if weight > UNLIKELY}
        for number in range(1, rng.randint(fewest, most) + 1 if possible else 0):
            [where] = rng.choices(list(possible), list(possible.values()))
            things.append(Thing(f"{kind.lower()} {number}", where))
    return Household(name, places, things)


def _can_hold(place: Place, kind: str) -> bool:
    return kind in facts().holds[place.type] or kind in facts().toggleable


def draw_wish(rng: Random, household: Household, task: TaskType) -> Wish | None:
    """Something of a type of task that is worth asking for in a household; None where there is nothing."""
    things = sorted({thing.type for thing in household.things} - facts().toggleable)
    rng.shuffle(things)
    for thing in things:
        wishes = [wish for wish in _wishes(household, task, thing) if _can_be_asked(household, wish)]
        if wishes and has_look_alike(household, thing):
            wish = rng.choice(wishes)
            if steps(household, wish) <= LIMIT_STEPS:
                return wish
    return None


def _wishes(household: Household, task: TaskType, thing: str) -> list[Wish]:
    if task is TaskType.EXAMINE:
        lamps = sorted({other.type for other in household.things} & facts().toggleable)
        return [Wish(task, thing, lamp=lamp) for lamp in lamps]
    kinds = sorted({place.type for place in household.places})
    return [Wish(task, thing, place) for place in kinds if thing in facts().holds[place]]


def _can_be_asked(household: Household, wish: Wish) -> bool:
    try:
        asked = goal(wish.task, "x", thing=wish.thing, place=wish.place, lamp=wish.lamp)
    except ValueError:  # such a thing cannot be washed, or heated, or cooled
        return False
    return not fault_of(household, asked)


def has_look_alike(household: Household, thing: str) -> bool:
    """Whether something in a household can be taken for a `thing`, or nothing in such a room could."""
    alike = frozenset().union(*(group for group in look_alikes() if thing in group)) - {thing}
    alike &= rooms()[household.room].things.keys()
    return not alike or any(other.type in alike for other in household.things)


def steps(household: Household, wish: Wish) -> int:
    """The commands that a wish takes who looks in likely places first, and goes back for nothing."""
    needed = 2 if wish.task is TaskType.PUT_TWO else 1
    found = _search(household, wish.thing, needed)
    if wish.task is TaskType.EXAMINE:
        return found + 1 + _search(household, wish.lamp, 1) + 1
    fetched = 2 * needed  # taken and put
    ways = needed * _trouble(household.places_of(wish.place)[0]) + (needed - 1) * 2  # there, and back to searching
    return found + fetched + ways + (3 if wish.task in APPLIANCES else 0)


def _search(household: Household, kind: str, needed: int) -> int:
    """The commands until so many things of a type are seen."""
    there = [thing.where for thing in household.things_of(kind)]
    spent = seen = 0
    for place in search_order(household, kind):
        spent += _trouble(place)
        seen += there.count(place.name)
        if seen >= needed:
            break
    return spent


def search_order(household: Household, kind: str) -> list[Place]:
    """The places in the order in which a thing of a type is looked for: where it is likely, for little trouble."""
    return sorted(
        household.places,
        key=lambda place: likely(kind.lower(), place.type.lower()) / _trouble(place),
        reverse=True,
    )


def _trouble(place: Place) -> int:
    """The commands it takes to see what is in a place: to go there, and to open it."""
    return 2 if opens(place.type.lower()) and not place.open else 1
