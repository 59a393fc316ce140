"""A small disk under a run's store, to be filled for a moment.

Where nothing may be mounted it is a folder, and is never full.
"""

from __future__ import annotations

import contextlib
import subprocess
import time
from pathlib import Path

SIZE = "96m"
FULL_S = 2.0
CHUNK = bytes(2**20)


class Disk:
    """Mounted in `make`, taken away in `remove`; what was on it goes with it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._filler = folder / "filler"
        self._full_until = 0.0
        self.real = False

    def make(self) -> None:
        self._folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(self._folder)]
        self.real = subprocess.run(command, capture_output=True, check=False).returncode == 0

    def remove(self) -> None:
        if self.real:
            subprocess.run(["umount", "-l", str(self._folder)], check=False)

    def fill(self) -> None:
        self._full_until = time.monotonic() + FULL_S
        with contextlib.suppress(OSError), open(self._filler, "ab", buffering=0) as file:
            while True:
                file.write(CHUNK)

    def look(self) -> None:
        """Make room again when it has been full for a while."""
        if self._full_until and time.monotonic() > self._full_until:
            self.free()

    def free(self) -> None:
        self._full_until = 0.0
        self._filler.unlink(missing_ok=True)
