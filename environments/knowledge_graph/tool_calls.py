"""The knowledge graph's tools as a model calls them: AgentBench's seven (its function-calling version).

The final answer stays text, as in AgentBench.
"""

from __future__ import annotations

from environments.contract import TaskFault
from environments.knowledge_graph.grammar import parse
from environments.message import Message
from environments.tool_calls import TEXT, called, tool

_THING = (TEXT, "the name of an entity from the list after the question, or a variable such as #0")
_VARIABLE = (TEXT, "a variable such as #0")
TOOLS = (
    tool("get_relations", "List the relations that lead away from an entity or a variable's members.", variable=_THING),
    tool(
        "get_neighbors",
        "Make a new variable: everything that a relation leads to. Only a relation that get_relations has listed for"
        " the same entity or variable can be used.",
        variable=_THING,
        relation=(TEXT, "the relation"),
    ),
    tool(
        "intersection",
        "Make a new variable: what is in both. The two must have the same type.",
        variable1=_VARIABLE,
        variable2=_VARIABLE,
    ),
    tool("get_attributes", "List the numbers and dates that a variable's members have.", variable=_VARIABLE),
    tool(
        "argmax",
        "Make a new variable: the members whose value of an attribute is largest, or latest. Only an attribute that"
        " get_attributes has listed for the same variable can be used.",
        variable=_VARIABLE,
        attribute=(TEXT, "the attribute"),
    ),
    tool(
        "argmin",
        "Make a new variable: the members whose value of an attribute is smallest, or earliest. Only an attribute that"
        " get_attributes has listed for the same variable can be used.",
        variable=_VARIABLE,
        attribute=(TEXT, "the attribute"),
    ),
    tool("count", "Make a new variable: the number of a variable's members.", variable=_VARIABLE),
)


def reference(reply: str) -> Message:
    """A reference's text as the call that it amounts to; its last one is the answer, and stays text."""
    line = parse(reply).line
    if line is None:
        return Message("assistant", reply, loss=True)
    name, _, inside = line.removeprefix("Action: ").partition("(")
    parameters = {tool.name: list(tool.parameters["properties"]) for tool in TOOLS}
    if name not in parameters:
        raise TaskFault(f"the reference calls {name}, which is no tool: play this task in text")
    given = inside.removesuffix(")").rsplit(", ", len(parameters[name]) - 1)  # a name may hold a comma, no other may
    thought = reply.partition("\nAction:")[0].removeprefix("Thought: ")
    return called(thought, name, dict(zip(parameters[name], given, strict=True)))
