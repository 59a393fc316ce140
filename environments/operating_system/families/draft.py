"""What a family makes: a problem, the machine it is set on, its reference solution, and what is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import NamedTuple

from environments.operating_system.payload import Check, Match, Payload, Script
from environments.operating_system.reference import Reference, Step

FIRST_LINE = r"^(.*\S)"
LAST_NUMBER = r"(\d+)\s*\Z"


class Draft(NamedTuple):
    """A task before it has a name.

    `truth` is the right answer as the generator knows it, judged without the sandbox; `checks` judge what only the machine
    knows. `answer` None ends with `finish`.
    """

    description: str
    steps: Sequence[Step]
    conclusion: str
    labels: Sequence[str]
    answer: str | None = None
    truth: str | None = None
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
            match=None if self.truth is None else Match(answer=self.truth),
            checks=list(self.checks),
            example=self.example,
            labels=list(self.labels),
        )

    @property
    def reference(self) -> Reference:
        return Reference(steps=list(self.steps), thought=self.conclusion, answer=self.answer)


Family = Callable[[Random], Draft]


def said(rng: Random, *wordings: str) -> str:
    """One of several ways to say it."""
    return rng.choice(wordings)


def step(thought: str, bash: str, values: Mapping[str, str] | None = None) -> Step:
    return Step(thought, bash, dict(values or {}))


def maybe(rng: Random, chance: float, *steps: Step) -> list[Step]:
    """A look around that a careful player takes now and then."""
    return list(steps) if rng.random() < chance else []


def answer_step(rng: Random, thought: str, bash: str, pattern: str = FIRST_LINE) -> Step:
    """The step whose output is the answer."""
    return step(thought, bash, {"answer": pattern})


def concluded(rng: Random) -> str:
    """The last thought of a question: what was seen."""
    return said(
        rng,
        "The output is «answer», which is what was asked.",
        "That gives «answer».",
        "So the answer is «answer».",
        "The command printed «answer», and nothing is left to do.",
        "It is «answer».",
    )


def finished(rng: Random) -> str:
    """The last thought of a task that changed the machine."""
    return said(
        rng,
        "Everything is as asked, so I stop here.",
        "That was all that was asked for.",
        "The change is made and looks right.",
        "Nothing is left to do.",
        "The task is done.",
    )
