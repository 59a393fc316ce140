"""Higher or lower: the engine thinks of a number, the agent guesses it, and is told on which side it lies.

An environment whose engine lives in a process of its own (`environments.kinds.pooled`): so do text games, simulators on
a JVM, card games. This one would not need it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from environments.contract import Environment, EnvironmentVersion, Feedback, Session, Status, Task
from environments.description import Description, EpisodeProfile, Metric
from environments.generation import trains, turns
from environments.kinds.pooled import Pooled, PoolSettings
from environments.kinds.worker import Worker
from environments.message import Message

DESCRIPTION = Description(
    name="higher_lower",
    short="hl",
    title="Higher or lower",
    version=EnvironmentVersion(environment=1, judge=1),
    metric=Metric.SUCCESS_RATE,
    profile=EpisodeProfile(turns=6, reply=20, observation=30),
)
INSTRUCTION = "Find the number. Each reply ends in a line 'Guess: NUMBER'.\n\n"
GUESS = re.compile(r"^\s*guess:[ \t]*(\S.*)$", re.IGNORECASE | re.MULTILINE)
FAMILIES = {"small": 30, "large": 1000}


class Settings(PoolSettings):
    """What a config may say about this environment: its workers, and this."""

    instruction: str = INSTRUCTION
    """What stands before the task."""


class Engine:
    """Plays one game after another, in a worker. A large engine has a module of its own, which only workers import."""

    def load(self, payload: Mapping[str, int]) -> str:
        """Begin the game; the first observation. What it raises makes the task one that cannot be played."""
        self._number, self._left = payload["number"], guesses(payload)
        if not payload["lowest"] <= self._number <= payload["highest"]:
            raise ValueError(f"the number {self._number} is not between {payload['lowest']} and {payload['highest']}")
        return announced(payload)

    def step(self, guess: str) -> dict[str, Any]:
        """What is said to a guess, whether it is right, and whether it was the last."""
        self._left -= 1
        if re.fullmatch(r"-?\d{1,9}", guess.strip(), re.ASCII) is None:
            said, right = "That is no number.", False
        else:
            number = int(guess)
            said = "Right." if number == self._number else "Higher." if number < self._number else "Lower."
            right = number == self._number
        return {"said": f"{said} Guesses left: {self._left}.", "right": right, "over": right or self._left == 0}


def guesses(payload: Mapping[str, int]) -> int:
    """As many as halving the range takes at most."""
    return (payload["highest"] - payload["lowest"] + 1).bit_length()


def announced(payload: Mapping[str, int]) -> str:
    """The task in words."""
    between = f"between {payload['lowest']} and {payload['highest']}"
    return f"I have thought of a number {between}. Guesses left: {guesses(payload)}."


def families() -> list[str]:
    """How large the range is."""
    return list(FAMILIES)


def generate(count: int, seed: int, split: str, families: Sequence[str] = ()) -> Iterator[Task]:
    """`count` tasks, round robin over `families`. Ranges begin at an even number in split `train`, else at an odd."""
    for family, number in turns("higher_lower", list(FAMILIES), families, count):
        draw = random.Random(f"higher_lower/{split}/{family}/{seed}/{number}")
        lowest = draw.randrange(500) * 2 + (not trains(split))
        highest = lowest + draw.randint(FAMILIES[family] // 2, FAMILIES[family])
        yield Task(
            id=f"higher_lower-{split}-{family}-{seed}-{number}",
            environment="higher_lower",
            split=split,
            source="generated",
            payload={"lowest": lowest, "highest": highest, "number": draw.randint(lowest, highest)},
            seed=seed,
            family=family,
            reference={},
        )


def opening(task: Task, settings: Settings) -> list[Message]:
    """What an episode begins with, as it is without a worker."""
    return [Message("user", settings.instruction + announced(task.payload))]


def create(settings: Settings) -> Environment:
    """The environment: its engine by name, and what makes a session of a worker with a loaded task."""
    return Pooled(f"{__name__}:Engine", lambda task, worker: HigherLowerSession(task, worker, settings), settings)


class HigherLowerSession(Session):
    """Reads a reply, asks the engine, judges."""

    def __init__(self, task: Task, worker: Worker, settings: Settings) -> None:
        self.opening = [Message("user", settings.instruction + worker.loaded)]
        self._worker = worker
        self._number = task.payload["number"]

    async def step(self, reply: str) -> Feedback:
        found = GUESS.findall(reply)
        details = {"expected": str(self._number), "answer": found[-1][:20] if found else ""}
        if not found:
            return Feedback(status=Status.VALIDATION_FAILED, reward=0.0, details=details)
        answer = await self._worker.call("step", found[-1])
        if not answer["over"]:
            return Feedback(answer["said"])
        status = Status.COMPLETED if answer["right"] else Status.TASK_LIMIT
        return Feedback(answer["said"], status=status, reward=float(answer["right"]), details=details)

    async def close(self) -> None:
        pass


def reply(task: Task, messages: Sequence[Message]) -> str:
    """Halves the range again and again, which earns 1."""
    lowest, highest = task.payload["lowest"], task.payload["highest"]
    for own, said in pairwise(messages):
        if own.loss is True:
            guess = int(GUESS.findall(own.content)[-1])
            lowest, highest = (guess + 1, highest) if said.content.startswith("Higher") else (lowest, guess - 1)
    return f"It is between {lowest} and {highest}.\nGuess: {(lowest + highest) // 2}"
