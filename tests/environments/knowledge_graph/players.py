"""Players for tests: they play one episode in a world and return how it ended."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from environments.contract import Environment, Feedback, Message, Session, Task
from environments.knowledge_graph.grammar import render_call, render_final_answer
from environments.knowledge_graph.reference import reply

_numbers = itertools.count()
Player = Callable[[Task, Sequence[Message]], str]


@asynccontextmanager
async def episode(world: Environment, task: Task) -> AsyncIterator[Session]:
    """One leased session, taken back at the end."""
    lease = await world.lease(task, f"test-{next(_numbers)}")
    try:
        session = await world.connect(lease, task)
        try:
            yield session
        finally:
            await session.close()
    finally:
        await world.release(lease)


async def play(world: Environment, task: Task, player: Player, seen: list[str] | None = None) -> Feedback:
    """Play to the end; the observations go into `seen`."""
    async with episode(world, task) as session:
        messages = list(session.opening)
        for _ in range(20):
            messages.append(Message("assistant", player(task, messages), loss=True))
            feedback = await session.step(messages[-1].content)
            if seen is not None:
                seen.append(feedback.observation)
            if feedback.final:
                return feedback
            messages.append(Message("user", feedback.observation))
    raise AssertionError("the episode does not end")


async def say(session: Session, tool: str, *arguments: str) -> str:
    """What the agent sees after a call."""
    return (await session.step(f"Thought: I try.\n{render_call(tool, *arguments)}")).observation


async def finish(session: Session, index: int) -> Feedback:
    """The ending after naming a variable."""
    return await session.step(f"Thought: done.\n{render_final_answer(index)}")


reference: Player = reply


def nothing(task: Task, messages: Sequence[Message]) -> str:
    """Names a variable that it never made."""
    return "Final Answer: #0"


def wrong(task: Task, messages: Sequence[Message]) -> str:
    """Plays the reference, but stops at the first variable."""
    if any(message.content.startswith("Observation: variable #0") for message in messages[18:] if message.role == "user"):
        return "Final Answer: #0"
    return reply(task, messages)
