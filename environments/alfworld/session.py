"""One household episode: the rounds of the paper's harness (SPEC 2.1) or the newer one, around a game in a worker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from environments.alfworld.grammar import NOTHING, render_turn
from environments.alfworld.opening import with_task
from environments.alfworld.settings import Settings
from environments.alfworld.tool_calls import TOOLS, Mistake, find_action
from environments.contract import EnvironmentFault, Feedback, Said, Session, Status
from environments.kinds.worker import Worker
from environments.message import Message


class AlfworldSession(Session):
    """The rounds of one episode. `worker` has the game loaded; `before` stands before the task."""

    def __init__(self, worker: Worker, before: Sequence[Message], settings: Settings) -> None:
        self._worker = worker
        self._settings = settings
        self._rounds = self._replaced = self._idle = 0
        self._over = False
        self._expected = str(worker.loaded["observation"]).rpartition("\n")[2]
        self.opening: Sequence[Message] = with_task(before, self._shown(worker.loaded))
        self.tools = TOOLS if settings.dialect == "tools" else ()

    def _shown(self, turn: dict[str, Any]) -> str:
        return render_turn(turn["observation"], turn["actions"] if self._settings.listed else None)

    async def step(self, said: Said) -> Feedback:
        if self._over:
            raise EnvironmentFault("the episode is over")
        action = find_action(said, self._settings.harness, bool(self.tools))
        if action is None:
            return self._end(Status.INVALID_ACTION, 0.0)
        self._rounds += 1
        if isinstance(action, Mistake):
            return self._unless_last(action.told)
        turn = await self._worker.call("step", action)
        self._replaced += turn["command"] != action
        self._idle += turn["observation"] == NOTHING
        if turn["won"]:
            return self._end(Status.COMPLETED, 1.0, turn["observation"])
        return self._unless_last(self._shown(turn))

    def _unless_last(self, observation: str) -> Feedback:
        return Feedback(observation) if self._rounds < self._settings.rounds else self._end(Status.TASK_LIMIT, 0.0)

    def _end(self, status: Status, reward: float, observation: str = "") -> Feedback:
        self._over = True
        details = {
            "expected": self._expected,
            "answer": observation,
            "rounds": self._rounds,
            "replaced": self._replaced,
            "nothing_happened": self._idle,
        }
        return Feedback(status=status, reward=reward, details=details)

    async def close(self) -> None:
        """The worker goes back with the lease."""
