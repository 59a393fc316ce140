"""The answer as a call of one tool, this project's own: AgentBench's function-calling version has no Mind2Web."""

from __future__ import annotations

from environments.contract import Said
from environments.message import Message, ToolCall
from environments.mind2web.grammar import LETTERS, OPERATIONS, Answer, action, parse
from environments.tool_calls import TEXT, BadCall, called, read, tool

ANSWER = "answer"
NO_ACTION = "NONE"
TOOLS = (
    tool(
        ANSWER,
        "Say what the next action is.",
        letter=({"type": "string", "enum": list(LETTERS)}, "the letter of a choice; A is none of them"),
        action=({"type": "string", "enum": [*OPERATIONS, NO_ACTION]}, "what to do with the element; NONE with A"),
        value=(TEXT, "the text to type or the option to select; empty for a click"),
    ),
)


def answer(said: Said, tools: bool) -> Answer:
    """What a reply or a call says. A call that is none, or text where tools are offered, is a reply that cannot be read
    and costs its question.
    """
    if not isinstance(said, ToolCall):
        return Answer("", "") if tools else parse(said)
    try:
        letter, operation, value = read(said, TOOLS).values()
    except BadCall:
        return Answer("", "")
    return Answer(letter, action("" if operation == NO_ACTION else operation, value))


def reference(reply: str) -> Message:
    """A reference's text as the call that it amounts to."""
    thought = reply.partition("\n")[0].removeprefix("Thought: ")
    letter, done = parse(reply)
    operation, _, value = done.partition(" ")
    return called(thought, ANSWER, {"letter": letter, "action": operation or NO_ACTION, "value": value})
