"""The practice environment's tools."""

from __future__ import annotations

from environments.message import Message
from environments.practice.grammar import say
from environments.tool_calls import TEXT, called, tool

SAY = "say"
TOOLS = (tool(SAY, "Say the next number, or 'done' after the last one.", what=(TEXT, "a number, or 'done'")),)


def reference(reply: str) -> Message:
    """A reference's text as the call that it amounts to."""
    return called(reply.partition("\n")[0], SAY, {"what": say(reply) or ""})
