"""One episode in an environment, as tests play it: a lease, a session, and a player that answers until the environment
says that it is over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from environments.conformance import opened as episode
from environments.contract import Environment, Feedback, Task
from environments.message import Message

__all__ = ["Player", "episode", "play"]

LIMIT_TURNS = 20
Player = Callable[[Task, Sequence[Message]], str]


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
