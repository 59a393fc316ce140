"""Files of recordings, one recording at a time in memory: a JSON list, plain or packed (`.gz`, `.zst`)."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

import ijson  # type: ignore[import-untyped]
import zstandard

from environments.contract import UserError
from environments.rows import RawRow

WINDOW_BYTES = 1 << 27
"""How far back a packed file may look, which is what reading it may take."""


def recordings(path: Path) -> Iterator[RawRow]:
    """The rows of a file, counted from 0, without the raw HTML, which nothing reads. Raises `UserError`."""
    try:
        with _opened(path) as file:
            for number, values in enumerate(ijson.items(file, "item", use_float=True)):
                yield RawRow(f"{path}: task {number}", number, _without_raw_html(values))
    except (OSError, EOFError, zlib.error, zstandard.ZstdError) as error:
        raise UserError(f"cannot read '{path}': {getattr(error, 'strerror', None) or error}") from error
    except (ijson.JSONError, UnicodeDecodeError, RecursionError) as error:
        said = " ".join(str(error).split())[:200]
        raise UserError(f"'{path}' is no JSON list of recorded tasks ({said})") from None


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
