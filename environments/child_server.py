"""An environment's own server process: found again by its command line, and ended for good."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

from environments.contract import EnvironmentFault

LIMIT_END_S = 20


def processes_with(begin: str, *words: str) -> Iterator[int]:
    """The processes with an argument that begins with `begin`, and with all `words`: they are the server, whatever a
    pid file says.
    """
    wanted = {word.encode() for word in words}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            arguments = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if wanted.issubset(arguments) and any(argument.startswith(begin.encode()) for argument in arguments):
            yield int(entry.name)


async def end(process: subprocess.Popen[bytes], what: str) -> None:
    """Kill it and wait. Raises `EnvironmentFault` if it stays."""
    process.kill()
    try:
        await asyncio.to_thread(process.wait, LIMIT_END_S)
    except subprocess.TimeoutExpired:
        raise EnvironmentFault(f"{what} {process.pid} does not die") from None
