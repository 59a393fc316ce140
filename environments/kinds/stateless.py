"""Environments that are nothing but their sessions: a question, and what is said of the answer.

There is no server and nothing to lease, so that no actor stands between the loop and the session. Their description
says `stateless=True`.
"""

from __future__ import annotations

from collections.abc import Callable

from environments.contract import Environment, Lease, Session, Task


class Stateless(Environment):
    """Opens sessions with `session`; there is nothing else to do."""

    name = "stateless"
    direct = True

    def __init__(self, session: Callable[[Task], Session]) -> None:
        self._session = session

    async def start(self) -> None:
        pass

    async def sweep(self) -> int:
        return 0

    async def lease(self, task: Task, lease_id: str) -> Lease:
        return Lease(lease_id, task.environment, {})

    async def release(self, lease: Lease) -> None:
        pass

    async def connect(self, lease: Lease, task: Task) -> Session:
        return self._session(task)

    async def stop(self) -> None:
        pass
