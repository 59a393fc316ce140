"""Players for tests: they play one episode in an environment and return how it ended."""

from __future__ import annotations

from collections.abc import Sequence

from environments.contract import Feedback, Session, Task
from environments.knowledge_graph.grammar import render_call, render_final_answer
from environments.knowledge_graph.reference import reply
from environments.message import Message
from tests.environments.episodes import Player


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
    if any(
        message.content.startswith("Observation: variable #0") for message in messages[18:] if message.role == "user"
    ):
        return "Final Answer: #0"
    return reply(task, messages)
