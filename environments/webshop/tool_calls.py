"""The shop as tools, by AgentBench's names (its function-calling version)."""

from __future__ import annotations

from environments.contract import Said
from environments.message import Message, ToolCall
from environments.tool_calls import TEXT, BadCall, called, no_call, read, tool
from environments.webshop import grammar
from environments.webshop.grammar import LIMIT_ARGUMENT_CHARS, Move

SEARCH, CLICK = "search_action", "click_action"
NAMES = {SEARCH: "search", CLICK: "click"}
TOOLS = (
    tool(SEARCH, "Look for products.", keywords=(TEXT, "the keywords")),
    tool(CLICK, "Click on something of the page.", value=(TEXT, "one of the clickables that the page lists")),
)


def move(said: Said, harness: str, tools: bool) -> Move | str | None:
    """What a reply or a call does, or what the agent reads about a mistake; None for a text without an action."""
    if isinstance(said, ToolCall):
        try:
            (argument,) = read(said, TOOLS).values()
        except BadCall as bad:
            return str(bad)
        return Move(NAMES[said.name], argument.encode("utf-8", "replace").decode().lower()[:LIMIT_ARGUMENT_CHARS])
    action = grammar.find_action(said, harness)
    if action is None:
        return no_call(TOOLS) if tools else None
    return grammar.parse(action)


def reference(reply: str) -> Message:
    """A reference's text as the call that it amounts to."""
    thought, _, action = reply.partition("\n\nAction:\n")
    name, _, argument = action.partition("[")
    thought, argument = thought.removeprefix("Thought:\n"), argument.removesuffix("]")
    if name == "search":
        return called(thought, SEARCH, {"keywords": argument})
    return called(thought, CLICK, {"value": argument})
