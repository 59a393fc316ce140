"""Chance for one side of the split: tasks of split `train` draw words from one half of everything, all others from the
other half.

So a model that is measured on a test split has met none of its files, names, values and wordings, whatever the seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import NamedTuple


class Words(NamedTuple):
    """A vocabulary in two halves that have nothing in common."""

    training: Sequence[str]
    evaluation: Sequence[str]


class Draw(Random):
    """A random generator that draws vocabulary from its side alone.

    A text seeds it: the same on every machine and Python.
    """

    def __init__(self, seed: str, training: bool) -> None:
        super().__init__(seed)
        self.training = training

    def of(self, words: Words) -> Sequence[str]:
        """This side's half of `words`."""
        return words.training if self.training else words.evaluation

    def wording(self, wordings: Sequence[str]) -> str:
        """One of several ways to set a task: the last third, at least one, is kept for evaluation."""
        kept = len(wordings) - max(1, len(wordings) // 3)
        return self.choice(wordings[:kept] if self.training else wordings[kept:])
