"""One round of the storm: a rollout, its restarts, its kills, and what they left."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from actors.records.store import Store
from proofs.storm.disk import Disk
from proofs.storm.records import found_in
from proofs.storm.report import Round
from proofs.storm.victims import KINDS, WEIGHTS, Machine

LOOK_S = 0.2
STARTS = 400  # a round that wants more will not end
LEFT_S = 60.0  # within which the reapers have to be done
ROUND_S = 3600.0
ROOT = Path(__file__).parents[2]


class Run:
    """A rollout that is started again and again, in a state folder and on a disk of its own."""

    def __init__(self, folder: Path, rng: random.Random, pause_s: tuple[float, float], until: float) -> None:
        self._folder = folder
        self._rng = rng
        self._pause_s = pause_s
        self._until = until
        folder.mkdir(parents=True)
        self.disk = Disk(folder / "disk")
        self.machine = Machine(folder / "state")
        self.store_folder = folder / "disk" / "run"
        self._driver: subprocess.Popen[bytes] | None = None
        self._starts = 0

    def __enter__(self) -> Run:
        self.disk.make()
        return self

    def __exit__(self, *_: object) -> None:
        if self._driver is not None and self._driver.poll() is None:
            os.killpg(self._driver.pid, signal.SIGKILL)
            self._driver.wait()
        self.disk.remove()

    def play(self, seed: int, episodes: int, kills: int) -> Round:
        """Play to the end with at most `kills` kills on the way, and count."""
        began = time.monotonic()
        killed, codes = self._storm(kills)
        left = self._left()
        found = found_in(Store(str(self.store_folder)))
        return Round(seed, episodes, killed, self._starts, codes, found, left, time.monotonic() - began, self.disk.real)

    def _storm(self, kills: int) -> tuple[Counter[str], Counter[int]]:
        killed: Counter[str] = Counter()
        codes: Counter[int] = Counter()
        driver, next_kill, began = self._start(), time.monotonic() + 5, time.monotonic()
        while True:
            time.sleep(LOOK_S)
            self.disk.look()
            self.machine.look(driver.pid)
            if driver.poll() is not None:
                codes[driver.returncode] += 1
                self.disk.free()
                if driver.returncode == 0 or self._starts >= STARTS or time.monotonic() - began > ROUND_S:
                    return killed, codes
                driver = self._start()
            elif (
                killed.total() < kills
                and next_kill <= time.monotonic() < self._until
                and self.machine.plays(driver.pid)
            ):
                kind = self._kill(driver.pid)
                killed.update([kind] if kind else [])
                next_kill = time.monotonic() + self._rng.uniform(*self._pause_s)

    def _start(self) -> subprocess.Popen[bytes]:
        self._starts += 1
        environment = {**os.environ, "AGENTTUNING_STATE": str(self.machine.state)}
        command = [sys.executable, "-m", "actors", "rollout", str(self._folder / "rollout.yaml")]
        with open(self._folder / "log", "ab") as log:
            self._driver = subprocess.Popen(
                command, cwd=ROOT, stdout=log, stderr=log, env=environment, start_new_session=True
            )
        return self._driver

    def _kill(self, driver: int) -> str:
        """Kill something of a kind that chance chooses among those that are there; which kind it was, or none."""
        kinds = list(KINDS) + (["disk"] if self.disk.real else [])
        kind = self._rng.choices(kinds, [WEIGHTS[kind] for kind in kinds])[0]
        if kind == "disk":
            self.disk.fill()
            return kind
        victims = KINDS[kind](self.machine, driver)
        if not victims:
            return ""
        try:
            self._rng.choice(victims).kill()
        except Exception as error:  # it went by itself, in whichever way its kind says so
            print(f"no {kind} killed: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
            return ""
        return kind

    def _left(self) -> list[str]:
        """What is still there of this round when the reapers had time: nothing, if all is well."""
        deadline = time.monotonic() + LEFT_S
        while (left := self.machine.left()) and time.monotonic() < deadline:
            time.sleep(0.5)
        drafts = [f"draft {path.relative_to(self.store_folder)}" for path in self.store_folder.rglob("*.draft")]
        return left + drafts
