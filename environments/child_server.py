"""An environment's own server process: found again by its command line, or with all that it started by a mark in their
environment variables, and ended for good.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import time
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


def processes_marked(mark: str) -> Iterator[int]:
    """The processes of this user that were started with an environment variable that begins like `mark`
    (`NAME=beginning`): what a process starts has its variables, too, and keeps them when it is orphaned.
    """
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            variables = (entry / "environ").read_bytes()
        except OSError:
            continue
        if f"\0{mark}".encode() in b"\0" + variables:
            yield int(entry.name)


def kill_marked(mark: str) -> int:
    """Kill the marked processes, and say how many there were. Raises `EnvironmentFault` where one stays."""
    killed: set[int] = set()
    deadline = time.monotonic() + LIMIT_END_S
    while found := set(processes_marked(mark)):  # one may have started another meanwhile
        if time.monotonic() > deadline:
            raise EnvironmentFault(f"processes do not die: {', '.join(map(str, sorted(found)))}")
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        killed |= found
        time.sleep(0.01)
    return len(killed)


async def end(process: subprocess.Popen[bytes], what: str) -> None:
    """Kill it and wait. Raises `EnvironmentFault` if it stays."""
    process.kill()
    try:
        await asyncio.to_thread(process.wait, LIMIT_END_S)
    except subprocess.TimeoutExpired:
        raise EnvironmentFault(f"{what} {process.pid} does not die") from None
