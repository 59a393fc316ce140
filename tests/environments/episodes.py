"""One episode in an environment, as tests play it: a lease, a session, and a player that answers until the environment
says that it is over.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from environments.contract import Environment, Feedback, Session, Task
from environments.message import Message

LIMIT_TURNS = 20
_numbers = itertools.count()
Player = Callable[[Task, Sequence[Message]], str]


@asynccontextmanager
async def episode(environment: Environment, task: Task) -> AsyncIterator[Session]:
    """One leased session, taken back at the end."""
    lease = await environment.lease(task, f"test-{next(_numbers)}")
    try:
        session = await environment.connect(lease, task)
        try:
            yield session
        finally:
            await session.close()
    finally:
        await environment.release(lease)


async def play(environment: Environment, task: Task, player: Player, seen: list[str] | None = None) -> Feedback:
    """Play to the end; the observations go into `seen`."""
    async with episode(environment, task) as session:
        messages = list(session.opening)
        for _ in range(LIMIT_TURNS):
            messages.append(Message("assistant", player(task, messages), loss=True))
            feedback = await session.step(messages[-1].content)
            if seen is not None:
                seen.append(feedback.observation)
            if feedback.final:
                return feedback
            messages.append(Message("user", feedback.observation))
    raise AssertionError("the episode does not end")
