"""One process at a time makes a cache, trains in a folder, writes a store; another waits for it, or is refused.

A lock of the kernel's (`flock`): it goes with the process that holds it, however that one ends. The file stays, since
removing it would let two processes hold two files of the same name.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from actors.program.user_error import UserError

_POLL_S = 0.1
_LOOK_S = 0.3  # who looks whether a lock is held (`is_held`) has it for an instant: nobody is refused over that


def opened(path: Path | str) -> int:
    """The file of a lock, not locked yet; closing it gives the lock up."""
    return os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)


def shared(path: Path | str) -> int:
    """The lock at `path`, held beside others who share it."""
    lock = opened(path)
    fcntl.flock(lock, fcntl.LOCK_SH)
    return lock


@contextmanager
def file_lock(path: Path, doing: str, setting: str, limit_s: float, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock at `path`; `doing`: what its holder does, as 'makes the same cache'; `setting`: which one leads
    elsewhere.

    Raises `UserError` naming the holder when it is not free within `limit_s`, or when it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = opened(path)
    except OSError as error:
        raise UserError(
            f"cannot write '{path.parent}': {error.strerror or error}; choose another '{setting}'"
        ) from error
    try:
        _wait(lock, path, doing, setting, limit_s, say)
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"process {os.getpid()} on {os.uname().nodename}".encode(), 0)
        yield
    finally:
        os.close(lock)


def take(lock: int, limit_s: float = _LOOK_S) -> None:
    """Take the lock on an open file for good. Raises `BlockingIOError` where others have it for longer than that."""
    deadline = time.monotonic() + limit_s
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_POLL_S / 10)


def is_held(path: Path, shared: bool = False) -> bool:
    """Whether a process has the lock at `path`, which its holders may have `shared`; where the file system has no locks
    nobody can. Raises `OSError` where it cannot be asked.
    """
    try:
        lock = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return False
    try:
        fcntl.flock(lock, (fcntl.LOCK_EX if shared else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except OSError as error:
        return isinstance(error, BlockingIOError)
    finally:
        os.close(lock)
    return False


def _wait(lock: int, path: Path, doing: str, setting: str, limit_s: float, say: Callable[[str], None]) -> None:
    deadline, told = time.monotonic() + limit_s, False
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as error:
            holder = os.pread(lock, 200, 0).decode(errors="replace") or "another process"
            if time.monotonic() > deadline:
                raise UserError(
                    f"{holder} {doing} and has held '{path}' for more than {limit_s:g} s: end it, wait, or choose"
                    f" another '{setting}'"
                ) from error
        except OSError as error:
            raise UserError(
                f"'{path}' cannot be locked ({error.strerror}): choose a '{setting}' on a file system with locks"
            ) from error
        if not told:
            say(f"waits, for at most {limit_s:g} s, for {holder}, which {doing} ('{path}')")
            told = True
        time.sleep(_POLL_S)
