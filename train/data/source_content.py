"""A hash of what a source holds, so that a cache is never older than its data: of the bytes, not of names or times.

Of a run these are the stored records, of a filtered folder the kept ones, else the files that are read.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from actors.program.user_error import UserError
from actors.records.filtered import KEPT
from actors.records.record_files import expand
from actors.records.store import TRAJECTORIES, Store
from train.settings import Source

_CHUNK_BYTES = 2**20


def content_of(source: Source) -> str:
    """The hash of a source's files, in reading order.

    Raises `UserError` where there is nothing or it cannot be read.
    """
    content = hashlib.blake2b(digest_size=16)
    files = _files(source.path)
    try:
        for fs, path in files:
            size = 0
            with fs.open(path, "rb") as file:
                while chunk := file.read(_CHUNK_BYTES):
                    content.update(chunk)
                    size += len(chunk)
            content.update(f"{size} bytes".encode())
    except OSError as error:
        raise UserError(f"cannot read '{source.path}': {error.strerror or error}") from error
    return content.hexdigest()


def _files(path: str) -> list[tuple[Any, str]]:
    folder = Store(str(Path(path).expanduser()) if "://" not in path else path).folder
    if not (folder.local and Path(folder.path).is_file()):
        if folder.fs.exists(folder.at(KEPT)):
            return [(folder.fs, folder.at(KEPT))]
        records = folder.names(TRAJECTORIES)
        if records:
            return [(folder.fs, name) for name in records]
    return [(folder.fs, str(name)) for name in expand([folder.path if folder.local else path])]
