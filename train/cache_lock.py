"""One process at a time makes a cache; the others wait for it, and say so.

A lock of the kernel's (`flock`): it goes with the process that holds it, however that one ends. The file stays, since removing it would let
two processes hold two files of the same name.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from actors.trajectory import UserError

_POLL_S = 0.1


@contextmanager
def cache_lock(path: Path, limit_s: float, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock at `path`. Raises `UserError` naming the holder when it is not free within `limit_s`, or cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise UserError(f"cannot write the cache '{path.parent}': {error.strerror or error}; choose another 'data.cache'") from error
    try:
        _wait(lock, path, limit_s, say)
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"process {os.getpid()} on {os.uname().nodename}".encode(), 0)
        yield
    finally:
        os.close(lock)


def _wait(lock: int, path: Path, limit_s: float, say: Callable[[str], None]) -> None:
    deadline, told = time.monotonic() + limit_s, False
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as error:
            holder = os.pread(lock, 200, 0).decode(errors="replace") or "another process"
            if time.monotonic() > deadline:
                raise UserError(
                    f"{holder} has been tokenising the same data for more than {limit_s:g} s and holds '{path}': end it or wait for it"
                ) from error
        if not told:
            say(f"waits, for at most {limit_s:g} s, for {holder}, which tokenises the same data ('{path}')")
            told = True
        time.sleep(_POLL_S)
