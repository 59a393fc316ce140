"""The household as one tool, by AgentBench's name (its function-calling version)."""

from __future__ import annotations

from typing import NamedTuple

from environments.alfworld import grammar
from environments.contract import Said
from environments.message import Message, ToolCall
from environments.tool_calls import TEXT, BadCall, called, no_call, read, tool

TAKE_ACTION = "take_action"
TOOLS = (tool(TAKE_ACTION, "Do something in the household.", action=(TEXT, "one of the available actions")),)


class Mistake(NamedTuple):
    """What the agent reads about a reply that calls nothing, or calls it wrongly."""

    told: str


def find_action(said: Said, harness: str, tools: bool) -> str | Mistake | None:
    """The action in a reply or a call; None for a text without one where that ends the episode."""
    if isinstance(said, ToolCall):
        try:
            return grammar.action_of(read(said, TOOLS)["action"])
        except BadCall as bad:
            return Mistake(str(bad))
    action = grammar.find_action(said, "ab02" if tools else harness)
    return Mistake(no_call(TOOLS)) if action is None and tools else action


def reference(reply: str) -> Message:
    """A reference's text as the call that it amounts to."""
    thought, _, action = reply.rpartition("ACTION: ")
    return called(thought.removeprefix("THOUGHT: "), TAKE_ACTION, {"action": action})
