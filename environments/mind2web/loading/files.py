"""Files of recordings, one recording at a time in memory: a JSON list, plain or packed (`.gz`, `.xz`)."""

from __future__ import annotations

import gzip
import lzma
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import ijson  # type: ignore[import-untyped]

from environments.contract import UserError
from environments.rows import RawRow


def recordings(path: Path) -> Iterator[RawRow]:
    """The rows of a file, counted from 0, without the raw HTML, which nothing reads. Raises `UserError`."""
    try:
        with _opened(path) as file:
            for number, values in enumerate(ijson.items(file, "item", use_float=True)):
                yield RawRow(f"{path}: task {number}", number, _without_raw_html(values))
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise UserError(f"cannot read '{path}': {getattr(error, 'strerror', None) or error}") from error
    except (ijson.JSONError, UnicodeDecodeError, RecursionError) as error:
        said = " ".join(str(error).split())[:200]
        raise UserError(f"'{path}' is no JSON list of recorded tasks ({said})") from None


def _opened(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return gzip.open(path)
    return lzma.open(path) if path.suffix == ".xz" else path.open("rb")


def _without_raw_html(values: object) -> object:
    actions = values.get("actions") if isinstance(values, dict) else None
    for action in actions if isinstance(actions, list) else ():
        if isinstance(action, dict):
            action.pop("raw_html", None)
    return values
