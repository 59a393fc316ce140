"""What a family makes: a problem, the machine it is set on, its reference solution, and what is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from environments.operating_system.families.drafting.draw import Draw
from environments.operating_system.payload import Check, Match, Payload, Script
from environments.operating_system.reference import Reference, Step

FIRST_LINE = r"^(.*\S)"
LAST_NUMBER = r"(\d+)\s*\Z"


class Draft(NamedTuple):
    """A task before it has a name.

    `truth` is the right answer as the generator knows it, or `accepts` a pattern of all right ones, judged without the
    sandbox; `checks` judge what only the machine knows. `answer` None ends with `finish`.
    """

    description: str
    steps: Sequence[Step]
    conclusion: str
    labels: Sequence[str]
    answer: str | None = None
    truth: str | None = None
    accepts: str | None = None
    checks: Sequence[Check] = ()
    example: Script | None = None
    init: str = ""
    start: str = ""

    @property
    def payload(self) -> Payload:
        return Payload(
            description=self.description,
            init=[Script(self.init)] if self.init else [],
            start=self.start,
            match=self._match,
            checks=list(self.checks),
            example=self.example,
            labels=list(self.labels),
        )

    @property
    def _match(self) -> Match | None:
        if self.accepts is not None:
            return Match(regex=self.accepts)
        return None if self.truth is None else Match(answer=self.truth)

    @property
    def reference(self) -> Reference:
        return Reference(steps=list(self.steps), thought=self.conclusion, answer=self.answer)


Family = Callable[[Draw], Draft]


def said(rng: Draw, *wordings: str) -> str:
    """One of several ways to set the task; the last ones are never seen in training."""
    return rng.wording(wordings)


def thought(rng: Draw, *thoughts: str) -> str:
    """One of several ways to think, the same on both sides of the split."""
    return rng.choice(thoughts)


def step(thought: str, bash: str, values: Mapping[str, str] | None = None) -> Step:
    return Step(thought, bash, dict(values or {}))


def maybe(rng: Draw, chance: float, *steps: Step) -> list[Step]:
    """A look around that a careful player takes now and then."""
    return list(steps) if rng.random() < chance else []


def answer_step(rng: Draw, thought: str, bash: str, pattern: str = FIRST_LINE) -> Step:
    """The step whose output is the answer."""
    return step(thought, bash, {"answer": pattern})


def concluded(rng: Draw) -> str:
    """The last thought of a question: what was seen."""
    return thought(rng, "That gives «answer».", "It is «answer».", "The answer is «answer».")


def finished(rng: Draw) -> str:
    """The last thought of a task that changed the machine."""
    return thought(rng, "That is done.", "Done as asked.", "Nothing is left to do.")
