"""The shell as tools, by AgentBench's names (its function-calling version)."""

from __future__ import annotations

from environments.contract import Said
from environments.message import Message, ToolCall
from environments.operating_system import grammar
from environments.operating_system.grammar import Action
from environments.tool_calls import TEXT, BadCall, called, no_call, read, tool

BASH, FINISH, ANSWER = "bash_action", "finish_action", "answer_action"
TOOLS = (
    tool(
        BASH,
        "Run commands in the shell. They must not wait for input. What they print is shown, cut off if it is long.",
        script=(TEXT, "the commands"),
    ),
    tool(FINISH, "End the task: the machine has been changed as asked.", thought=(TEXT, "why it is done")),
    tool(ANSWER, "Answer the question, which ends the task.", answer=(TEXT, "the answer alone")),
)


def action(said: Said, tools: bool) -> Action:
    """What a reply or a call asks for; with `tools` a text that asks for nothing is a mistake that can be mended."""
    if isinstance(said, ToolCall):
        try:
            values = read(said, TOOLS)
        except BadCall as bad:
            return Action("mistake", str(bad))
        if said.name == FINISH:
            return Action("finish")
        return Action("bash", values["script"]) if said.name == BASH else Action("answer", values["answer"])
    found = grammar.parse(said)
    return Action("mistake", no_call(TOOLS)) if tools and found.kind == "unusable" else found


def reference(reply: str) -> Message:
    """A reference's text as the call that it amounts to."""
    found, thought = grammar.parse(reply), reply.partition("\n\nAct:")[0].removeprefix("Think: ")
    if found.kind == "bash":
        return called(thought, BASH, {"script": found.text})
    if found.kind == "answer":
        return called(thought, ANSWER, {"answer": found.text})
    return called("", FINISH, {"thought": thought})
