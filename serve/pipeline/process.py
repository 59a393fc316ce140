"""One stage as a process of its own, so that Ray and vLLM give everything back when it ends. It dies with us.

The stage is in a process group of its own: a Ctrl-C in the terminal reaches this process alone, which passes it on
once; a second one is passed on, too, and by the stages' custom stops at once.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import psutil

from environments import own_module

STOP_LIMIT_S = 900.0  # a large checkpoint takes minutes
KILL_LIMIT_S = 60.0
POLL_S = 0.5
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


class Ended(NamedTuple):
    """`code` is negative for a signal; `stopped`: we were asked to stop while it ran."""

    code: int
    stopped: bool


def run(words: Sequence[str], began: Callable[[int, float], None], say: Callable[[str], None]) -> Ended:
    """Run a command to its end. `began` gets its process id and start time."""
    me = os.getpid()
    process = subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        process_group=0,
        env=own_module.environment(),
        preexec_fn=lambda: _die_with(me),  # safe: this process has one thread
    )
    with _passing_on(process, say) as asked:
        began(process.pid, started_at(process.pid))
        return Ended(_wait(process, asked, say), bool(asked))


def _die_with(parent: int) -> None:
    """In the child: SIGTERM when the parent dies, even of SIGKILL, so that no stage goes on unseen beside the next
    pipeline.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def _passing_on(process: subprocess.Popen[bytes], say: Callable[[str], None]) -> Iterator[list[float]]:
    """SIGINT and SIGTERM go to the stage; the list says when."""
    asked: list[float] = []

    def pass_on(number: int, _: object) -> None:
        asked.append(time.monotonic())
        if process.poll() is None:
            say("stopping: the stage under way is told, and waited for")
            process.send_signal(number)

    before = {number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _wait(process: subprocess.Popen[bytes], asked: Sequence[float], say: Callable[[str], None]) -> int:
    while True:
        try:
            return process.wait(POLL_S)
        except subprocess.TimeoutExpired:
            if asked and time.monotonic() - asked[0] > STOP_LIMIT_S:
                return _end(process, say)


def _end(process: subprocess.Popen[bytes], say: Callable[[str], None]) -> int:
    say(f"the stage did not stop within {STOP_LIMIT_S:.0f} s: it is ended")
    process.terminate()
    try:
        return process.wait(KILL_LIMIT_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.wait(KILL_LIMIT_S)


def started_at(process: int) -> float:
    """When a process was started, 0 where it is gone: tells it from a later one of the same number."""
    try:
        return psutil.Process(process).create_time()
    except psutil.NoSuchProcess:
        return 0.0


def wait_for_left(process: int, started: float, say: Callable[[str], None], limit_s: float = STOP_LIMIT_S) -> bool:
    """Wait for a stage that a killed pipeline left, which was sent SIGTERM by its death.

    False if it lives on after the limit.
    """
    if not process or not _lives(process, started):
        return True
    say(f"waits for process {process}, which an earlier pipeline left in this stage")
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        if not _lives(process, started):
            return True
        time.sleep(POLL_S)
    return False


def _lives(process: int, started: float) -> bool:
    """Whether this very process is still there, and ours; it may end at any moment."""
    try:
        found = psutil.Process(process)
        return (
            found.create_time() == started
            and found.uids().real == os.getuid()
            and found.status() != psutil.STATUS_ZOMBIE
        )
    except psutil.NoSuchProcess:
        return False
