"""Where an engine's own words go: what it and its processes print at every start is nothing that a user can act on."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

_OUTPUT, _ERRORS = 1, 2


def beside_own(name: str) -> Path | None:
    """NAME-PID.log beside this process's own log, as an actor has one in its Ray session's `logs`; None where what this
    process prints goes to no file.
    """
    if not stat.S_ISREG(os.fstat(_ERRORS).st_mode):
        return None
    own = Path(os.readlink(f"/proc/self/fd/{_ERRORS}"))
    return own.with_name(f"{name}-{os.getpid()}.log") if own.exists() else None


def reason(path: Path | None) -> str:
    """Where somebody finds out why an engine ended."""
    return f"the reason is in '{path}' on its node" if path else "the reason is in the log above"


@contextlib.contextmanager
def diverted(path: Path | None) -> Iterator[None]:
    """What this process prints meanwhile, and what processes print that it starts meanwhile, is added to the file."""
    if path is None:
        yield
        return
    kept = {number: os.dup(number) for number in (_OUTPUT, _ERRORS)}
    try:
        with path.open("ab") as log:
            for number in kept:
                os.dup2(log.fileno(), number)
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        for number, own in kept.items():
            os.dup2(own, number)
            os.close(own)
