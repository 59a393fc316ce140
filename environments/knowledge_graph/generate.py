"""Procedural questions from a graph: any number, from a seed, each with its gold calls and an answer worked out in
Python.

A task depends on (seed, family, number) and the graph alone, so any slice of a run can be made again by itself.

    generate(…)          from the project's own graph
    generate_from(…)     from any graph that can be walked (source.py), say a store on disk with AgentBench's ontology
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib import import_module
from random import Random
from typing import NamedTuple

import msgspec

from environments.contract import Task, UserError
from environments.generation import trains, turns
from environments.knowledge_graph.families.draft import FAMILIES, Draft
from environments.knowledge_graph.families.scene import LIMIT_ANSWERS, Scene
from environments.knowledge_graph.families.wording import Phrases, own_phrases
from environments.knowledge_graph.ontology import Ontology
from environments.knowledge_graph.payload import Payload
from environments.knowledge_graph.programs.calls import calls_for
from environments.knowledge_graph.programs.program import Entity, Join, Program, entities, parts, s_expression
from environments.knowledge_graph.source import Source, TooMany
from environments.knowledge_graph.synthetic.graph import own_graph, own_ontology

ROOMS = ("chains", "meetings", "counting", "extremes")
LIMIT_SCENES = 12_000
"""A family that finds no clear question in so many draws has a defect, or the graph has nothing for it."""
LIMIT_CALLS = 14
"""One reply of AgentBench's fifteen is the answer."""


class Ground(NamedTuple):
    """What questions are made from."""

    source: Source
    ontology: Ontology
    phrases: Phrases
    starts: Sequence[str]


@cache
def own_ground() -> Ground:
    """The project's own graph."""
    return Ground(own_graph(), own_ontology(), own_phrases(), own_graph().starts())


def families() -> list[str]:
    """The names of all families, in the order in which they take turns."""
    for room in ROOMS:
        import_module(f"environments.knowledge_graph.families.{room}")
    return list(FAMILIES)


def generate(count: int, seed: int, split: str, families_wanted: Sequence[str] = ()) -> Iterator[Task]:
    """`count` tasks on the own graph, round robin over `families_wanted` (all where empty).

    Raises `UserError` for an unknown family.
    """
    return generate_from(own_ground(), count, seed, split, families_wanted)


def ground(source: Source, ontology: Ontology) -> Ground:
    """Any other graph, whose relations are worded by their names."""
    return Ground(source, ontology, Phrases(), source.starts())


def generate_from(
    ground: Ground, count: int, seed: int, split: str, families_wanted: Sequence[str] = (), name: str = "own"
) -> Iterator[Task]:
    """The same on any ground; `name` tells its tasks from another's. No question of `train` is one of another split.

    Raises `UserError` where the graph has nothing for a family.
    """
    for family, number in turns("knowledge_graph", families(), families_wanted, count):
        yield _task(ground, family, seed, number, split, name)


def on_side(nodes: Iterable[str], split: str) -> bool:
    """Whether a question from these nodes belongs to a split: by the first of them, half of all are trained on and the
    others measure, so that no question that was trained on is asked again.
    """
    return bool(hashlib.blake2b(min(nodes).encode(), digest_size=1).digest()[0] & 1) is trains(split)


def _task(ground: Ground, name: str, seed: int, number: int, split: str, graph: str) -> Task:
    if not ground.starts:
        raise UserError(f"the graph '{graph}' has no named node to start from")
    for attempt in range(LIMIT_SCENES):
        rng = Random(f"knowledge_graph/{graph}/{seed}/{name}/{number}/{attempt}")
        scene = Scene(rng, *ground)
        try:
            draft = FAMILIES[name](scene)
            task = _finish(scene, draft, name, seed, number, split, graph) if draft is not None else None
        except TooMany:
            continue
        if task is not None:
            return task
    raise UserError(
        f"the graph '{graph}' has nothing for the family '{name}' in {LIMIT_SCENES} draws; name other families"
    )


def _finish(scene: Scene, draft: Draft, name: str, seed: int, number: int, split: str, graph: str) -> Task | None:
    """The task, or None where it is another split's, its answer is empty, too long, or reached by a shorter way, or its
    names are not clear.
    """
    if not on_side(entities(draft.program), split):
        return None
    answers = sorted(scene.members(draft.program))
    named = {entity: scene.source.name(entity) for entity in entities(draft.program)}
    calls = calls_for(draft.program, scene.ontology)
    short = any(
        scene.members(part) == set(answers)
        for part in parts(draft.program)
        if part != draft.program and not isinstance(part, Entity)
    )
    if not 0 < len(answers) <= LIMIT_ANSWERS or short or len(calls) > LIMIT_CALLS:
        return None
    if not _clear(list(named.values())) or not all(_is_shown(scene, part) for part in parts(draft.program)):
        return None
    order = list(named)
    scene.rng.shuffle(order)
    payload = Payload(
        question=_question(scene, draft, named),
        entities={str(named[entity]): entity for entity in order},
        answers=answers,
        s_expression=s_expression(draft.program),
    )
    return Task(
        id="-".join(["kg", *([graph] if graph != "own" else []), name, str(seed), str(number), *_mark(split)]),
        environment="knowledge_graph",
        split=split,
        source="generated",
        payload=msgspec.to_builtins(payload),
        seed=seed,
        family=name,
        reference={"calls": [str(call) for call in calls]},
    )


def _mark(split: str) -> list[str]:
    return [] if trains(split) else ["test"]


def _is_shown(scene: Scene, part: Program) -> bool:
    """Whether the tools list the relation that a step needs: what they list is of a variable's members without the
    question's entities.
    """
    if not isinstance(part, Join) or isinstance(part.argument, Entity):
        return True
    return any(part.relation in scene.source.out(node) for node in scene.members(part.argument))


def _clear(names: Sequence[str | None]) -> bool:
    """Whether every entity has a name of its own that can stand on one line, and is no variable's."""
    return all(name and name.isprintable() and not name.startswith("#") for name in names) and len(set(names)) == len(
        names
    )


def _question(scene: Scene, draft: Draft, named: dict[str, str | None]) -> str:
    phrases = [scene.phrases.of(part, lambda entity: str(named[entity])) for part in draft.phrased]
    return scene.rng.choice(draft.wordings).format(*phrases, extreme=draft.extreme)
