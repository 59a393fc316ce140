"""How much a sandbox has written, and a watch over it, for storage drivers that cannot limit a layer themselves
(overlay2 on ext4).

Two limits work together: RLIMIT_FSIZE stops any single file at the limit at once, and this watch, about once a second,
ends a sandbox whose files together are over it. So at most what is written within a second or two goes beyond.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Awaitable, Callable

ENTRY_BYTES = 4096
PERIOD_S = 1.0


def written_bytes(directory: str, enough: int) -> int | None:
    """The disk space under `directory`, every entry counted as one block at least, or None if it can't be read; stops
    counting beyond `enough`, so that a million files take no longer than the limit allows."""
    if not directory or not os.access(directory, os.R_OK | os.X_OK):
        return None
    total = 0
    pending = [directory]
    while pending and total <= enough:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    with contextlib.suppress(FileNotFoundError):
                        total += max(ENTRY_BYTES, entry.stat(follow_symlinks=False).st_blocks * 512)
                        if entry.is_dir(follow_symlinks=False):
                            pending.append(entry.path)
                    if total > enough:
                        break
        except (FileNotFoundError, NotADirectoryError):
            continue
    return total


class DiskWatch:
    """Calls `look` about once a second, but never spends more than a twentieth of the time in it."""

    def __init__(self, look: Callable[[], Awaitable[None]]) -> None:
        self._look = look
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            began = time.monotonic()
            with contextlib.suppress(Exception):  # the engine may be away for a moment; the next look tells
                await self._look()
            await asyncio.sleep(max(PERIOD_S, 20 * (time.monotonic() - began)))

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
