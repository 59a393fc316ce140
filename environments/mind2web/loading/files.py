"""Files of recordings, one recording at a time in memory: a JSON list, plain or packed (`.gz`, `.zst`)."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

import ijson  # type: ignore[import-untyped]
import zstandard

from environments.contract import UserError
from environments.rows import DEPTH, RawRow

WINDOW_BYTES = 1 << 27
"""How far back a packed file may look."""
LIMIT_BYTES = 1 << 30
"""Of one recording, unpacked: a hundred times what the largest has."""


def recordings(path: Path) -> Iterator[RawRow]:
    """The rows of a file, counted from 0, without the raw HTML, which nothing reads. Raises `UserError`."""
    try:
        with _opened(path) as file:
            for number, values in enumerate(_items(_Bounded(file))):
                yield RawRow(f"{path}: task {number}", number, _without_raw_html(values))
    except (OSError, EOFError, zlib.error, zstandard.ZstdError) as error:
        raise UserError(f"cannot read '{path}': {getattr(error, 'strerror', None) or error}") from error
    except (ijson.JSONError, UnicodeDecodeError, _NoList) as error:
        said = " ".join(str(error).split())[:200]
        raise UserError(f"'{path}' is no JSON list of recorded tasks ({said})") from None


class _NoList(Exception):
    """JSON that is none of what is read here."""


class _Bounded:
    """A file that is read no further than `LIMIT_BYTES` beyond the last whole recording."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.left = LIMIT_BYTES

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self.left -= len(piece)
        if self.left < 0:
            raise _NoList(f"one task has more than {LIMIT_BYTES >> 30} GiB")
        return piece


def _items(file: _Bounded) -> Iterator[Any]:
    """The items of a JSON list. Not by `ijson.items`, which spells out the path to every value: a file of a hundred
    thousand brackets takes all memory there.
    """
    depth, item = 0, ijson.ObjectBuilder()
    for event, value in ijson.basic_parse(file, use_float=True):
        depth -= event in ("end_map", "end_array")
        if depth == 0:
            if event not in ("start_array", "end_array"):
                raise _NoList(f"it begins with '{value}'" if value is not None else "it is an object")
            depth += event == "start_array"
            continue
        item.event(event, value)
        depth += event in ("start_map", "start_array")
        if depth > DEPTH:
            raise _NoList(f"it is nested deeper than {DEPTH} levels")
        if depth == 1:
            yield item.value
            file.left = LIMIT_BYTES
            item = ijson.ObjectBuilder()


def _opened(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return cast(IO[bytes], gzip.open(path))
    file = path.open("rb")
    return (
        zstandard.ZstdDecompressor(max_window_size=WINDOW_BYTES).stream_reader(file) if path.suffix == ".zst" else file
    )


def _without_raw_html(values: object) -> object:
    actions = values.get("actions") if isinstance(values, dict) else None
    for action in actions if isinstance(actions, list) else ():
        if isinstance(action, dict):
            action.pop("raw_html", None)
    return values
