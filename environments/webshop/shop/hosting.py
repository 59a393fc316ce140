"""What an environment and the shop that it hosts tell each other: files in a folder that only their user can read,
never a command line.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec


class Hosting(msgspec.Struct, frozen=True):
    """How a hosted shop is to be opened."""

    token: str
    catalogue: str | None
    bind: str
    noun_model: str
    attributes_page: bool
    max_sessions: int
    session_ttl_s: float

    def write(self, folder: Path) -> None:
        """Leave it for the shop."""
        file = os.open(folder / "hosting.json", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "wb") as out:
            out.write(msgspec.json.encode(self))

    @classmethod
    def read(cls, folder: Path) -> Hosting:
        """Read it, in the shop."""
        return msgspec.json.decode((folder / "hosting.json").read_bytes(), type=cls)


def announce(folder: Path, port: int) -> None:
    """Tell the environment where the shop listens."""
    (folder / "port.new").write_text(str(port))
    (folder / "port.new").rename(folder / "port")


def announced(folder: Path) -> int | None:
    """Where the shop listens; None as long as it does not."""
    try:
        return int((folder / "port").read_text())
    except FileNotFoundError:
        return None
