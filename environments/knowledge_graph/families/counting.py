"""Questions whose answer is a number."""

from __future__ import annotations

from collections.abc import Sequence

from environments.knowledge_graph.families.draft import Draft, family
from environments.knowledge_graph.families.scene import LIMIT_COUNTED, Scene
from environments.knowledge_graph.programs.program import Count

HOW_MANY = ("How many are {0}?", "Count {0}.", "What is the number of {0}?")
NUMBER = (
    "Give the number of different entities that are {0}.",
    "How many would one find as {0}?",
    "I need a count of {0}.",
)
SHARED = (
    "How many are both among {0} and among {1}?",
    "Count what belongs to {0} as well as to {1}.",
    "What number of {0} is also among {1}?",
)


def _chain(scene: Scene, hops: int, wordings: Sequence[str]) -> Draft | None:
    program = scene.walk(hops)
    if program is None or not 2 <= len(scene.members(program)) <= LIMIT_COUNTED:
        return None
    return Draft(Count(program), wordings, [program])


def _meeting(scene: Scene, first: int, second: int) -> Draft | None:
    both = scene.meeting(first, second)
    return None if both is None else Draft(Count(both), SHARED, [both.left, both.right])


@family
def count_near(scene: Scene) -> Draft | None:
    return _chain(scene, 1, HOW_MANY)


@family
def count_far(scene: Scene) -> Draft | None:
    return _chain(scene, 2, HOW_MANY)


@family
def count_very_far(scene: Scene) -> Draft | None:
    return _chain(scene, 3, NUMBER)


@family
def count_both(scene: Scene) -> Draft | None:
    return _meeting(scene, 1, 1)


@family
def count_both_far(scene: Scene) -> Draft | None:
    return _meeting(scene, 1, 2)
