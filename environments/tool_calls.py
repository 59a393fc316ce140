"""An environment's second dialect: tools that a model calls, in place of text that it writes.

Both are read into the environment's own action, so that everything behind that is the same. A call that cannot be
carried out is the agent's mistake and is answered as that; it costs a round, as any reply does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from environments.message import Message, Tool, ToolCall, arguments_of

Dialect = Literal["text", "tools"]
TEXT: dict[str, Any] = {"type": "string"}
TEXTS: dict[str, Any] = {"type": "array", "items": {"type": "string"}}


class BadCall(Exception):
    """Why a call cannot be carried out, as the agent reads it."""


def tool(name: str, description: str, **parameters: tuple[dict[str, Any], str]) -> Tool:
    """A tool whose parameters, `name=(schema, description)`, are all required."""
    properties = {key: {**schema, "description": told} for key, (schema, told) in parameters.items()}
    schema = {"type": "object", "properties": properties, "required": list(parameters), "additionalProperties": False}
    return Tool(name, description, schema)


def read(call: ToolCall, tools: Sequence[Tool]) -> dict[str, Any]:
    """The arguments of a call: those that its tool has, each of its type. Raises `BadCall`."""
    found = next((tool for tool in tools if tool.name == call.name), None)
    if found is None:
        raise BadCall(f"There is no tool {call.name[:80]!r}. {_listed(tools)}")
    given = arguments_of(call)
    if given is None:
        raise BadCall(f"The arguments of {call.name} are no JSON object. Call it again with one.")
    wanted = found.parameters["properties"]
    values = {name: given.get(name) for name in wanted}
    for name, schema in wanted.items():
        if not _fits(values[name], schema):
            kind = "a list of texts" if schema["type"] == "array" else "a text"
            raise BadCall(f"{call.name} needs {name!r}, {kind}. Call it again with it.")
    return values


def no_call(tools: Sequence[Tool]) -> str:
    """What a reply reads that calls no tool where one is needed."""
    return f"No tool was called. {_listed(tools)}"


def called(said: str, tool: str, arguments: dict[str, Any]) -> Message:
    """A message that calls a tool: how a reference plays."""
    call = ToolCall("call", tool, msgspec.json.encode(arguments).decode())
    return Message("assistant", said.strip(), loss=True, tool_calls=(call,))


def _listed(tools: Sequence[Tool]) -> str:
    return f"Call one of the tools: {', '.join(tool.name for tool in tools)}."


def _fits(value: Any, schema: dict[str, Any]) -> bool:
    if schema["type"] == "array":
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, str)
