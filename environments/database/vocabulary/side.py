"""The two sides of the generator's vocabulary: what training may see, and what measures it.

Wordings, the domains of the tables with their names, keys and values, and the styles of headers belong to one side
each, so a score on the evaluation side tells what was learnt and not what was remembered. Both sides' wordings use the
same words, in other sentences. Kinds of task (families) belong to both: whoever wants new families keeps some out of
training by name (`generate.HELD_OUT`).
"""

from __future__ import annotations

from enum import StrEnum

from environments.generation import trains


class Side(StrEnum):
    """Which half of every vocabulary a task draws from."""

    TRAIN = "train"
    EVALUATION = "evaluation"


def side_of(split: str) -> Side:
    """The side of a split: the split `train` has the training side, every other split the evaluation side."""
    return Side.TRAIN if trains(split) else Side.EVALUATION
