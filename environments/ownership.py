"""Who owns what is on this machine, in a way that survives `kill -9`.

A process that creates containers, schemas or server directories does so as an `Owner`: an id and a lock file that it
keeps locked as long as it lives. The kernel drops the lock when the process dies, however it dies. So a later start, or
the reaper, can tell what a dead process left behind from what a living one uses, without asking anybody.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import tempfile
from pathlib import Path


def state_directory() -> Path:
    """Where owners keep their locks and private server files on this machine: one folder per user, mode 0700."""
    base = os.environ.get("AGENTTUNING_STATE") or os.path.join(tempfile.gettempdir(), f"agenttuning-{os.getuid()}")
    path = Path(base)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = path.resolve()  # processes are found by it, whatever way leads there
    if path.stat().st_uid != os.getuid():
        raise PermissionError(f"state directory {path} belongs to another user; set AGENTTUNING_STATE to one of yours")
    return path


class Owner:
    """A living process's claim on what it creates. `id` is written on every container, schema and folder."""

    def __init__(self, id: str, lock: int, directory: Path) -> None:
        self.id = id
        self.directory = directory
        self._lock = lock

    @classmethod
    def claim(cls) -> Owner:
        """A new owner, whose folder exists and whose lock is held until `release` or the end of this process."""
        owner_id = f"{os.getpid()}-{secrets.token_hex(6)}"
        draft, directory = state_directory() / f".{owner_id}", state_directory() / owner_id
        draft.mkdir(mode=0o700)
        lock = os.open(draft / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        draft.rename(directory)  # locked before anybody can see it: nobody takes a newcomer for dead
        return cls(owner_id, lock, directory)

    def release(self) -> None:
        """Give up the claim and remove its folder; what is still labelled with it may now be swept by anyone."""
        if self._lock >= 0:
            shutil.rmtree(self.directory, ignore_errors=True)
            os.close(self._lock)
            self._lock = -1


def is_alive(owner_id: str) -> bool:
    """Whether the process that claimed `owner_id` on this machine still lives (unknown ids are dead)."""
    try:
        lock = os.open(state_directory() / owner_id / "lock", os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def dead_owners() -> list[Path]:
    """The folders of owners that died without cleaning up."""
    visible = (path for path in state_directory().iterdir() if not path.name.startswith("."))
    return [path for path in visible if path.is_dir() and (path / "lock").exists() and not is_alive(path.name)]


def forget_the_dead() -> None:
    """Remove the folders of dead owners that hold nothing but their lock: what they owned elsewhere is swept by its
    label.
    """
    for path in dead_owners():
        with contextlib.suppress(FileNotFoundError):  # another process may be forgetting the same one
            if os.listdir(path) == ["lock"]:
                shutil.rmtree(path, ignore_errors=True)
