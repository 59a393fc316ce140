"""Ends the processes of an engine when their host dies without a word (`kill -9`, out of memory).

vLLM's engine core waits for requests for ever when the process that started it is gone, with all its memory. A guard is
a process of a few megabytes beside the host: told through a pipe what to end, it does so when its parent is gone.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys

import psutil

# Runs alone (`python -I -S`), so that it costs 9 MB and no start-up. The pipe's end is not enough to know that the host
# died: a forked engine holds a copy of it; hence the look at the parent's pid. A pid counts only with the start time it
# had when it was told, because pids are given again.
GUARD = """
import os, select, signal, sys
def started(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[19]
    except OSError:
        return None
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
host, watched, rest = int(sys.argv[1]), {}, b""
while True:
    alive = os.getppid() == host
    if not select.select([0], [], [], 0.5)[0]:
        if alive:
            continue
        break
    data = os.read(0, 4096)
    if not data:
        break
    *lines, rest = (rest + data).split(b"\\n")
    for line in lines:
        if line == b"release":
            sys.exit(0)
        watched.setdefault(int(line), started(int(line)))
for pid, start in watched.items():
    if start is not None and started(pid) == start:
        os.kill(pid, signal.SIGKILL)
"""


# Python's resource tracker ends after it has removed the others' shared memory. vLLM's look at a model's class, in a
# process of its own, takes seconds; killed, it is remembered in this process as "failed to be inspected" for good.
END_BY_THEMSELVES = ("resource_tracker", "vllm.model_executor.models.registry")


class EngineGuard:
    """Watches over the child processes that this process starts from now on, until `release`."""

    def __init__(self) -> None:
        self._before = set(_children())
        command = [sys.executable, "-I", "-S", "-c", GUARD, str(os.getpid())]
        self._guard = subprocess.Popen(command, stdin=subprocess.PIPE, text=True, start_new_session=True)
        self._before.add(self._guard.pid)
        self._watched: dict[int, psutil.Process] = {}

    def look(self) -> None:
        """Tell the guard of the children that are new since the last look."""
        assert self._guard.stdin is not None
        for pid, child in _children().items():
            if pid not in self._before and pid not in self._watched:
                self._watched[pid] = child
                self._guard.stdin.write(f"{pid}\n")
        self._guard.stdin.flush()

    def end_children(self) -> None:
        """Kill what `look` has seen: an engine that did not come up in time, or would not stop."""
        for child in self._watched.values():
            if not _ends_by_itself(child):  # `look` may have met it before it was a program of its own
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.kill()

    def release(self) -> None:
        """Let the guard go; the children are no longer its business."""
        assert self._guard.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._guard.stdin.write("release\n")
            self._guard.stdin.close()
        self._guard.wait(timeout=10)


def _children() -> dict[int, psutil.Process]:
    """All descendants, less those that end by themselves."""
    return {child.pid: child for child in psutil.Process().children(recursive=True) if not _ends_by_itself(child)}


def _ends_by_itself(process: psutil.Process) -> bool:
    try:
        return any(name in word for word in process.cmdline() for name in END_BY_THEMSELVES)
    except psutil.NoSuchProcess:
        return True
