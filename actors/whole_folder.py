"""A folder that appears whole or not at all: written under a draft name beside its target, synced, renamed last.

A kill before the rename leaves the old content; a draft that a killed process left is removed by the next one. A target that is a
link stays one: what it points to is replaced. A target that something is mounted on cannot be renamed: its draft is made inside,
and the manifest, without which it is no folder of ours, is taken away first and put back last.
"""

from __future__ import annotations

import ctypes
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from actors import json_files
from environments.contract import UserError

MANIFEST = "manifest.json"
_RENAME_EXCHANGE = 2  # linux/fs.h
_AT_FDCWD = -100  # fcntl.h


class _Kind(msgspec.Struct):
    kind: str = ""


@contextmanager
def whole_folder(target: Path, kind: str) -> Iterator[Path]:
    """A draft folder to write into; it takes `target`'s place when the block ends well, and is removed when it does not.

    Raises `UserError` before anything is written if `target` holds something other than a folder of this `kind`
    (its manifest says which), so that a wrong `-o` destroys nothing.
    """
    try:
        target = target.resolve()
        _refuse_foreign(target, kind)
        place = target if target.is_mount() else target.parent
        draft = place / f"{_prefix(target)}{os.getpid()}.draft"
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_drafts_of_the_dead(target, place)
        draft.mkdir()
    except (OSError, RuntimeError) as error:  # RuntimeError: links that go round
        raise UserError(f"cannot write '{target}': {getattr(error, 'strerror', None) or error}") from error
    try:
        yield draft
        _sync(draft)
        if place == target:
            _take_place_inside(draft, target)
        else:
            _take_place(draft, target)
    except OSError as error:
        raise UserError(f"cannot write '{target}': {error.filename or draft.name}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)  # after the exchange: the old content


def write_manifest(folder: Path, manifest: dict[str, object]) -> None:
    """Indented, in the order given, without times: the same input gives the same bytes."""
    (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")


def _refuse_foreign(target: Path, kind: str) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise UserError(f"'{target}' is a file, not a folder: give another place with -o")
    if all(path.name.startswith(_prefix(target)) for path in target.iterdir()):
        return
    advice = "remove it or give another place with -o"
    found = json_files.read(target / MANIFEST, _Kind, f"the manifest of {kind}", advice)
    if found is None or found.kind != kind:
        raise UserError(f"'{target}' exists and was not written by this command: {advice}")


def _prefix(target: Path) -> str:
    """How the names of a target's drafts begin; a process id of this machine and `.draft` or `.old` follow."""
    return f".{target.name}.{os.uname().nodename}-"


def _remove_drafts_of_the_dead(target: Path, place: Path) -> None:
    for draft in place.iterdir():
        pid = draft.stem.removeprefix(_prefix(target))
        if draft.suffix in (".draft", ".old") and pid.isdecimal() and not _is_alive(int(pid)):
            shutil.rmtree(draft, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _sync(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _take_place(draft: Path, target: Path) -> None:
    if target.exists() and not _exchange(draft, target):
        # a file system without exchange (some network ones): the old content is gone for an instant
        old = draft.with_suffix(".old")
        target.rename(old)
        draft.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    elif not target.exists():
        draft.rename(target)
    descriptor = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _take_place_inside(draft: Path, target: Path) -> None:
    """Between the first step and the last, a reader finds no manifest: it sees no folder of ours, never a mixed one."""
    (target / MANIFEST).unlink(missing_ok=True)
    for old in [path for path in target.iterdir() if not path.name.startswith(_prefix(target))]:
        if old.is_dir() and not old.is_symlink():
            shutil.rmtree(old)
        else:
            old.unlink()
    for new in sorted(draft.iterdir(), key=lambda path: path.name == MANIFEST):
        new.rename(target / new.name)
    _sync(target)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step (Linux `renameat2`; Python has no call of its own). False where that is not supported."""
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    return bool(renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0)
