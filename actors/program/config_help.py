"""`--help-config`: every key of a config, as its model says it: name, type, default, and what it means."""

from __future__ import annotations

import json
import re
import types
import typing
from collections.abc import Iterator
from enum import Enum
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from rich.text import Text

from actors.program.configuration import ModelByName
from actors.program.terminal import console

INDENT = "  "


class Key(NamedTuple):
    """One key of a config by its dotted name. `*` stands for a name or position of the user's."""

    name: str
    kind: str
    default: str
    doc: str


def print_keys(model: type[BaseModel]) -> None:
    """All keys, each with its meaning below it."""
    output = console()
    for key in keys(model):
        line = Text(key.name, "bold")
        line.append(f"  {key.kind}", "not bold cyan")
        line.append(f"  {key.default}", "not bold dim")
        output.print(line, soft_wrap=True)
        output.print(Text(INDENT + key.doc), soft_wrap=True)


def keys(model: type[BaseModel], prefix: str = "") -> Iterator[Key]:
    """The keys of `model` and of the models inside it, in order; an environment's own settings where they stand."""
    for name, field in model.model_fields.items():
        if field.exclude:
            continue
        place = f"{prefix}{name}"
        yield Key(place, _kind(field.annotation), _default(field), " ".join((field.description or "").split()))
        for path, inner in _models(field.annotation):
            yield from keys(inner, f"{place}.{path}")
        for models in (mark for mark in field.metadata if isinstance(mark, ModelByName)):
            for key, inner in models.all().items():
                yield from keys(inner, f"{prefix.removesuffix('*.')}{key}.{name}.")


def _models(annotation: Any) -> Iterator[tuple[str, type[BaseModel]]]:
    """The models inside an annotation, each with the path to it: `*.` in a list or a mapping, its kind in a union."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield "", annotation
    elif typing.get_origin(annotation) in (dict, list, tuple):
        yield from ((f"*.{path}", model) for argument in _arguments(annotation) for path, model in _models(argument))
    elif typing.get_origin(annotation) in (typing.Union, types.UnionType, typing.Annotated):
        found = [pair for argument in _arguments(annotation) for pair in _models(argument)]
        for path, model in found:
            yield (f"[{_tag(model)}].{path}" if len(found) > 1 else path), model


def _tag(model: type[BaseModel]) -> str:
    """What tells a model from the others of its union: its `kind`, else its name."""
    kind = model.model_fields.get("kind")
    return str(kind.default) if kind is not None else model.__name__


def _arguments(annotation: Any) -> list[Any]:
    given = typing.get_args(annotation)
    return [given[0]] if typing.get_origin(annotation) is typing.Annotated else [one for one in given if one is not ...]


def _kind(annotation: Any) -> str:
    """As a user would say it."""
    origin, arguments = typing.get_origin(annotation), _arguments(annotation)
    if annotation is type(None):
        return "null"
    if origin is typing.Literal:
        return " | ".join(_shown(value) for value in arguments)
    if origin in (typing.Union, types.UnionType):
        return " | ".join(dict.fromkeys(_kind(argument) for argument in arguments))
    if origin is typing.Annotated:
        return _kind(arguments[0])
    if origin in (list, tuple):
        return f"list of {_kind(arguments[0])}"
    if origin is dict:
        return f"mapping to {_kind(arguments[1])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "mapping"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return " | ".join(str(member.value) for member in annotation)
    names = {str: "text", int: "whole number", float: "number", bool: "true | false", Any: "anything"}
    return names.get(annotation, re.sub(r"^.*\.", "", getattr(annotation, "__name__", str(annotation))).lower())


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "(required)"
    value = field.get_default(call_default_factory=True, validated_data={})
    return "" if isinstance(value, BaseModel) else f"= {_shown(value)}"


def _shown(value: Any) -> str:
    """As YAML would have it on one line."""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, str) and value:
        return value
    return json.dumps(value, ensure_ascii=False, default=str)
