"""SIGINT and SIGTERM of a run that nobody supervises: the step's end is waited for, where there is one."""

from __future__ import annotations

import signal
import time

from train.run.surroundings import ControlRequest

# systemd and Slurm signal every process, and then the launcher passes it on to its workers: that is the same request.
ECHO_S = 1.0


class Interruption:
    """Ends the run at once until its first step begins, as nothing is lost by it; from then on after the step, with a
    checkpoint. Who asks once more does not want to wait for that."""

    def __init__(self) -> None:
        self._stepping = False
        self._asked_at: float | None = None

    def listen(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._asked)

    def _asked(self, number: int, frame: object) -> None:
        last, now = self._asked_at, time.monotonic()
        if last is not None and now - last < ECHO_S:
            return
        self._asked_at = now
        if last is not None or not self._stepping:
            raise KeyboardInterrupt

    def requested(self) -> ControlRequest:
        """What is wished for; asked as each step begins."""
        self._stepping = True
        return ControlRequest.NOTHING if self._asked_at is None else ControlRequest.STOP
