"""Ray's session folders of our private clusters: marked while they are used, so that they can be told, and removed.

Ray leaves /tmp/ray/session_… behind, logs and sockets, whoever began it. The process that starts a private cluster
writes `agenttuning.json` into its session and keeps it locked: the kernel drops the lock when the process ends, however
it ends, and the cluster ends with it. A session without the file is another's.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
import tempfile
from pathlib import Path

import msgspec
import psutil

log = logging.getLogger(__name__)

MARKER = "agenttuning.json"
_NAME = re.compile(r"session_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d_\d+_\d+")
_held: list[int] = []  # locks that this process keeps to its end


class Session(msgspec.Struct, frozen=True):
    """Who began a session."""

    process: int
    started_at: float


def root() -> Path:
    """Where Ray puts its sessions (`ray._common.utils.get_default_ray_temp_dir`, whose import costs Ray's)."""
    place = os.environ.get("RAY_TMPDIR") or os.environ.get("TMPDIR") or tempfile.gettempdir()
    return Path(place) / "ray"


def is_session(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


def mark(folder: Path) -> None:
    """Make the session at `folder` known as one of this process's. Where that cannot be written, it is left to Ray."""
    process = psutil.Process()
    said = Session(process.pid, process.create_time())
    try:
        marker = os.open(folder / MARKER, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
        fcntl.flock(marker, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.pwrite(marker, msgspec.json.encode(said), 0)
    except OSError as error:
        log.info("Ray's session '%s' is not marked as ours: %s", folder, error.strerror or error)
        return
    _held.append(marker)


def is_named(folder: Path) -> bool:
    """Whether a living process has the session in its command line, as all of Ray's own do."""
    return any(_names(process, folder.name) for process in psutil.process_iter())


def _names(process: psutil.Process, session: str) -> bool:
    try:
        return any(session in word for word in process.cmdline())
    except psutil.Error:  # gone, or another user's, whose sessions are not ours
        return False
