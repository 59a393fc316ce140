"""Rows of record files as they come from the Hub or from FastChat: parquet, a JSON array, JSON lines. Told apart by
content.

A pretty-printed object, several of them, and one that holds the records under a name (`data`, `rows`, …) are read as
well. What Python writes and JSON does not have is read as the nearest that it has: half of a surrogate pair as U+FFFD,
NaN and infinities as null.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import msgspec

from actors.program.terminal import one_line
from actors.program.user_error import UserError
from environments.half_characters import well_formed
from environments.rows import BadRow, refuse


class Row(NamedTuple):
    """One record as found. `number` counts from 1: the line of a JSON-lines file, else the row."""

    file: str
    number: int
    fields: dict[str, Any]
    word: str = "row"
    mended: bool = False  # it had half a character, or a number that is none

    def fault(self, field: str, found: object, expected: str) -> UserError:
        """What is wrong with this row, in one line."""
        return UserError(
            f"'{self.file}' {self.word} {self.number}, field '{field}': found {_brief(found)}, expected {expected}"
        )


def expand(names: Sequence[str]) -> list[Path]:
    """The files that `names` stand for: a folder is its `data/*.parquet`. Raises `UserError` for what is not there."""
    paths: list[Path] = []
    for name in names:
        path = Path(name)
        if path.is_dir():
            found = sorted(path.glob("data/*.parquet"))
            if not found:
                raise UserError(f"'{name}' is a folder without data/*.parquet: name the files")
            paths += found
        elif path.is_file():
            paths.append(path)
        else:
            raise UserError(f"'{name}' does not exist: give a parquet, JSON or JSON-lines file")
    return paths


class BadRecord(BadRow):
    """A row that is no record. `kind` is the same for all of its kind; the message is one line with file and row."""

    def __init__(self, place: str, kind: str, said: str) -> None:
        self.place, self.kind = place, kind
        super().__init__(f"{place}: {said}")


Handler = Callable[[BadRecord], None]


def rows(path: Path, bad: Handler = refuse) -> Iterator[Row]:
    """Every record of a file, streamed; a row that is none goes to `bad`.

    Raises `UserError` for a file that is none of records.
    """
    try:
        with open(path, "rb") as file:
            start = file.read(4096)
    except OSError as error:
        raise UserError(f"cannot read '{path}': {error.strerror or error}") from error
    if start.startswith(b"PAR1"):
        return _parquet(path, bad)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")) or start[1:2] == b"\0" or start[:1] == b"\0":
        raise UserError(
            f"'{path}' is UTF-16 text or no text at all: give UTF-8 (iconv -f UTF-16 -t UTF-8 converts text)"
        )
    if start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"["):
        return _array(path, bad)
    return _lines(path, bad)


def _parquet(path: Path, bad: Handler) -> Iterator[Row]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise UserError("parquet needs pyarrow: pip install 'pyarrow>=20' (this project's extra 'export')") from error
    number = 0
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=256):
                for i in range(batch.num_rows):
                    number += 1
                    try:
                        (fields,) = batch.slice(i, 1).to_pylist()
                    except UnicodeDecodeError as error:
                        bad(BadRecord(f"'{path}' row {number}", NOT_UTF_8, f"{NOT_UTF_8} ({error.reason})"))
                        continue
                    yield Row(str(path), number, fields)
    except (pyarrow.ArrowException, OSError) as error:
        raise UserError(f"'{path}' is no readable parquet file: {one_line(str(error), 200)}") from error


NOT_UTF_8 = "text that is not UTF-8"


class CutArray(UserError):
    """A JSON array whose file ends before it does."""


_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?P<end>"?)|[\[\]{},]', re.DOTALL)
_CHUNK_BYTES = 2**22
RECORD_BYTES = 2**28  # a record that is longer is none


def _array(path: Path, bad: Handler) -> Iterator[Row]:
    """The array's elements, one at a time: no more of the file is held than the record that is read and a chunk."""
    with open(path, "rb") as file:
        for number, element in enumerate(_elements(file, str(path)), 1):
            yield from _row(path, number, element, "row", bad)


def _elements(file: BinaryIO, name: str) -> Iterator[bytes]:
    """The texts of the elements of the JSON array in `file`: only brackets, commas and strings are looked at here."""
    buffer = file.read(_CHUNK_BYTES).removeprefix(b"\xef\xbb\xbf").lstrip()
    begin = position = 1  # behind the array's own bracket
    depth = number = 0
    while True:
        found = _TOKEN.search(buffer, position)
        if found is None or found["end"] == b"":
            unread = len(buffer) if found is None else found.start()  # a string that is not whole yet is read again
            if len(buffer) - begin > RECORD_BYTES:
                raise UserError(
                    f"'{name}' row {number + 1} is longer than {RECORD_BYTES >> 20} MiB: not a JSON array of records"
                )
            chunk = file.read(
                max(_CHUNK_BYTES, len(buffer) - begin)
            )  # twice as much each time, for a record longer than a chunk
            if not chunk:
                cut = f"it is cut off in row {number + 1}, {number} rows are whole: get the file again"
                raise CutArray(f"'{name}' is not a whole JSON array of records: {cut}")
            buffer, begin, position = buffer[begin:] + chunk, 0, unread - begin
            continue
        position, token = found.end(), found[0]
        if token in (b"[", b"{"):
            depth += 1
        elif depth and token in (b"]", b"}"):
            depth -= 1
        elif token in (b"]", b",") and not depth:
            element = buffer[begin : found.start()].strip()
            begin = position
            if element or number or token == b",":
                number += 1
                yield element
            if token == b"]":
                break
    rest = (buffer[position:] + file.read(_CHUNK_BYTES)).strip()
    if rest:
        raise UserError(
            f"'{name}' is not a JSON array of records: {_brief(rest[:40].decode(errors='replace'))} stands behind"
            " its end"
        )


