"""What a prediction earns: AgentBench's element accuracy and operation F1 (SPEC 2.3), and the reward that we make of
them.

The F1 is one of sets of words, 1 where both are empty. AgentTuning keeps trajectories of r >= 2/3 and does not say what
r is; ours is the mean of the two, so that a click on the wrong element (1/2) is dropped, and the right element with two
thirds of the words is kept.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from environments.mind2web.candidates import Prediction


class StepScore(NamedTuple):
    """One step's: whether the element is right, and how much of the action."""

    element: bool
    operation: float

    @property
    def success(self) -> bool:
        return self.element and self.operation >= 1

    @property
    def reward(self) -> float:
        return (self.element + self.operation) / 2


FAILED = StepScore(False, 0.0)


def score(prediction: Prediction, positives: Collection[str], action: str) -> StepScore:
    """A prediction against the recorded action on one of `positives`; 0 without any, and where nothing is chosen."""
    if not positives or not prediction.element:
        return FAILED
    return StepScore(prediction.element in positives, operation_f1(prediction.action, action))


def operation_f1(predicted: str, recorded: str) -> float:
    """F1 of the two sets of words."""
    mine, theirs = set(predicted.split()), set(recorded.split())
    if not mine and not theirs:
        return 1.0
    return 2 * len(mine & theirs) / (len(mine) + len(theirs))
