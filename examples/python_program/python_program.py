"""Python programs: the agent writes one, which runs in a sandbox on numbers that it has not seen.

An environment whose sessions have a machine each (`environments.kinds.sandboxed`). What the programs should print never
comes there: it is compared here.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence

from pydantic import Field

from environments.contract import Environment, EnvironmentVersion, Feedback, Lease, Session, Status, Task
from environments.description import Description, EpisodeProfile, Metric
from environments.generation import trains, turns
from environments.kinds.sandboxed import Sandboxed
from environments.message import Message
from environments.sandbox.sandbox import Sandbox
from environments.sandbox.settings import SandboxSettings
from environments.sandbox.shell import SandboxLost

DESCRIPTION = Description(
    name="python_program",
    short="py",
    title="Python program",
    version=EnvironmentVersion(environment=1, judge=1),
    metric=Metric.SUCCESS_RATE,
    profile=EpisodeProfile(turns=1, reply=200, observation=0),
)
INSTRUCTION = "Write a Python program between ```python and ```. Its arguments are whole numbers; it prints "
PROGRAM = re.compile(r"```python\n(.*?)```", re.DOTALL)
LIMIT_PRINTED_BYTES = 4096
FAMILIES: dict[str, Callable[[list[int]], int]] = {"sum": sum, "min": min, "max": max}


class Settings(SandboxSettings):
    """What a config may say about this environment: its sandboxes, and this."""

    run_timeout_s: float = Field(10.0, gt=0, strict=False)
    """How long a program may run."""


def families() -> list[str]:
    """What a program prints."""
    return list(FAMILIES)


def generate(count: int, seed: int, split: str, families: Sequence[str] = ()) -> Iterator[Task]:
    """`count` tasks, round robin over `families`. The first numbers are even in split `train`, else odd."""
    for family, number in turns("python_program", list(FAMILIES), families, count):
        draw = random.Random(f"python_program/{split}/{family}/{seed}/{number}")
        cases = []
        for length in (1, 3, 6):
            numbers = [draw.randrange(-500, 500) * 2 + (not trains(split)), *draw.choices(range(-999, 999), k=length)]
            cases.append({"arguments": [str(one) for one in numbers], "printed": str(FAMILIES[family](numbers))})
        yield Task(
            id=f"python_program-{split}-{family}-{seed}-{number}",
            environment="python_program",
            split=split,
            source="generated",
            payload={"prints": family, "cases": cases},
            seed=seed,
            family=family,
            reference={"program": f"import sys\nprint({family}(map(int, sys.argv[1:])))\n"},
        )


def opening(task: Task, settings: Settings) -> list[Message]:
    """The task in words."""
    return [Message("user", f"{INSTRUCTION}their {task.payload['prints']}.")]


def create(settings: Settings) -> Environment:
    """The environment."""
    return PythonProgram(settings)


class PythonProgram(Sandboxed):
    """A sandbox for every session."""

    name, title = "python_program", "the Python program environment"
    settings: Settings

    async def connect(self, lease: Lease, task: Task) -> Session:
        return ProgramSession(task, self.leased(lease), self.settings)


class ProgramSession(Session):
    """One program, run on all cases."""

    def __init__(self, task: Task, sandbox: Sandbox, settings: Settings) -> None:
        self.opening = opening(task, settings)
        self._cases, self._sandbox, self._limit_s = task.payload["cases"], sandbox, settings.run_timeout_s

    async def step(self, reply: str) -> Feedback:
        if not (programs := PROGRAM.findall(reply)):
            return Feedback(status=Status.VALIDATION_FAILED, reward=0.0)
        try:
            right = [await self._prints(programs[-1], case["arguments"]) == case["printed"] for case in self._cases]
        except SandboxLost:
            if not (reason := await self._sandbox.blame()):
                raise
            return Feedback(status=Status.TASK_LIMIT, reward=0.0, details={"limit": reason})
        return Feedback(status=Status.COMPLETED, reward=float(all(right)), details={"right": sum(right)})

    async def _prints(self, program: str, arguments: list[str]) -> str:
        supervisor = self._sandbox.supervisor
        result = await supervisor.run("python", program, arguments, self._limit_s, LIMIT_PRINTED_BYTES)
        return result.stdout.decode(errors="replace").strip()

    async def close(self) -> None:
        pass


def reply(task: Task, messages: Sequence[Message]) -> str:
    """A program that earns 1."""
    assert task.reference is not None
    return f"```python\n{task.reference['program']}```"
