"""Reading a config: YAML plus `key=value` overrides into a strict pydantic model, every mistake told in one line."""

from __future__ import annotations

import difflib
import sys
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from actors.program import yaml_text
from actors.program.user_error import UserError
from environments import renamed_keys

Model = TypeVar("Model", bound=BaseModel)


class ModelByName(NamedTuple):
    """Marks a mapping in a model that stands in a mapping itself: what it may hold follows from its name there."""

    all: Callable[[], Mapping[str, type[BaseModel]]]


def load(path: str, overrides: Sequence[str], model: type[Model]) -> Model:
    """The config at `path` with `overrides` ('llm.model=gpt-4', value in YAML) as a `model`. Raises `UserError`."""
    shipped = "the ones that come with the project are in configs/"
    return check(with_overrides(read_mapping(path, "config", shipped), overrides), model, path)


def read_mapping(path: str | Path, what: str, advice: str) -> dict[str, Any]:
    """The YAML file at `path`: keys and values. `what` it is, and what to do where it is none. Raises `UserError`."""
    try:
        with open(path, "rb") as file:
            text = _whole(file.read(yaml_text.LIMIT_BYTES + 1)).decode("utf-8-sig")
    except (OSError, ValueError) as error:
        reason = (
            error.strerror
            if isinstance(error, OSError)
            else "not UTF-8 text"
            if isinstance(error, UnicodeError)
            else str(error)
        )
        raise UserError(f"cannot read {what} '{path}': {reason}; {advice}") from error
    try:
        content = yaml_text.parse(text)
    except yaml_text.NotYaml as error:
        raise UserError(f"{what} '{path}' is not YAML: {error}") from error
    if not isinstance(content, dict):
        found = "nothing" if content is None else type(content).__name__
        raise UserError(f"{what} '{path}' must be a mapping of keys to values, found {found}; {advice}")
    return content


def _whole(content: bytes) -> bytes:
    if len(content) > yaml_text.LIMIT_BYTES:
        raise ValueError(f"longer than {yaml_text.LIMIT_BYTES >> 10} KiB")
    return content


def with_overrides(content: dict[str, Any], overrides: Sequence[str]) -> dict[str, Any]:
    """`content` with each 'a.b.0.c=value' put in its place; lists are addressed by position."""
    for override in overrides:
        name, equals, text = override.partition("=")
        if not equals or not name:
            raise UserError(f"override '{override}' is not of the form key=value (for example llm.concurrency=32)")
        try:
            value = yaml_text.parse(text)
        except yaml_text.NotYaml as error:
            raise UserError(f"override '{override}': the value is not YAML: {error}") from error
        _put(content, name.split("."), value, override)
    return content


def _put(node: Any, keys: list[str], value: Any, override: str) -> None:
    for i, key in enumerate(keys):
        last = i == len(keys) - 1
        if isinstance(node, list):
            if not key.isdigit() or int(key) >= len(node):
                raise UserError(f"override '{override}': '{key}' is no position in a list of {len(node)}")
            if last:
                node[int(key)] = value
            else:
                node = node[int(key)]
        elif isinstance(node, dict):
            if last:
                node[key] = value
            else:
                if node.get(key) is None:
                    node[key] = {}
                node = node[key]
        else:
            raise UserError(f"override '{override}': '{keys[i - 1]}' holds {node!r}, which has no '{key}'")


def check(content: Any, model: type[Model], where: str) -> Model:
    """`content` as a `model`; the first mistake as a `UserError` that names the key, and the nearest known one.

    A key of an older name is read, and said on stderr. Nothing is taken for what it is not: `true` is no number, and
    "15" neither.
    """
    try:
        with renamed_keys.told() as lines:
            found = model.model_validate(content)
    except ValidationError as error:
        raise UserError(f"{where}: {describe(error.errors()[0], model)}") from error
    for line in lines:
        print(f"{where}: {line}", file=sys.stderr)
    for place, said, kind in _taken_for(content, found.model_dump(mode="json")):
        raise UserError(f"{where}: '{place}': found {_shown(said)}, which is no {kind}")
    return found


def _taken_for(said: Any, found: Any, place: str = "") -> Iterator[tuple[str, Any, str]]:
    """Each value that was read as another kind than it is written as: where, what, and as which."""
    if isinstance(said, dict) and isinstance(found, dict):
        pairs = [(key, value, found[key]) for key, value in said.items() if key in found]
    elif isinstance(said, list | tuple) and isinstance(found, list) and len(said) == len(found):
        pairs = [(str(number), value, found[number]) for number, value in enumerate(said)]
    else:
        if {_kind(said), _kind(found)} in _UNLIKE:
            yield place, said, _kind(found)
        return
    for key, value, other in pairs:
        yield from _taken_for(value, other, f"{place}.{key}" if place else key)


_UNLIKE = ({"truth value", "number"}, {"text", "number"}, {"text", "truth value"})


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "truth value"
    return "text" if isinstance(value, str) else "number" if isinstance(value, int | float) else ""


def _shown(value: Any) -> str:
    """As YAML would have it, in at most 80 characters."""
    return f"{str(value).lower() if isinstance(value, bool) else repr(value):.80}"


def describe(error: ErrorDetails, model: type[BaseModel]) -> str:
    """One validation error as a sentence."""
    place = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        known = _fields_at(model, [str(part) for part in error["loc"][:-1]])
        near = difflib.get_close_matches(str(error["loc"][-1]), known, n=1, cutoff=0.5)
        hint = f"did you mean '{near[0]}'?" if near else f"known here are {', '.join(known)}"
        return f"unknown key '{place}': {hint}"
    if error["type"] == "missing":
        return f"'{place}' is missing"
    found = f", found {error['input']!r:.80}" if not isinstance(error["input"], dict | list) else ""
    message = error["msg"].removeprefix("Value error, ")
    return f"'{place}': {message[:1].lower()}{message[1:]}{found}" if place else message


def _fields_at(model: Any, path: list[str]) -> list[str]:
    """The field names of the model that stands at `path` inside `model`, unions and tags included."""
    models = [model]
    for key in path:
        following: list[Any] = []
        for candidate in models:
            if key in candidate.model_fields:
                following += _models_in(candidate.model_fields[key].annotation)
            elif key.isdigit() or any(key == str(f.default) for f in candidate.model_fields.values()):
                following.append(candidate)
        models = following or models
    return sorted({name for candidate in models for name in candidate.model_fields})


def _models_in(annotation: Any) -> list[Any]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if typing.get_origin(annotation) in (typing.Union, types.UnionType, list, dict, tuple, typing.Annotated):
        return [model for argument in typing.get_args(annotation) for model in _models_in(argument)]
    return []
