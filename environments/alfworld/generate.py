"""Procedural households and what is to be done in them: any number, from a seed, and each can be won.

A task depends on (seed, family, number) and the side of its split alone, so any slice of a run can be made again by
itself. Which places a household has decides its side: a household that is trained on has no like among the others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from random import Random

import msgspec

from environments.alfworld.games.generator import draw_household, draw_wish, rooms
from environments.alfworld.games.household import Game, Household, TaskType
from environments.alfworld.games.sentences import sentences
from environments.contract import Task
from environments.generation import trains, turns

LIMIT_HOUSEHOLDS = 500
"""A family that finds nothing to ask for in so many households has a defect."""
SHARE_OWN_WORDS = 0.5
"""How many of the goals that are trained on are told in this project's own words; all others in ALFWorld's."""


def families() -> list[str]:
    """The six types of tasks, in the order in which they take turns."""
    return list(TaskType)


def generate(count: int, seed: int, split: str, families_wanted: Sequence[str] = ()) -> Iterator[Task]:
    """`count` tasks, round robin over `families_wanted` (all where empty). No household of `train` has the places of
    one of another split. Raises `UserError` for an unknown family.
    """
    for name, number in turns("alfworld", families(), families_wanted, count):
        yield _task(TaskType(name), seed, number, split)


def on_side(household: Household, split: str) -> bool:
    """Whether a household belongs to a split: by its places, half of all are trained on and the others measure."""
    places = ",".join(sorted(place.name for place in household.places))
    return bool(hashlib.blake2b(places.encode(), digest_size=1).digest()[0] & 1) is trains(split)


def _task(family: TaskType, seed: int, number: int, split: str) -> Task:
    game = _game(family, f"alfworld/{trains(split)}/{seed}/{family}/{number}", split)
    return Task(
        id=f"alfworld-{family}-{seed}-{number}" + ("" if trains(split) else "-test"),
        environment="alfworld",
        split=split,
        source="generated",
        payload=msgspec.to_builtins(game),
        seed=seed,
        family=str(family),
        reference={},
    )


def _game(family: TaskType, name: str, split: str) -> Game:
    fitting = [room for room, kind in rooms().items() if family in kind.tasks]
    for attempt in range(LIMIT_HOUSEHOLDS):
        rng = Random(f"{name}/{attempt}")
        household = draw_household(rng, rng.choice(fitting))
        wish = draw_wish(rng, household, family) if on_side(household, split) else None
        if wish is not None:
            return wish.told(_form(family, rng, split), household)
    raise RuntimeError(f"family '{family}' finds nothing to ask for in {LIMIT_HOUSEHOLDS} households")


def _form(family: TaskType, rng: Random, split: str) -> str:
    said = sentences()[family]
    return rng.choice(said.own if trains(split) and rng.random() < SHARE_OWN_WORDS else said.template)
