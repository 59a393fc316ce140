"""A folder that appears whole or not at all: written under a draft name beside its target, synced, renamed last.

A kill before the rename leaves the old content; a draft that a killed process left is removed by the next one, which
also puts back old content that was moved aside and not replaced any more. Folders of other names are left alone. A
target that is a link stays one: what it points to is replaced. A target that something is mounted on cannot be renamed:
its draft is made inside, and the manifest, without which it is no folder of ours, is taken away first and put back
last.
"""

from __future__ import annotations

import ctypes
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from actors.files import json_files
from actors.program.user_error import UserError

MANIFEST = "manifest.json"
DRAFT_NAME = re.compile(r"\.(?P<target>.+)\.(?P<node>[^/]+)-(?P<process>\d+)\.(?P<what>draft|old)")  # see `_prefix`
_RENAME_EXCHANGE = 2  # linux/fs.h
_AT_FDCWD = -100  # fcntl.h


class _Kind(msgspec.Struct):
    kind: str = ""


@contextmanager
def atomic_folder(target: Path, kind: str) -> Iterator[Path]:
    """A draft folder to write into; it takes `target`'s place when the block ends well, and is removed when it does
    not.

    Raises `UserError` before anything is written if `target` holds something other than a folder of this `kind`
    (its manifest says which), so that a wrong `-o` destroys nothing.
    """
    try:
        target = target.resolve()
        place = target if target.is_mount() else target.parent
        _put_back(target)
        _refuse_foreign(target, kind)
        draft = place / f"{_prefix(target)}{os.getpid()}.draft"
        target.parent.mkdir(parents=True, exist_ok=True)
        for left in _left_by_the_dead(target, place):
            shutil.rmtree(left, ignore_errors=True)
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
        raise UserError(
            f"cannot write '{target}': {error.filename or draft.name}: {error.strerror or error}"
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)  # after the exchange: the old content


def discard(target: Path) -> None:
    """Remove a folder as it was made: a kill in the middle leaves a draft, never a part of it. Raises `OSError`."""
    draft = target.with_name(f"{_prefix(target)}{os.getpid()}.draft")
    target.rename(draft)
    shutil.rmtree(draft)


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


def _put_back(target: Path) -> None:
    """What a writer that was killed between its two renames has moved aside is the only content: the target again."""
    if target.exists() or not target.parent.is_dir():
        return
    for left in _left_by_the_dead(target, target.parent):
        if left.suffix == ".old":
            left.rename(target)
            return


def _left_by_the_dead(target: Path, place: Path) -> list[Path]:
    """The drafts and the old content of `target` in `place` whose writers live no more."""
    prefix = _prefix(target)
    mine = [path for path in place.iterdir() if path.name.startswith(prefix) and path.suffix in (".draft", ".old")]
    return [path for path in mine if (pid := path.stem.removeprefix(prefix)).isdecimal() and not _is_alive(int(pid))]


def _is_alive(pid: int) -> bool:
    """Whether another process has that id. This one's own was an earlier one's: in a container, ids come again."""
    if pid == os.getpid():
        return False
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
        _replace(draft, target)
    elif not target.exists():
        draft.rename(target)
    descriptor = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _replace(draft: Path, target: Path) -> None:
    """Without exchange (some network file systems): the old content is aside for an instant, and back on a failure."""
    old = draft.with_suffix(".old")
    try:
        target.rename(old)
        draft.rename(target)
    except BaseException:
        if not target.exists() and old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


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
    """Swap two folders in one step (Linux `renameat2`; Python has no call of its own).

    False where that is not supported.
    """
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    return bool(renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0)
