"""Procedural shopping tasks over the generated catalogue: any number, from a seed, each with a reference solution.

A task depends on (seed, family, number) and, for what is held out, on the split alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from random import Random

import msgspec

from environments.contract import Task
from environments.generation import trains, turns
from environments.webshop.families import FAMILIES, Family, Scene, draw
from environments.webshop.payload import Payload
from environments.webshop.products.synthetic import NAME

LIMIT_SCENES = 2000
"""A family that finds no clear task in so many scenes has a defect."""

WORDINGS = (
    "i am looking for a {what} with {attributes}{options}{price}",
    "i need a {what} that has {attributes}{options}{price}",
    "find me a {what}; it should come with {attributes}{options}{price}",
    "please get me a {what}. what matters to me is {attributes}{options}{price}",
    "i would like to buy a {what} offering {attributes}{options}{price}",
    "can you order a {what} for me, with {attributes}{options}{price}",
)
OPTION_WORDINGS = (", with {name}: {value}", ", and i want the {name} {value}", ", {name} {value}")
PRICE_WORDINGS = (
    ", and price lower than {limit:.2f} dollars",
    ", for less than {limit:.2f} dollars",
    ", and it must cost under {limit:.2f} dollars",
)


def families() -> list[str]:
    """The names of all families, in the order in which they take turns."""
    return list(FAMILIES)


def generate(count: int, seed: int, split: str, families_wanted: Sequence[str] = ()) -> Iterator[Task]:
    """`count` tasks, round robin over `families_wanted` (all where empty). Every split but `train` asks for products
    that `train` never asks for. Raises `UserError` for an unknown family."""
    for name, number in turns("webshop", families(), families_wanted, count):
        yield _task(name, seed, number, split)


def _task(name: str, seed: int, number: int, split: str) -> Task:
    family = FAMILIES[name]
    for attempt in range(LIMIT_SCENES):
        rng = Random(f"webshop/{seed}/{name}/{number}/{attempt}")
        scene = draw(family, rng, split)
        if scene is not None:
            return _finish(name, seed, number, split, family, scene, rng)
    raise RuntimeError(f"family '{name}' finds no clear task in {LIMIT_SCENES} scenes")


def _finish(name: str, seed: int, number: int, split: str, family: Family, scene: Scene, rng: Random) -> Task:
    goal = scene.goal(_instruction(family, scene, rng))
    return Task(
        id=f"webshop-{name}-{seed}-{number}" + ("" if trains(split) else "-test"),
        environment="webshop",
        split=split,
        source="generated",
        payload=msgspec.to_builtins(Payload(NAME, goal)),
        seed=seed,
        family=name,
        reference={
            "query": _query(family, scene),
            "asin": goal.asin,
            "options": list(scene.options.values()),
            "look": family.hidden,
        },
    )


def _instruction(family: Family, scene: Scene, rng: Random) -> str:
    ware, brand = scene.target.ware, scene.target.brand
    said = rng.choice(OPTION_WORDINGS)
    text = rng.choice(WORDINGS).format(
        what=f"{brand.lower()} {ware.thing}" if family.brand else ware.thing,
        attributes=" and ".join(scene.attributes),
        options="".join(said.format(name=name, value=value) for name, value in scene.options.items()),
        price="" if scene.limit is None else rng.choice(PRICE_WORDINGS).format(limit=scene.limit),
    )
    return re.sub(r"\ba (?=[aeiou])", "an ", text)


def _query(family: Family, scene: Scene) -> str:
    """What a customer types who read the instruction: brand, kind, and what titles show."""
    named = scene.attributes[: family.title]
    return " ".join([*([scene.target.brand.lower()] if family.brand else []), scene.target.ware.thing, *named])
