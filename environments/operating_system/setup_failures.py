"""What an init script that fails, or takes too long, says of its task: nothing when it happens once, for the host may
have been the reason; the same again, in fresh sandboxes, makes it the task's fault (AgentBench's newer harness plays no
such task either: `unknown`).
"""

from __future__ import annotations

from typing import Literal

from environments.contract import EnvironmentFault, EpisodeFault, TaskFault

# How often it must be seen in a row. A slow host is slow for a while: so time needs more than an exit code does.
CONVINCING = {"failed": 2, "slow": 3}
REMEMBERED = 10_000


class SetupFailure(EnvironmentFault):
    """The machine could not be prepared as the task wants it."""

    def __init__(self, kind: Literal["failed", "slow"], message: str) -> None:
        super().__init__(message)
        self.kind = kind


class SetupFailures:
    """How often in a row each task's set-up failed here, and how."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[str, int]] = {}

    def fault(self, task_id: str, failure: SetupFailure) -> EpisodeFault:
        """The failure as what it is by now: the environment's, or the task's."""
        kind, times = self._seen.pop(task_id, ("", 0))
        times = times + 1 if kind == failure.kind else 1
        if times >= CONVINCING[failure.kind]:
            return TaskFault(f"{failure}, in {times} fresh sandboxes in a row")
        while len(self._seen) >= REMEMBERED:
            del self._seen[next(iter(self._seen))]
        self._seen[task_id] = (failure.kind, times)
        return failure

    def forget(self, task_id: str) -> None:
        """It was set up."""
        self._seen.pop(task_id, None)
