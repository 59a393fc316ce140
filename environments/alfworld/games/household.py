"""A household and what is to be done in it: a task's payload, small enough to travel with the task.

    {"household": {"room": "kitchen", "places": [{"name": "fridge 1"}, …], "things": [{"name": "apple 1", …}, …]},
     "goal": {"task": "pick_cool_then_place", "thing": "Apple", "place": "CounterTop", "text": "put a cool apple …"}}

Whatever is read as a `Game` can be loaded and can be won, and is not won yet.
"""

from __future__ import annotations

import re
from collections import Counter
from enum import StrEnum

import msgspec

from environments.alfworld.games.facts import facts, type_of

LIMIT_PLACES, LIMIT_THINGS = 80, 160
"""The largest game of ALFRED's has 38 places and 65 things."""
LIMIT_TEXT = 200
_TEXT = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ,;:.'?!-]*")  # nothing that TextWorld's grammar reads as its own


class TaskType(StrEnum):
    """The six types of tasks, by AgentBench's names, which ALFRED's begin with."""

    PUT = "pick_and_place"
    CLEAN = "pick_clean_then_place"
    HEAT = "pick_heat_then_place"
    COOL = "pick_cool_then_place"
    EXAMINE = "look_at_obj"
    PUT_TWO = "pick_two_obj"


APPLIANCES = {TaskType.CLEAN: "SinkBasin", TaskType.HEAT: "Microwave", TaskType.COOL: "Fridge"}
"""Where a thing gets the state that a type of task asks for."""


class Place(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Where things are and can be put, named by type and number: `cabinet 3`. What opens is closed, or `open`."""

    name: str
    open: bool = False

    def __post_init__(self) -> None:
        if self.type not in facts().places:
            raise ValueError(f"'{self.name}' is no place")
        if self.open and not self.opens:
            raise ValueError(f"'{self.name}' is open, but does not open")

    @property
    def type(self) -> str:
        return type_of(self.name)

    @property
    def opens(self) -> bool:
        return self.type in facts().openable


class Thing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an agent can take, or switch on: its name, like `apple 1`, and the name of the place where it is."""

    name: str
    where: str

    def __post_init__(self) -> None:
        if self.type not in facts().things():
            raise ValueError(f"'{self.name}' is no thing")

    @property
    def type(self) -> str:
        return type_of(self.name)


class Household(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A room (`kitchen`, or ALFRED's floor plan), its places, and its things."""

    room: str
    places: list[Place]
    things: list[Thing]

    def __post_init__(self) -> None:
        if len(self.places) > LIMIT_PLACES or len(self.things) > LIMIT_THINGS:
            raise ValueError(f"a household has at most {LIMIT_PLACES} places and {LIMIT_THINGS} things")
        for name, number in Counter([one.name for one in self.places] + [one.name for one in self.things]).items():
            if number > 1:
                raise ValueError(f"'{name}' is there {number} times")
        places = {place.name for place in self.places}
        for thing in self.things:
            if thing.where not in places:
                raise ValueError(f"'{thing.name}' is in {thing.where[:80]!a}, which is no place of the household")

    def places_of(self, kind: str) -> list[Place]:
        """The places of a type."""
        return [place for place in self.places if place.type == kind]

    def things_of(self, kind: str) -> list[Thing]:
        """The things of a type."""
        return [thing for thing in self.things if thing.type == kind]


class Goal(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is to be done: with a thing of type `thing`, in a place of type `place`, or under a `lamp`.

    `sliced`: the thing is to be cut first, as in three games of AgentBench's list. `text` is the sentence that the
    agent reads, without its full stop.
    """

    task: TaskType
    thing: str
    text: str
    place: str = ""
    lamp: str = ""
    sliced: bool = False

    def __post_init__(self) -> None:
        if self.thing not in facts().things():
            raise ValueError(f"{self.thing[:80]!a} is no type of things")
        if len(self.text) > LIMIT_TEXT or not _TEXT.fullmatch(self.text):
            raise ValueError(f"the text of a goal is a sentence of at most {LIMIT_TEXT} letters, digits and ,;:.'?!-")
        fault = self._fault()
        if fault:
            raise ValueError(fault)

    def _fault(self) -> str:
        if self.task is TaskType.EXAMINE:
            fits = self.lamp in facts().toggleable and not self.place
            return "" if fits else f"'{self.task}' needs a lamp and no place"
        if self.lamp or self.thing not in facts().holds.get(self.place, ()):
            return f"'{self.task}' needs a place that can hold '{self.thing}' and no lamp, not {self.place[:80]!a}"
        bears = {
            TaskType.CLEAN: facts().cleanable,
            TaskType.HEAT: facts().heatable,
            TaskType.COOL: facts().coolable,
        }.get(self.task)
        if bears is not None and self.thing not in bears:
            return f"'{self.task}' cannot be done with '{self.thing}'"
        return f"'{self.thing}' cannot be sliced" if self.sliced and self.thing not in facts().sliceable else ""


class Game(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A household and a goal that can be reached in it, and is not reached yet."""

    household: Household
    goal: Goal

    def __post_init__(self) -> None:
        fault = fault_of(self.household, self.goal)
        if fault:
            raise ValueError(fault)


def fault_of(household: Household, goal: Goal) -> str:
    """Why a goal cannot be reached in a household, or is no task there; empty where it is one.

    The agent can go everywhere, everything opens, and places are never full: that what the goal names is there is all
    that it takes.
    """
    needed = 2 if goal.task is TaskType.PUT_TWO else 1
    if len(household.things_of(goal.thing)) < needed:
        return f"the goal needs {needed} of '{goal.thing}', and the household has fewer"
    for kind in filter(None, (goal.place, APPLIANCES.get(goal.task))):
        if not household.places_of(kind):
            return f"the goal needs a '{kind}', and the household has none"
    if goal.lamp and not household.things_of(goal.lamp):
        return f"the goal needs a '{goal.lamp}', and the household has none"
    if goal.sliced and not household.things_of("Knife") + household.things_of("ButterKnife"):
        return "the goal needs a knife, and the household has none"
    return "the goal is reached before the game begins" if reached(household, goal) else ""


def reached(household: Household, goal: Goal) -> bool:
    """Whether a goal that asks for nothing but places is reached as things are at the start."""
    if goal.sliced or goal.task not in (TaskType.PUT, TaskType.PUT_TWO):
        return False
    targets = {place.name for place in household.places_of(goal.place)}
    lying = Counter(thing.where for thing in household.things_of(goal.thing) if thing.where in targets)
    return max(lying.values(), default=0) >= (2 if goal.task is TaskType.PUT_TWO else 1)
