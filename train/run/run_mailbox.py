"""What passes between a training run's workers and its driver: lines one way, a wish to stop the other way.

An actor beside the driver. The workers' own output stays in Ray's log files; what a user should read comes through
here.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from train.run.surroundings import Outcome

ANSWER_S = 600.0  # a machine under heavy load answers late; a node or an actor that is lost raises at once


class Said(NamedTuple):
    """What was said since the driver read last; `failures` are tracebacks, `began` counts the workers that began,
    restarts included.
    """

    lines: list[str]
    failures: list[str]
    began: int
    outcome: Outcome | None


class RunMailbox:
    """The actor's class."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._failures: list[str] = []
        self._began = 0
        self._outcome: Outcome | None = None
        self._stopping = False

    def begin(self) -> None:
        self._began += 1

    def say(self, line: str) -> None:
        self._lines.append(line)

    def fail(self, traceback: str) -> None:
        self._failures.append(traceback)

    def finish(self, outcome: Outcome) -> None:
        self._outcome = outcome

    def stop(self) -> None:
        self._stopping = True

    def stopping(self) -> bool:
        return self._stopping

    def read(self) -> Said:
        said = Said(self._lines, self._failures, self._began, self._outcome)
        self._lines, self._failures = [], []
        return said


def make() -> Any:
    """A mailbox on this process's own node, so that no other node's loss takes it."""
    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    return ray.remote(RunMailbox).options(num_cpus=0, scheduling_strategy=here).remote()


def ask(answer: Any) -> Any:
    """Wait for the mailbox."""
    return ray.get(answer, timeout=ANSWER_S)
