"""Questions for the largest, smallest, first or last."""

from __future__ import annotations

from environments.knowledge_graph.families.draft import Draft, family
from environments.knowledge_graph.families.scene import Scene
from environments.knowledge_graph.programs.program import Program, Superlative

OF_ALL = (
    "Which of {0} {extreme}?",
    "Among {0}, which one {extreme}?",
    "Name the one of {0} that {extreme}.",
)
SHARED = (
    "Of what is both among {0} and among {1}, which one {extreme}?",
    "Which of {0} that are also among {1} {extreme}?",
    "Take what {0} and {1} have in common. Which of it {extreme}?",
)


def _extreme(scene: Scene, program: Program | None) -> Superlative | None:
    found = scene.extreme(program) if program is not None else None
    return None if found is None or program is None else Superlative(program, *found)


def _draft(scene: Scene, program: Superlative | None, largest: bool) -> Draft | None:
    if program is None or program.largest != largest:
        return None
    return Draft(program, OF_ALL, [program.argument], scene.phrases.extreme(program.attribute, largest))


@family
def most_near(scene: Scene) -> Draft | None:
    return _draft(scene, _extreme(scene, scene.walk(1)), True)


@family
def least_near(scene: Scene) -> Draft | None:
    return _draft(scene, _extreme(scene, scene.walk(1)), False)


@family
def most_far(scene: Scene) -> Draft | None:
    return _draft(scene, _extreme(scene, scene.walk(2)), True)


@family
def least_far(scene: Scene) -> Draft | None:
    return _draft(scene, _extreme(scene, scene.walk(2)), False)


@family
def extreme_of_both(scene: Scene) -> Draft | None:
    both = scene.meeting(2, 1)
    program = _extreme(scene, both)
    if both is None or program is None:
        return None
    return Draft(program, SHARED, [both.left, both.right], scene.phrases.extreme(program.attribute, program.largest))


@family
def extreme_then_hop(scene: Scene) -> Draft | None:
    program = _extreme(scene, scene.walk(1))
    after = scene.onward(program, 1) if program is not None else None
    if program is None or after is None:
        return None
    return Draft(after, ("Find {0}.", "Name {0}.", "What would be listed as {0}?"), [after])
