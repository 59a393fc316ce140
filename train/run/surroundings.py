"""What passes between the loop and its surroundings: a wish after each step, lines and numbers, how far it came.

Light, for the driver and Ray Train's controller, which load no model, import this and not the loop.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from typing import Any, NamedTuple


class ControlRequest(IntEnum):
    """What the surroundings want after a step; the strongest wish of any rank counts."""

    NOTHING = 0
    CHECKPOINT = 1
    STOP = 2


class Outcome(NamedTuple):
    """How far a run came: `model` is the exported directory, None where it was stopped before its end."""

    step: int
    steps: int
    model: Path | None


class Hooks(NamedTuple):
    """What the surroundings give: where lines go, who is told each logged step's numbers, what is wished for after each
    step.
    """

    say: Callable[[str], None]
    report: Callable[[dict[str, Any]], None]
    requested: Callable[[], ControlRequest]
