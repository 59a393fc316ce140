"""What has been seen of a household, read from what the game said; nothing else is known of it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

NAME = r"(\w+ \d+)"
_NAMES = re.compile(rf"\ban? {NAME}")
_ARRIVES = re.compile(r"You arrive at (?!loc )")
_PLACES = re.compile(r"Looking quickly around you, you see (.*)")
_INSIDE = re.compile(rf"(?:On the {NAME}|The {NAME} is open\. In it), you see (.*)\.")
_CLOSED = re.compile(rf"(?:The {NAME} is closed|You close the {NAME})\.")
_FACING = re.compile(rf"You are facing the {NAME}")
_TAKEN = re.compile(rf"You pick up the {NAME} from the {NAME}\.")
_PUT = re.compile(rf"You (?:put|move) the {NAME} (?:in/on|to) the {NAME}\.")
_TREATED = re.compile(rf"You (clean|heat|cool) the {NAME} using the {NAME}\.")
_SLICED = re.compile(rf"You sliced the {NAME} with the {NAME}\.")
_EXAMINED = re.compile(rf"This is a ((?:hot|cold|cool|clean|sliced|and| )+) {NAME}\.")
_HELD = re.compile(rf"You are (?:carrying: an? {NAME}|not carrying anything)\.")
_MOVES = re.compile(rf"(?:put|move|take) {NAME} (?:in/on|to|from) {NAME}")
_AFTER = {"clean": "clean", "heat": "hot", "cool": "cold"}
_ENDS = {"hot": "cold", "cold": "hot"}


class Home:
    """A picture of the household, as far as it was seen.

    `inside` is what lies in each place that was looked into; `states` what was done to things; `failed` the actions
    that were tried and did not do what they say; `arrives` whether the grammar is today's, which says where one is.
    """

    def __init__(self) -> None:
        self.places: list[str] = []
        self.inside: dict[str, list[str]] = {}
        self.closed: set[str] = set()
        self.here = ""
        self.held = ""
        self.taken_from = ""
        self.states: dict[str, set[str]] = defaultdict(set)
        self.failed: set[str] = set()
        self.arrives = False

    def unseen(self, place: str) -> bool:
        """Whether nobody knows yet what is in a place."""
        return place not in self.inside

    def lying(self, kind: str) -> Iterable[tuple[str, str]]:
        """Things of a kind that lie somewhere, and where."""
        return [(thing, place) for place, things in self.inside.items() for thing in things if kind_of(thing) == kind]

    def hear(self, action: str, said: str) -> None:
        """Take in what the game said to an action ("" for the task itself)."""
        self.arrives |= _ARRIVES.match(said) is not None
        if found := _PLACES.search(said):
            self.places = self.places or _NAMES.findall(found[1])
        if found := _FACING.search(said):
            self.here = found[1]
        self._look(said)
        self._change(said)
        if _MOVES.fullmatch(action) and not (_TAKEN.search(said) or _PUT.search(said)):
            self.failed.add(action)

    def _look(self, said: str) -> None:
        if found := _INSIDE.search(said):
            self.here = found[1] or found[2]
            self.inside[self.here] = _NAMES.findall(found[3])
            self.closed.discard(self.here)
        if found := _CLOSED.search(said):
            self.here = found[1] or found[2]
            self.closed.add(self.here)
        if found := _EXAMINED.search(said):
            self.states[found[2]] |= {"cold" if word == "cool" else word for word in found[1].split()} - {"and"}

    def _change(self, said: str) -> None:
        if found := _TAKEN.search(said):
            self.held, self.here = found[1], found[2]
            self.taken_from = self.here
            if self.held in self.inside.get(self.here, ()):
                self.inside[self.here].remove(self.held)
        if found := _PUT.search(said):
            self.held, self.here = "", found[2]
            self.inside.setdefault(self.here, []).append(found[1])
        if found := _TREATED.search(said):
            state, self.here, self.held = _AFTER[found[1]], found[3], found[2]
            self.states[self.held] |= {state}
            self.states[self.held] -= {_ENDS.get(state, "")}
        if found := _SLICED.search(said):
            self.states[found[1]].add("sliced")
        if found := _HELD.search(said):
            self.held = found[1] or ""


def kind_of(name: str) -> str:
    """`apple` of `apple 2`."""
    return name.partition(" ")[0]
