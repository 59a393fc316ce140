"""Work on a file system that may never answer: a dead network mount holds whoever asks, without an error.

It is done in a thread of its own, which is given up when it makes no progress: a thread that waits for the kernel uses
no processor time at all, one that reads much uses some, however slow the disk is.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

PATIENCE_S = 10.0

Answer = TypeVar("Answer")


class NoAnswer(OSError):
    """The file system did not answer."""


def patiently(work: Callable[[], Answer], limit_s: float | None = None) -> Answer:
    """What `work` answers, or raises.

    Raises `NoAnswer` where it waits for longer than `limit_s` (`PATIENCE_S`) without a sign of life.
    """
    limit_s = PATIENCE_S if limit_s is None else limit_s
    clock: Future[int] = Future()
    answer: Future[Answer] = Future()
    threading.Thread(target=_do, args=(work, clock, answer), daemon=True).start()
    used_s = -1.0
    while True:
        try:
            return answer.result(limit_s)
        except TimeoutError:
            if answer.done():  # its own
                raise
        before_s, used_s = used_s, _used_s(clock.result())
        if used_s == before_s:
            raise NoAnswer(None, f"does not answer within {limit_s:g} s")


def _do(work: Callable[[], Answer], clock: Future[int], answer: Future[Answer]) -> None:
    clock.set_result(time.pthread_getcpuclockid(threading.get_ident()))
    try:
        answer.set_result(work())
    except BaseException as error:  # handed to the one who waits
        answer.set_exception(error)


def _used_s(clock: int) -> float:
    """The processor time of the thread whose clock it is; of one that has just ended, none."""
    try:
        return time.clock_gettime(clock)
    except OSError:
        return -2.0
