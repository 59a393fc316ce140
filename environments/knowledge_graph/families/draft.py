"""What a family makes of a scene, before it becomes a task, and the register of families."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from environments.knowledge_graph.families.scene import Scene
from environments.knowledge_graph.programs.program import Program


class Draft(NamedTuple):
    """A task to be: the program whose members are the answer, and wordings of the question, of which one is chosen. In
    a wording, `{0}`, `{1}`, … stand for the noun phrases of `phrased`, and `{extreme}` for what is said of a
    superlative's member."""

    program: Program
    wordings: Sequence[str]
    phrased: Sequence[Program]
    extreme: str = ""


Family = Callable[[Scene], Draft | None]
"""Makes a draft, or None where the draw leads nowhere or leaves the answer in doubt; another scene is then drawn."""

FAMILIES: dict[str, Family] = {}


def family(make: Family) -> Family:
    """Register a family under its function's name."""
    FAMILIES[make.__name__] = make
    return make
