"""The practice environment: say 1, then 2, … up to the task's number, then `done`."""

from __future__ import annotations

import asyncio
import secrets

from environments.contract import Environment, Feedback, Lease, Said, Session, Status, Task
from environments.practice.grammar import say
from environments.practice.opening import opening
from environments.practice.settings import Settings
from environments.practice.tool_calls import TOOLS
from environments.tool_calls import BadCall, no_call, read


def create(settings: Settings) -> Environment:
    return Practice(settings)


class Practice(Environment):
    """Holds nothing but the number of open leases."""

    name = "practice"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._leases: set[str] = set()
        self.direct = not settings.hosted

    async def start(self) -> None:
        await self.sweep()

    async def sweep(self) -> int:
        return 0

    async def lease(self, task: Task, lease_id: str) -> Lease:
        self._leases.add(lease_id)
        return Lease(lease_id, self.name, {})

    async def release(self, lease: Lease) -> None:
        self._leases.discard(lease.id)

    async def connect(self, lease: Lease, task: Task) -> Session:
        return PracticeSession(task, self._settings)

    async def stop(self) -> None:
        self._leases.clear()

    def gauges(self) -> dict[str, float]:
        return {"open": float(len(self._leases))}


class PracticeSession(Session):
    """Payload: `rounds`, how far to count; `noise`, whether observations differ each time (an environment that cannot
    be replayed).
    """

    def __init__(self, task: Task, settings: Settings) -> None:
        self._rounds = int(task.payload["rounds"])
        self._noise = bool(task.payload.get("noise", False))
        self._step_s = settings.step_s
        self._said = 0
        self._right = True
        self.opening = opening(task, settings)
        self.tools = TOOLS if settings.dialect == "tools" else ()

    async def step(self, said: Said) -> Feedback:
        if self._step_s:
            await asyncio.sleep(self._step_s)
        try:
            word = say(said) if isinstance(said, str) else str(read(said, TOOLS)["what"])
        except BadCall as bad:
            return self._round(str(bad))
        if word is None and self.tools:
            return self._round(no_call(TOOLS))
        if word is None:
            return Feedback(status=Status.VALIDATION_FAILED, reward=0.0)
        if word == "done":
            order = "in order" if self._right else "not in order"
            heard = {"expected": f"1 to {self._rounds}", "answer": f"{self._said} numbers, {order}"}
            right = self._right and self._said == self._rounds
            return Feedback(status=Status.COMPLETED, reward=float(right), details=heard)
        self._right &= word == str(self._said + 1)
        return self._round(f"I heard {word}." + (f" {secrets.token_hex(4)}" if self._noise else ""))

    def _round(self, observation: str) -> Feedback:
        """What a round shows; a mistake is one, too."""
        self._said += 1
        if self._said > self._rounds:
            return Feedback(status=Status.TASK_LIMIT, reward=0.0)
        return Feedback(observation)

    async def close(self) -> None:
        return None
