"""Every file below a folder, with size and time of its last change: of a local disk, or of what fsspec can tell.

Links are not followed: what they point to is another folder's, and counts there. A folder that cannot be read, or does
not answer, is one line, and the others are read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from actors.files.append_log import Folder
from actors.program.user_error import UserError
from serve.runs.patience import patiently

_TIMES = ("LastModified", "last_modified", "mtime", "updated", "created")  # as S3, Azure, SFTP, GCS, memory call it


class File(NamedTuple):
    """One file; `path` is relative to the folder that was listed."""

    path: str
    size_bytes: int
    written_at: float
    read_at: float = 0.0


class Unreadable(NamedTuple):
    """A folder that cannot be read, and why."""

    place: str
    why: str

    def __str__(self) -> str:
        return f"'{self.place}' is left out: {self.why}"


class Listing(NamedTuple):
    """What lies below `root`: an absolute path without links, or a URL."""

    root: str
    files: list[File]
    unreadable: list[Unreadable]

    @property
    def local(self) -> bool:
        return "://" not in self.root


class _Content(NamedTuple):
    files: list[File]
    folders: list[str]


def listed(place: str) -> Listing:
    """Raises `UserError` for a folder that is not there, or a URL of which nothing can be told."""
    if "://" in place and not place.startswith("file://"):
        return _of_url(place)
    root = _root(Folder(place).path)
    files: list[File] = []
    unreadable: list[Unreadable] = []
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        try:
            found = patiently(lambda folder=folder: _content(root, folder))  # type: ignore[misc]
        except OSError as error:
            unreadable.append(Unreadable(os.path.join(root, folder), error.strerror or str(error)))
            continue
        files += found.files
        waiting += found.folders
    return Listing(root, files, unreadable)


def _root(place: str) -> str:
    path = Path(place).expanduser()
    try:
        found = patiently(lambda: path.resolve(strict=True))
        if not patiently(found.is_dir):
            raise UserError(f"'{place}' is a file: name a folder")
    except (OSError, RuntimeError) as error:  # RuntimeError: links that go round
        why = getattr(error, "strerror", None) or error
        raise UserError(f"cannot read the folder '{place}': {why}; name one that holds runs") from error
    return str(found)


def _content(root: str, folder: str) -> _Content:
    """One folder's files, and its folders, as paths below `root`. A folder is not looked at from outside: where one is
    a dead mount, that would hold up its neighbours.
    """
    files: list[File] = []
    folders: list[str] = []
    with os.scandir(os.path.join(root, folder)) as entries:
        for entry in entries:
            path = os.path.join(folder, entry.name)
            if entry.is_dir(follow_symlinks=False):
                folders.append(path)
            elif entry.is_file(follow_symlinks=False) and (found := _stat(entry)) is not None:
                files.append(File(path, found.st_size, found.st_mtime, found.st_atime))
    return _Content(files, folders)


def _stat(entry: os.DirEntry[str]) -> os.stat_result | None:
    """None for a file that is gone since: whoever writes here renames and removes."""
    try:
        return entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None


def _of_url(url: str) -> Listing:
    folder = Folder(url)
    try:
        found = folder.fs.find(folder.path, detail=True)
    except Exception as error:  # whatever the store's own package raises
        raise UserError(f"cannot list '{url}': {type(error).__name__}: {' '.join(str(error).split())[:200]}") from error
    return Listing(url.rstrip("/"), list(_files(folder.path, found)), [])


def _files(root: str, found: dict[str, dict[str, Any]]) -> Iterator[File]:
    for path, detail in found.items():
        yield File(path.removeprefix(root).lstrip("/"), int(detail.get("size") or 0), _time(detail))


def _time(detail: dict[str, Any]) -> float:
    """When an object was written, in whichever form its store says it; 0 where it does not."""
    for key in _TIMES:
        said = detail.get(key)
        if isinstance(said, datetime):
            return said.timestamp()
        if isinstance(said, int | float):
            return float(said)
        if isinstance(said, str):
            try:
                return datetime.fromisoformat(said).timestamp()
            except ValueError:
                continue
    return 0.0
