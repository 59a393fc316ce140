"""Carries out what `serve.runs.removals` decides: under the run's own locks, and never outside its folder.

A kill in the middle leaves what every reader knows: a checkpoint loses its marker first, a cache gets a draft's name, a
journal file is the long one or the short one, a session keeps its mark to the last.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from actors.episodes import journal_pruning
from actors.files import atomic_folder, file_lock
from actors.program import ray_sessions
from actors.program.user_error import UserError
from actors.records.store import Store
from serve.runs.removals import Removal, What
from train.run import run_folder


@contextmanager
def alone(place: Path, locks: Sequence[str]) -> Iterator[None]:
    """Hold the locks of the run at `place`: no driver begins meanwhile. Raises `UserError` where one is at work."""
    with ExitStack() as held:
        for name in locks:
            held.enter_context(_locked(place / name))
        yield


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    try:
        lock = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        raise UserError(f"'{path}' cannot be locked: {error.strerror or error}") from error
    try:
        try:
            file_lock.take(lock)
        except OSError as error:
            why = "it is in use" if isinstance(error, BlockingIOError) else f"no lock to be had: {error.strerror}"
            raise UserError(f"'{path.parent}' is left alone: {why}") from error
        yield
    finally:
        os.close(lock)


def remove(place: Path, removal: Removal) -> None:
    """Let `removal` of the run at `place` go. Raises `UserError` where it lies elsewhere, or cannot go."""
    path = removal.path
    try:
        if path.resolve(strict=True) != path or not path.is_relative_to(place):
            raise UserError(f"'{path}' leads out of '{place}': it is left alone")
        _HOW[removal.what](removal)
    except OSError as error:
        raise UserError(f"cannot remove '{error.filename or path}': {error.strerror or error}") from error


def _journal(removal: Removal) -> None:
    assert removal.journal is not None
    store = Store(str(removal.path.parent.parent))
    journal_pruning.remove_drafts(store)
    journal_pruning.replace(store, removal.journal)


def _checkpoint(removal: Removal) -> None:
    """Without its marker it is none: no reader ever finds a part of one."""
    (removal.path / run_folder.MARKER).unlink(missing_ok=True)
    shutil.rmtree(removal.path)


def _draft(removal: Removal) -> None:
    shutil.rmtree(removal.path)


def _cache(removal: Removal) -> None:
    atomic_folder.discard(removal.path)


def _session(removal: Removal) -> None:
    """Its marker last: what a kill in the middle leaves is still known as ours."""
    for entry in list(os.scandir(removal.path)):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        elif entry.name != ray_sessions.MARKER:
            os.unlink(entry.path)
    shutil.rmtree(removal.path)


_HOW: dict[What, Callable[[Removal], None]] = {
    What.JOURNAL: _journal,
    What.CHECKPOINT: _checkpoint,
    What.DRAFT: _draft,
    What.CACHE: _cache,
    What.SESSION: _session,
}
