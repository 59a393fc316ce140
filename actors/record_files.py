"""Rows of record files as they come from the Hub or from FastChat: parquet, a JSON array, JSON lines. Told apart by content."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import msgspec

from actors.terminal import one_line
from environments.contract import UserError


class Row(NamedTuple):
    """One record as found. `number` counts from 1: the line of a JSON-lines file, else the row."""

    file: str
    number: int
    fields: dict[str, Any]
    word: str = "row"

    def fault(self, field: str, found: object, expected: str) -> UserError:
        """What is wrong with this row, in one line."""
        return UserError(f"'{self.file}' {self.word} {self.number}, field '{field}': found {_brief(found)}, expected {expected}")


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


def rows(path: Path) -> Iterator[Row]:
    """Every record of a file, streamed."""
    try:
        with open(path, "rb") as file:
            start = file.read(4096)
    except OSError as error:
        raise UserError(f"cannot read '{path}': {error.strerror or error}") from error
    if start.startswith(b"PAR1"):
        return _parquet(path)
    if start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"["):
        return _array(path)
    return _lines(path)


def _parquet(path: Path) -> Iterator[Row]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise UserError("parquet needs pyarrow: pip install 'pyarrow>=20' (this project's extra 'export')") from error
    number = 0
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=256):
                for fields in batch.to_pylist():
                    number += 1
                    yield Row(str(path), number, fields)
    except (pyarrow.ArrowException, OSError) as error:
        raise UserError(f"'{path}' is no readable parquet file: {one_line(str(error), 200)}") from error


class CutArray(UserError):
    """A JSON array whose file ends before it does."""


_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?P<end>"?)|[\[\]{},]', re.DOTALL)
_CHUNK_BYTES = 2**22
RECORD_BYTES = 2**28  # a record that is longer is none


def _array(path: Path) -> Iterator[Row]:
    """The array's elements, one at a time: no more of the file is held than the record that is read and a chunk."""
    with open(path, "rb") as file:
        for number, element in enumerate(_elements(file, str(path)), 1):
            yield _row(path, number, element, "row")


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
                raise UserError(f"'{name}' row {number + 1} is longer than {RECORD_BYTES >> 20} MiB: not a JSON array of records")
            chunk = file.read(max(_CHUNK_BYTES, len(buffer) - begin))  # twice as much each time, for a record longer than a chunk
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
        raise UserError(f"'{name}' is not a JSON array of records: {_brief(rest[:40].decode(errors='replace'))} stands behind its end")


def _lines(path: Path) -> Iterator[Row]:
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if line.strip():
                yield _row(path, number, line, "line")


def _row(path: Path, number: int, content: bytes, word: str) -> Row:
    try:
        fields = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UserError(f"'{path}' {word} {number}: not JSON ({error}); give parquet, a JSON array or JSON lines") from error
    if not isinstance(fields, dict):
        raise UserError(f"'{path}' {word} {number}: found {_brief(fields)}, expected a record {{id, conversations}}")
    return Row(str(path), number, fields, word)


def _brief(value: object) -> str:
    return "nothing" if value is None else one_line(repr(value), 60)
