"""Questions with several conditions that must hold together."""

from __future__ import annotations

from collections.abc import Sequence

from environments.knowledge_graph.families.draft import Draft, family
from environments.knowledge_graph.families.scene import Scene

BOTH = (
    "What is both among {0} and among {1}?",
    "Which of {0} are also among {1}?",
    "Find everything that belongs to {0} as well as to {1}.",
)
NARROWED = (
    "Take {0}. Which of them are also {1}?",
    "Of all that counts as {0}, keep what also counts as {1}.",
    "Among {0}, name those that one also meets among {1}.",
)


def _meeting(scene: Scene, first: int, second: int, wordings: Sequence[str]) -> Draft | None:
    both = scene.meeting(first, second)
    return None if both is None else Draft(both, wordings, [both.left, both.right])


@family
def both_near(scene: Scene) -> Draft | None:
    return _meeting(scene, 1, 1, BOTH)


@family
def both_near_narrowed(scene: Scene) -> Draft | None:
    return _meeting(scene, 1, 1, NARROWED)


@family
def near_and_far(scene: Scene) -> Draft | None:
    return _meeting(scene, 1, 2, BOTH)


@family
def far_and_near(scene: Scene) -> Draft | None:
    return _meeting(scene, 2, 1, NARROWED)


@family
def both_far(scene: Scene) -> Draft | None:
    return _meeting(scene, 2, 2, BOTH)


@family
def all_three(scene: Scene) -> Draft | None:
    both = scene.meeting(1, 1)
    three = scene.meet(both, 1) if both is not None else None
    if both is None or three is None:
        return None
    wordings = (
        "What is at once among {0}, among {1} and among {2}?",
        "Which of {0} are also among {1} and among {2}?",
        "Three conditions: it is one of {0}, one of {1} and one of {2}. What fits?",
    )
    return Draft(three, wordings, [both.left, both.right, three.right])


@family
def both_then_hop(scene: Scene) -> Draft | None:
    both = scene.meeting(1, 1)
    program = scene.onward(both, 1) if both is not None else None
    if program is None:
        return None
    return Draft(program, ("Find {0}.", "Consider this: {0}. What fits?", "Name {0}."), [program])


@family
def both_then_two_hops(scene: Scene) -> Draft | None:
    both = scene.meeting(1, 1)
    program = scene.onward(both, 2) if both is not None else None
    if program is None:
        return None
    return Draft(program, ("Find {0}.", "Give me {0}.", "What are {0}?"), [program])
