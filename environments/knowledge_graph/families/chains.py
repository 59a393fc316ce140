"""Questions that follow relations from one entity."""

from __future__ import annotations

from collections.abc import Sequence

from environments.knowledge_graph.families.draft import Draft, family
from environments.knowledge_graph.families.scene import Scene

PLAIN = ("Find {0}.", "Name {0}.", "Which are {0}?")
ASKING = ("Who or what would be listed as {0}?", "Tell me {0}.", "I am looking for {0}. What does the graph say?")
LONG = ("Step by step, find {0}.", "Work out the following: {0}.", "What does one arrive at when asked for {0}?")


def _chain(scene: Scene, hops: int, wordings: Sequence[str], single: bool = False) -> Draft | None:
    program = scene.walk(hops)
    if program is None or (single and len(scene.members(program)) != 1):
        return None
    return Draft(program, wordings, [program])


@family
def one_hop(scene: Scene) -> Draft | None:
    return _chain(scene, 1, PLAIN)


@family
def one_hop_asked(scene: Scene) -> Draft | None:
    return _chain(scene, 1, ASKING)


@family
def two_hops(scene: Scene) -> Draft | None:
    return _chain(scene, 2, PLAIN)


@family
def two_hops_asked(scene: Scene) -> Draft | None:
    return _chain(scene, 2, ASKING)


@family
def two_hops_to_one(scene: Scene) -> Draft | None:
    return _chain(
        scene,
        2,
        ("There is only one answer: what is {0}?", "Give the single entity that is {0}.", "Which one is {0}?"),
        True,
    )


@family
def three_hops(scene: Scene) -> Draft | None:
    return _chain(scene, 3, PLAIN)


@family
def three_hops_asked(scene: Scene) -> Draft | None:
    return _chain(scene, 3, LONG)


@family
def four_hops(scene: Scene) -> Draft | None:
    return _chain(scene, 4, LONG)
