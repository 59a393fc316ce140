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
Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
TEXTS: Schema = {"type": "array", "items": TEXT}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
YES_OR_NO: Schema = {"type": "boolean"}
_KINDS: dict[str, tuple[str, tuple[type, ...]]] = {
    "string": ("a text", (str,)),
    "integer": ("a whole number", (int,)),
    "number": ("a number", (int, float)),
    "boolean": ("true or false", (bool,)),
}


class BadCall(Exception):
    """Why a call cannot be carried out, as the agent reads it."""


def tool(name: str, description: str, **parameters: tuple[Schema, str]) -> Tool:
    """A tool whose parameters, `name=(schema, description)`, are all required: texts, numbers, booleans and lists of
    these, each perhaps with the `enum` of what it may be. Raises `ValueError` for another schema.
    """
    for key, (schema, _) in parameters.items():
        if _item(schema).get("type") not in _KINDS:
            raise ValueError(f"{name}: '{key}' is none of {', '.join(_KINDS)} or a list of one of them")
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
            raise BadCall(f"{call.name} needs {name!r}, {_wanted(schema)}. Call it again with it.")
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


def _item(schema: Schema) -> Schema:
    """What a list holds; what is no list itself."""
    item: Schema = schema.get("items", {}) if schema.get("type") == "array" else schema
    return item


def _fits(value: Any, schema: Schema) -> bool:
    if schema["type"] == "array":
        return isinstance(value, list) and all(_fits(item, schema["items"]) for item in value)
    _, types = _KINDS[schema["type"]]
    of_type = isinstance(value, types) and (not isinstance(value, bool) or bool in types)
    return of_type and ("enum" not in schema or value in schema["enum"])


def _wanted(schema: Schema) -> str:
    item = _item(schema)
    kind = f"one of {', '.join(map(str, item['enum']))}" if "enum" in item else _KINDS[item["type"]][0]
    return f"a list, each {kind}" if schema["type"] == "array" else kind
