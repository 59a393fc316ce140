"""ALFRED's floor plans: which places a home has, and which of them a thing at a position is in.

ALFRED does not say which thing is in which place. Its data names places, and so do the layouts in the package
`alfworld`; and each plan says of the thing that it picks up first where that was. So a thing is where one was picked up
close by and at its height; of 6,500 such pickups this finds 97 % from the others. Elsewhere it is in the nearest place
that can hold it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable
from importlib.util import find_spec
from pathlib import Path

import msgspec

from environments.alfworld.games.facts import facts
from environments.alfworld.games.trajectories import Located, Position, Trajectory, located
from environments.contract import UserError

SAME_M = 0.3
"""Two positions of one type that are nearer than this are one place's, which a plan may see opened."""
SAME_BASIN_M = {"SinkBasin": 0.7, "BathtubBasin": 1.2}
"""A basin's own position and its sink's are farther apart."""
SAME_LAMP_M = 0.5
NEAR_M, LEVEL_M = 0.5, 0.12
"""A thing picked up within so many metres, at a height that differs by less, says where another is."""
STANDS = ("Desk", "Dresser", "SideTable", "Shelf", "CoffeeTable", "DiningTable", "CounterTop", "TVStand", "Bed")
"""Places that a lamp can stand on, or beside."""
_WHOLE = {"Sink": "SinkBasin", "Bathtub": "BathtubBasin"}


class FloorPlan:
    """The places of one home, numbered in the order of their positions, and what was seen in them."""

    def __init__(self, spots: Iterable[Located]) -> None:
        self.places: list[Located] = []
        self.lamps: list[Located] = []
        self._seen: dict[Position, Located] = {}
        self._known_spots: dict[Located, Located | None] = {}
        self._placed: dict[tuple[Located, str], Located | None] = {}
        for spot in sorted(set(spots)):
            self._add(spot)

    def _add(self, spot: Located) -> None:
        if spot.type in facts().places and self._known(spot) is None:
            self.places.append(spot)
            self._known_spots.clear()
        if spot.type in facts().toggleable and not any(_within(spot, other, SAME_LAMP_M) for other in self.lamps):
            self.lamps.append(spot)

    def _known(self, spot: Located) -> Located | None:
        """The place that something so called, there, is."""
        if spot not in self._known_spots:
            self._known_spots[spot] = self._nearest_same(spot)
        return self._known_spots[spot]

    def _nearest_same(self, spot: Located) -> Located | None:
        limit = SAME_BASIN_M.get(spot.type, SAME_M)
        same = [place for place in self.places if _within(place, spot, limit)]
        return _nearest(spot, same)

    def learn(self, trajectory: Trajectory) -> None:
        """Take note of the places that a plan names, and of where the first thing is that it picks up."""
        self._placed.clear()
        picked = False
        for step in trajectory.plan:
            spot = step.planned.place_located
            thing = located(step.planned.thing)
            if spot is not None:
                spot = Located(_WHOLE.get(spot.type, spot.type), spot.position)
                self._add(spot)
            if step.planned.action == "PickupObject" and not picked:
                picked = True
                place = self._known(spot) if spot is not None else None
                if thing is not None and place is not None:
                    self._seen[thing.position] = place

    def place_of(self, thing: Located, barred: str = "") -> Located | None:
        """The place that a thing is in, of any type but `barred`; None for what no game knows, or in an empty home."""
        if (thing, barred) not in self._placed:
            self._placed[thing, barred] = self._place_of(thing, barred)
        return self._placed[thing, barred]

    def _place_of(self, thing: Located, barred: str) -> Located | None:
        if thing.type not in facts().things():
            return None
        kinds = {kind for kind, held in facts().holds.items() if thing.type in held and kind != barred}
        seen = [
            (math.dist(position, thing.position), place)
            for position, place in self._seen.items()
            if abs(position.y - thing.position.y) < LEVEL_M and place.type in kinds
        ]
        distance, place = min(seen, default=(math.inf, None))
        return place if distance < NEAR_M else self._beside(thing, kinds, barred)

    def _beside(self, thing: Located, kinds: Collection[str], barred: str) -> Located | None:
        """The nearest place that can hold a thing. What stands on the floor, as lamps do, is at the nearest that does
        not open: a game knows no floor.
        """
        able = [place for place in self.places if place.type in kinds]
        stands = [place for place in self.places if place.type in STANDS] if thing.type in facts().toggleable else []
        open_places = [p for p in self.places if p.type not in facts().openable and p.type != barred]
        return _nearest(thing, able or stands or open_places)

    def names(self) -> dict[Located, str]:
        """The name of each place: its type, and its number among those of its type."""
        counted: Counter[str] = Counter()
        named = {}
        for place in sorted(self.places):
            counted[place.type] += 1
            named[place] = f"{place.type.lower()} {counted[place.type]}"
        return named


def _within(one: Located, other: Located, limit_m: float) -> bool:
    return one.type == other.type and math.dist(one.position, other.position) < limit_m


def _nearest(thing: Located, places: Iterable[Located]) -> Located | None:
    return min(places, key=lambda place: math.dist(place.position, thing.position), default=None)


def layout(floor_plan: str) -> list[Located]:
    """The places of a home whose positions the package `alfworld` knows. Raises `UserError` without the package."""
    package = find_spec("alfworld")  # not imported, since its modules want torch
    if package is None or not package.submodule_search_locations:
        raise UserError(
            "ALFRED's homes are rebuilt with the layouts in the package 'alfworld', which is not installed:"
            " run '.ci/install-alfworld'"
        )
    file = Path(package.submodule_search_locations[0], "gen", "layouts", f"{floor_plan}-openable.json")
    keys = msgspec.json.decode(file.read_bytes(), type=dict[str, list[float]]) if file.is_file() else {}
    return [spot for spot in map(located, keys) if spot is not None]