def _lines(path: Path, bad: Handler) -> Iterator[Row]:
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
                if line.strip() and _goes_on(line):
                    yield from _values(path, bad)
                    return
            if line.strip():
                yield from _row(path, number, line, "line", bad, alone=number == 1 and _one_line(path))


def _one_line(path: Path) -> bool:
    """Whether a single line of the file holds anything."""
    with open(path, "rb") as file:
        return sum(1 for _ in islice((line for line in file if line.strip()), 2)) == 1


def _goes_on(line: bytes) -> bool:
    """Whether a file's first line opens an object that it does not close: a pretty-printed one."""
    depth = 0
    for token in _TOKEN.finditer(line):
        depth += {b"{": 1, b"[": 1, b"}": -1, b"]": -1}.get(token[0], 0)
        if token["end"] == b"":  # a string that does not end: the line is cut
            return False
    return depth > 0


def _values(path: Path, bad: Handler) -> Iterator[Row]:
    """The JSON values of a file in which they have several lines each; a cut one is the last."""
    content = path.read_bytes() if path.stat().st_size <= RECORD_BYTES else b""
    if not content:
        raise UserError(
            f"'{path}' is no JSON lines, and too large to be one pretty-printed value: give JSON lines (jq -c does it)"
        )
    text, number = content.decode("utf-8-sig", "replace").rstrip(), 0
    position = _after(_SPACE, text, 0)
    while position < len(text):
        number += 1
        try:
            value, position = json.JSONDecoder().raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            bad(BadRecord(f"'{path}' value {number}", NOT_JSON, _not_json(error)))
            return
        position = _after(_BETWEEN, text, position)
        alone = number == 1 and position == len(text)
        yield from _records(path, number, value, "value", bad, mended=False, alone=alone)


def _after(pattern: re.Pattern[str], text: str, position: int) -> int:
    """Where `pattern`, which an empty text matches, ends from `position`. No copy is made of the rest."""
    found = pattern.match(text, position)
    assert found is not None, "an empty text matches"
    return found.end()


NOT_JSON = "not JSON"
_SPACE = re.compile(r"\s*")
_BETWEEN = re.compile(r"\s*,?\s*")
_WRAPPERS = ("data", "rows", "records", "examples", "train")
# What has one of these is a record, whatever lists of objects it has besides.
_OF_RECORDS = frozenset({"conversations", "conversation", "messages", "items", "prompt", "instruction"})


def _row(path: Path, number: int, content: bytes, word: str, bad: Handler, *, alone: bool = False) -> Iterator[Row]:
    try:
        value, mended = msgspec.json.decode(content), False
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as strict:
        try:
            value, mended = json.loads(content.decode("utf-8", "replace")), True
        except (ValueError, RecursionError):
            bad(BadRecord(f"'{path}' {word} {number}", NOT_JSON, _not_json(strict)))
            return
    yield from _records(path, number, value, word, bad, mended=mended, alone=alone)


def _not_json(error: Exception) -> str:
    return f"not JSON ({one_line(str(error), 80)}); give parquet, a JSON array or JSON lines"


def _records(
    path: Path, number: int, value: Any, word: str, bad: Handler, *, mended: bool, alone: bool
) -> Iterator[Row]:
    """The record that a value is, or those that it holds under a name where it is `alone` in its file."""
    found = False
    if mended or word == "value":
        value, found = _writable(value)
    if alone and isinstance(value, dict) and value.keys().isdisjoint(_OF_RECORDS):
        wrapped: list[Any] = next((value[name] for name in _WRAPPERS if isinstance(value.get(name), list)), [])
        if wrapped and all(isinstance(fields, dict) for fields in wrapped):
            yield from (
                Row(file=str(path), number=i, fields=fields, word="record", mended=mended or found)
                for i, fields in enumerate(wrapped, 1)
            )
            return
    if isinstance(value, dict):
        yield Row(file=str(path), number=number, fields=value, word=word, mended=mended or found)
    else:
        said = f"found {_brief(value)}, expected a record {{id, conversations}}"
        bad(BadRecord(f"'{path}' {word} {number}", "no record", said))


def _writable(value: Any) -> tuple[Any, bool]:
    """A value that JSON can hold, and whether that took a change."""
    if isinstance(value, str):
        text = well_formed(value)
        return text, text != value
    if isinstance(value, float):
        return (value, False) if math.isfinite(value) else (None, True)
    if isinstance(value, dict):
        pairs = [(_writable(key), _writable(inner)) for key, inner in value.items()]
        return {key[0]: inner[0] for key, inner in pairs}, any(key[1] or inner[1] for key, inner in pairs)
    if isinstance(value, list):
        inners = [_writable(inner) for inner in value]
        return [inner[0] for inner in inners], any(inner[1] for inner in inners)
    return value, False


def _brief(value: object) -> str:
    return "nothing" if value is None else one_line(repr(value), 60)
