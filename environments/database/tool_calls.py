"""The database as tools, by AgentBench's names (its function-calling version)."""

from __future__ import annotations

from environments.contract import Said
from environments.database import grammar
from environments.database.grammar import Move
from environments.database.judge import answer_values
from environments.message import Message, ToolCall
from environments.tool_calls import TEXT, TEXTS, BadCall, called, no_call, read, tool

EXECUTE, COMMIT = "execute_sql", "commit_final_answer"
TOOLS = (
    tool(
        EXECUTE,
        "Run one SQL statement. What the server prints is shown, cut off if it is long.",
        query=(TEXT, "the statement"),
    ),
    tool(
        COMMIT,
        "End the task with the answer. After a change of data the list may hold anything.",
        answers=(TEXTS, "the exact values"),
    ),
)


def move(said: Said, tools: bool) -> Move | str:
    """What a reply or a call does, or what the agent reads about a mistake; with `tools` a text that does nothing is
    one.
    """
    if isinstance(said, ToolCall):
        try:
            values = read(said, TOOLS)
        except BadCall as bad:
            return str(bad)
        if said.name == EXECUTE:
            return Move(operates=True, sql=values["query"].strip(), answer=None)
        return Move(operates=False, sql=None, answer=grammar.render_values(values["answers"]))
    found = grammar.parse(said)
    return no_call(TOOLS) if tools and found.sql is None and found.answer is None else found


def reference(reply: str) -> Message:
    """A reference's text as the call that it amounts to."""
    found, thought = grammar.parse(reply), reply.partition("\nAction:")[0]
    if found.operates:
        return called(thought, EXECUTE, {"query": found.sql})
    return called(thought, COMMIT, {"answers": [str(value) for value in answer_values(found.answer or "")]})
