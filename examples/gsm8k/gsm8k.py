"""GSM8K as an environment: a word problem, a solution in words, and the number that it comes to.

One file holds all that an environment is: its description, its settings, its tasks, its session, its reference. Rows
are those of the published files (https://github.com/openai/grade-school-math): `question`, and an `answer` that ends in
`#### NUMBER`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from environments.contract import Environment, EnvironmentVersion, Feedback, Session, Status, Task
from environments.description import Description, EpisodeProfile, Metric, PaperTask
from environments.kinds.stateless import Stateless
from environments.message import Message
from environments.rows import BadRow, RawRow, Row, read_lines, tasks

DESCRIPTION = Description(
    name="gsm8k",
    short="gsm8k",
    title="GSM8K",
    version=EnvironmentVersion(environment=1, judge=1),
    metric=Metric.SUCCESS_RATE,
    profile=EpisodeProfile(turns=1, reply=300, observation=0),
    stateless=True,
    paper=PaperTask("general", "GSM8K"),
)
INSTRUCTION = "Solve the problem step by step. End with a line 'Answer: NUMBER', the number alone.\n\n"
NUMBER = r"[-+]?\$?\d[\d,]*(?:\.\d+)?"
ANSWER = re.compile(rf"^\s*answer:\s*({NUMBER})\s*\.?\s*$", re.IGNORECASE | re.MULTILINE)
PUBLISHED = re.compile(rf"####\s*({NUMBER})\s*\Z")


class Settings(BaseModel):
    """What a config may say about this environment."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid", frozen=True)

    instruction: str = INSTRUCTION
    """What stands before the problem."""


def load(path: str, split: str) -> Iterator[Task | BadRow]:
    """The tasks of a published file; a row that is no task is told with its place."""
    return tasks(read_lines(Path(path)), lambda row: _task(row, Path(path), split))


def _task(row: RawRow, file: Path, split: str) -> Task:
    fields = Row(row.place, row.values)
    question, solution = fields.get("question", str), fields.get("answer", str)
    found = PUBLISHED.search(solution)
    if found is None:
        raise fields.wrong("answer", "a text that ends in '#### NUMBER'")
    return Task(
        id=f"gsm8k-{file.stem}-{row.number:05d}",
        environment="gsm8k",
        split=split,
        source=file.name,
        payload={"question": question, "number": found[1]},
        reference={"solution": re.sub(r"<<.*?>>", "", solution[: found.start()]).strip()},
    )


def opening(task: Task, settings: Settings) -> list[Message]:
    """The instruction and the problem."""
    return [Message("user", settings.instruction + task.payload["question"])]


def create(settings: Settings) -> Environment:
    """The environment."""
    return Stateless(lambda task: GSM8KSession(task, settings))


class GSM8KSession(Session):
    """One reply, judged by the last number that it calls its answer."""

    def __init__(self, task: Task, settings: Settings) -> None:
        self.opening = opening(task, settings)
        self._number = str(task.payload["number"])

    async def step(self, reply: str) -> Feedback:
        answers = ANSWER.findall(reply)
        details = {"expected": self._number, "answer": answers[-1] if answers else ""}
        if not answers:
            return Feedback(status=Status.VALIDATION_FAILED, reward=0.0, details=details)
        return Feedback(
            status=Status.COMPLETED, reward=float(_value(answers[-1]) == _value(self._number)), details=details
        )

    async def close(self) -> None:
        pass


def _value(number: str) -> Decimal:
    return Decimal(re.sub(r"[$,]", "", number))


def reply(task: Task, messages: Sequence[Message]) -> str:
    """The published solution, which earns 1."""
    assert task.reference is not None
    return f"{task.reference['solution']}\nAnswer: {task.payload['number']}"
