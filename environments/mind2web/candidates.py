"""The rounds in which a step's candidates are asked about: AgentBench's (SPEC 2.3).

While more than one is in the queue, the first five are asked about, and the one that is chosen goes to its end. What
was chosen last is the prediction. Its odd corners are the original's: a candidate that is left alone is never asked
about, and an empty queue at the end means that nothing was chosen, even when something had been.
"""

from __future__ import annotations

from typing import NamedTuple

PER_QUESTION = 5


class Prediction(NamedTuple):
    """An element's id and the action on it; both empty where nothing was chosen."""

    element: str = ""
    action: str = ""


NOTHING = Prediction()


class Rounds(NamedTuple):
    """Who is still in the queue, and what was chosen last."""

    queue: tuple[str, ...]
    chosen: Prediction = NOTHING

    @property
    def over(self) -> bool:
        return len(self.queue) < 2

    @property
    def asked(self) -> tuple[str, ...]:
        """The candidates of the next question."""
        return self.queue[:PER_QUESTION]

    def answered(self, chosen: Prediction | None) -> Rounds:
        """The rounds after a question; None: none of its candidates."""
        left = self.queue[PER_QUESTION:]
        return Rounds(left, self.chosen) if chosen is None else Rounds((*left, chosen.element), chosen)

    @property
    def prediction(self) -> Prediction:
        """What counts, once they are over."""
        return self.chosen if self.queue else NOTHING
