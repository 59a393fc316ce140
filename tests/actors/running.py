"""Runs `python -m actors rollout` as a user does, and finds its processes, so that tests can kill them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import psutil

from actors.files.append_log import read_log
from actors.records.store import Store


class Running:
    """One rollout process under way."""

    def __init__(self, config: dict[str, Any], folder: Path, *overrides: str) -> None:
        self.store = Store(config["store"])
        path = folder / "rollout.yaml"
        path.write_text(json.dumps(config))
        self._log = (folder / "log").open("ab")
        self._log_path = folder / "log"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "actors", "rollout", str(path), *overrides],
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )

    def wait(self, limit_s: float = 100) -> int:
        code = self.process.wait(limit_s)
        self._log.close()
        return code

    @property
    def log(self) -> str:
        return self._log_path.read_text(errors="replace")

    def played(self) -> int:
        """How many episodes are settled in the store, as any reader sees it now."""
        return sum(entry.settled for entry in self.store.index().values())

    def wait_for(self, played: int, limit_s: float = 60) -> float:
        """Wait until so many are settled; returns how long that took."""
        began = time.monotonic()
        while self.played() < played:
            assert self.process.poll() is None, f"the rollout ended early:\n{self.log}"
            assert time.monotonic() - began < limit_s, (
                f"only {self.played()} of {played} after {limit_s} s:\n{self.log}"
            )
            time.sleep(0.05)
        return time.monotonic() - began

    def actors(self, name: str) -> list[psutil.Process]:
        """The processes of the Ray actors whose class is `name`."""
        found = []
        for process in psutil.Process(self.process.pid).children(recursive=True):
            try:
                if f"ray::{name}" in " ".join(process.cmdline()):
                    found.append(process)
            except psutil.NoSuchProcess:
                continue
        return found

    def kill(self, name: str) -> int:
        """SIGKILL the actors of this class; returns how many."""
        victims = self.actors(name)
        for process in victims:
            process.send_signal(signal.SIGKILL)
        return len(victims)

    def end(self) -> None:
        """Whatever a failed test left running."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()


def journalled(store: Store) -> list[tuple[str, int, int]]:
    """(episode, play, turn) of every reply in the journal: what was paid for."""
    entries = [msgspec.json.decode(record.line) for record in read_log(store.folder, "journal")]
    return [(entry["episode"], entry["play"], entry["turn"]) for entry in entries if "reply" in entry]


def nothing_lost_or_doubled(store: Store, episodes: int, replies_each: int) -> None:
    """Every episode has one record that counts, with reward 1, and no journalled reply was asked for again."""
    index = store.index()
    assert len(index) == episodes
    assert all(entry.settled and entry.reward == 1.0 for entry in index.values())
    assert len(list(store.trajectories())) == episodes
    paid = journalled(store)
    assert len(paid) == len(set(paid)) == episodes * replies_each
