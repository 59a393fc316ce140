"""Rows of public task files: one that is no task is named with file, row, field and reason, and the others are still
tasks.

An environment's `load` yields a `Task` or a `BadRow` for each row, and whoever reads them says what a bad one means:
`Environment.load` hands it to a function, which counts it or, as `refuse` does, raises it. A file that cannot be read,
or is no JSON at all, is refused as a whole.
"""

from __future__ import annotations

import gzip
import json
import math
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from environments.contract import Task, UserError
from environments.half_characters import HALF_CHARACTER

DEPTH = 100  # of lists and objects in a row: no task of any public file has ten
_DIGITS = 4300  # of a whole number: Python's own limit, beyond which reading one takes quadratic time


class BadRow(UserError):
    """A row of a task file that is no task. The message is one line: file, row, field, what was found."""


_KINDS: dict[type, str] = {str: "a text", list: "a list", dict: "an object", int: "a number", float: "a number"}
_SHOWN = 80


def wrong(place: str, field: str, found: Any, expected: str) -> BadRow:
    """The one complaint about a row: where, which field, what stands there, and what should."""
    shown = "nothing" if found is None else json.dumps(found, ensure_ascii=False, default=str)
    shown = shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "…"
    return BadRow(f"{place}{f', field {field!r}' if field else ''}: found {shown}, expected {expected}")


class Row:
    """A JSON object of a task file and where it stands, so that every complaint says where."""

    def __init__(self, place: str, values: Any) -> None:
        if not isinstance(values, dict):
            raise wrong(place, "", values, "an object")
        self.place, self.values = place, values

    def get(self, name: str, kind: type | tuple[type, ...], default: Any = None) -> Any:
        """Field `name`, of type `kind`; without a default it must be there. Raises `BadRow`."""
        value = self.values.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, kind):
            kinds = kind if isinstance(kind, tuple) else (kind,)
            raise self.wrong(name, " or ".join(_KINDS[one] for one in kinds))
        return value

    def inner(self, name: str, values: Any) -> Row:
        """A part of this row under its own place."""
        return Row(f"{self.place}, field '{name}'", values)

    def rows(self, name: str) -> Iterator[Row]:
        """The objects in the list under `name`, none where it is missing."""
        for number, values in enumerate(self.get(name, list, [])):
            yield Row(f"{self.place}, field '{name}', item {number}", values)

    def texts(self, name: str) -> list[str]:
        """The texts in the list under `name`, none where it is missing."""
        values: list[str] = self.get(name, list, [])
        if not all(isinstance(value, str) for value in values):
            raise self.wrong(name, "a list of texts")
        return values

    def wrong(self, name: str, expected: str) -> BadRow:
        """The complaint about a field."""
        return wrong(self.place, name, self.values.get(name), expected)


def refuse(bad: BadRow) -> None:
    """The strict reading: the first bad row is the user's mistake."""
    raise bad


class RawRow(NamedTuple):
    """A row's JSON and where it stands; `number` counts as the file's format does. `fault`: why it has no values."""

    place: str
    number: int
    values: Any
    fault: str = ""


def tasks(rows: Iterable[RawRow], make: Callable[[RawRow], Task]) -> Iterator[Task | BadRow]:
    """The task that `make` finds in each row; a `BadRow` where it raises `UserError`, or where text or numbers are
    none.
    """
    for row in rows:
        try:
            yield _task(row, make)
        except UserError as error:
            yield BadRow(str(error))


def _task(row: RawRow, make: Callable[[RawRow], Task]) -> Task:
    fault = row.fault or unusable(row.values)
    if fault:
        raise BadRow(f"{row.place}: {fault}")
    return make(row)


def unusable(values: Any) -> str:
    """The first field that no record could hold, and why; empty where there is none.

    Python reads half of a surrogate pair, NaN and infinities from JSON, but nothing can write them again.
    """
    open_values: list[tuple[str, Any, int]] = [("", values, 0)]
    while open_values:
        field, value, depth = open_values.pop()
        said = _why_unusable(value, depth)
        if said:
            return f"field '{field}' {said}" if field else said
        inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, item in inner:
            half = isinstance(key, str) and HALF_CHARACTER.search(key)
            if half:
                return f"a field's name {_half(half)}"
            open_values.append((f"{field}.{key}" if field else str(key), item, depth + 1))
    return ""


def _why_unusable(value: Any, depth: int) -> str:
    if isinstance(value, str):
        half = HALF_CHARACTER.search(value)
        return _half(half) if half else ""
    if isinstance(value, float) and not math.isfinite(value):
        return "holds a number that is none (NaN, infinite, or out of range)"
    return f"is nested deeper than {DEPTH} levels" if depth > DEPTH else ""


def _half(found: re.Match[str]) -> str:
    return f"holds {found[0]!a}, which is half a character"


def read_array(path: Path, alone: bool = False) -> Iterator[RawRow]:
    """The rows of a JSON list, counted from 0; with `alone` a single object is one row.

    Raises `UserError` for any other file.
    """
    text = _text(path)
    try:
        content = parse(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise UserError(
            f"{path}: {place}: {error.msg}; a task file is a JSON {'object or ' if alone else ''}list"
        ) from error
    except RecursionError as error:
        raise UserError(f"{path}: nested too deeply; a task file is a JSON list of rows") from error
    if isinstance(content, dict) and alone:
        content = [content]
    if not isinstance(content, list):
        raise UserError(f"{path}: expected a JSON list of rows, found {type(content).__name__}")
    for number, values in enumerate(content):
        yield RawRow(f"{path}: row {number}", number, values)


def read_lines(path: Path) -> Iterator[RawRow]:
    """The rows of a file of JSON lines, `.gz` or not, counted from 1.

    Raises `UserError` for a file that cannot be read.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _line(f"{path}:{number}", number, line)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise _unreadable(path, error) from error


def _line(place: str, number: int, line: bytes) -> RawRow:
    try:
        return RawRow(place, number, parse(_decoded(line)))
    except (json.JSONDecodeError, RecursionError) as error:
        return RawRow(place, number, None, f"not a line of JSON ({error})")


def parse(text: str) -> Any:
    """JSON as Python reads it, but a whole number of absurd length is infinite, which `unusable` names."""
    return json.loads(text, parse_int=lambda digits: int(digits) if len(digits) <= _DIGITS else math.inf)


def _text(path: Path) -> str:
    try:
        return _decoded(path.read_bytes())
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def _decoded(content: bytes) -> str:
    """Bytes that are no UTF-8 become half characters: the row that holds them is bad, and no other."""
    return content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")


def _unreadable(path: Path, error: Exception) -> UserError:
    why = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return UserError(f"cannot read the task file '{path}': {why}")
