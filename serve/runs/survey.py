"""All runs below some folders, each with its state: what the table shows and the pruning goes through."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from actors.files.append_log import Folder
from actors.program import ray_sessions
from actors.program.user_error import UserError
from serve.runs.kinds import Found, Kind, sort
from serve.runs.listing import Listing, Unreadable, listed
from serve.runs.patience import patiently
from serve.runs.states import Standing, State, standing


class Run(NamedTuple):
    """A run that was found. `root` is the folder that was named, as an absolute path without links, or a URL."""

    root: str
    found: Found
    standing: Standing

    @property
    def place(self) -> str:
        return place(self.root, self.found)

    @property
    def name(self) -> str:
        """As short as it can be typed here."""
        if "://" in self.place:
            return self.place
        near = os.path.relpath(self.place)
        return self.place if near.startswith("..") else near


class Survey(NamedTuple):
    """Runs, newest first; the folders that could not be read; the bytes of files that belong to no run."""

    runs: list[Run]
    unreadable: list[Unreadable]
    other_bytes: int


def survey(folders: Sequence[str], *, sessions: bool) -> Survey:
    """What lies below `folders`; with `sessions` also those that this project has left to Ray.

    Raises `UserError` for a folder that is not there.
    """
    listings = [listed(folder) for folder in dict.fromkeys(folders)]
    runs: dict[str, Run] = {}
    unreadable = [line for listing in listings for line in listing.unreadable]
    other_bytes = 0
    for listing in listings:
        found = sort(listing.files, _Manifests(listing.root))
        other_bytes += sum(file.size_bytes for file in found.others)
        for one in found.runs:
            runs.setdefault(place(listing.root, one), Run(listing.root, one, looked_at(listing.root, one)))
    for listing in _sessions() if sessions else ():
        one = Found("", Kind.SESSION, listing.files)
        runs.setdefault(listing.root, Run(listing.root, one, looked_at(listing.root, one)))
    return Survey(sorted(runs.values(), key=lambda run: -run.found.written_at), unreadable, other_bytes)


def place(root: str, found: Found) -> str:
    return f"{root}/{found.folder}" if found.folder else root


def looked_at(root: str, found: Found) -> Standing:
    """The state of a run, where its file system answers."""
    where = place(root, found)
    try:
        return patiently(lambda: standing(where, found))
    except OSError as error:
        return Standing(State.BROKEN, f"{error.filename or where}: {error.strerror or error}")


class _Manifests:
    """Reads the manifests below a folder."""

    def __init__(self, root: str) -> None:
        self._folder = Folder(root)

    def __call__(self, path: str) -> Mapping[str, Any] | None:
        try:
            content = patiently(lambda: self._folder.read(path))
            found = msgspec.json.decode(content or b"")
        except (OSError, UserError, msgspec.MsgspecError, ValueError, RecursionError):
            return None  # what needs it says so
        return found if isinstance(found, dict) else None


def _sessions() -> list[Listing]:
    """Ray's session folders that are marked as ours."""
    root = ray_sessions.root()
    try:
        with os.scandir(root) as entries:
            names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    marked = [root / name for name in names if ray_sessions.is_session(name) and _is_marked(root / name)]
    return [listed(str(folder)) for folder in marked]


def _is_marked(session: Path) -> bool:
    return (session / ray_sessions.MARKER).is_file()
