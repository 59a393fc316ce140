"""What can be killed of a run on this machine, and what is left of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import docker
import psutil

from environments.sandbox.docker_sandbox import engine_answers

OWNER_LABEL = "agenttuning.owner"


class Victim(Protocol):
    """A process or a container."""

    def kill(self) -> Any: ...


class Machine:
    """Processes and containers of the run whose state folder is `state`: found by what they say of themselves, not by
    asking the run.
    """

    def __init__(self, state: Path) -> None:
        self.state = state
        state.mkdir()
        self._docker = None if engine_answers() else docker.from_env()
        self._owners: set[str] = set()
        self._seen: dict[int, psutil.Process] = {}

    def look(self, driver: int) -> None:
        """Remember who is there now: the dead are looked for by their names later."""
        self._owners |= {path.parent.name for path in self.state.glob("*/lock")}
        for process in family(driver):
            self._seen[process.pid] = process

    def plays(self, driver: int) -> bool:
        """Whether the start has got so far that an LLM actor is there."""
        return bool(KINDS["LLM actor"](self, driver))

    def containers(self) -> list[Any]:
        if self._docker is None:
            return []
        return [
            one
            for one in self._docker.containers.list(all=True, ignore_removed=True)
            if one.labels.get(OWNER_LABEL) in self._owners
        ]

    def servers(self, *words: str) -> list[psutil.Process]:
        """Processes in whose command line the state folder stands, and one of `words`."""
        return [
            one
            for one in psutil.process_iter()
            if str(self.state) in (line := command(one)) and any(word in line for word in words)
        ]

    def left(self) -> list[str]:
        """In words, what has not been cleaned up."""
        found = [f"container {one.name}" for one in self.containers()]
        found += [f"owner {path.parent.name}" for path in self.state.glob("*/lock")]
        found += [f"process {one.pid}: {command(one)[:100]}" for one in self.servers("") if alive(one)]
        return found + [f"process {one.pid}: {command(one)[:100]}" for one in self._seen.values() if alive(one)]


Find = Callable[[Machine, int], Sequence[Victim]]


def family(process: int) -> list[psutil.Process]:
    try:
        root = psutil.Process(process)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _of_driver(word: str) -> Find:
    return lambda _, driver: [one for one in family(driver) if word in command(one)]


def _server(word: str) -> Find:
    return lambda machine, _: [one for one in machine.servers(word) if "environments.reaper" not in command(one)]


KINDS: dict[str, Find] = {
    "LLM actor": _of_driver("ray::LLMActor"),
    "environment actor": _of_driver("ray::EnvironmentActor"),
    "container": lambda machine, _: [one for one in machine.containers() if one.status == "running"],
    "database server": _server("mariadbd"),
    "shop": _server("environments.webshop.shop"),
    "graph server": _server("environments.knowledge_graph.engines.server"),
    "driver": lambda _, driver: family(driver)[:1],
    "raylet": _of_driver("raylet/raylet"),
}
WEIGHTS = {
    "LLM actor": 5,
    "environment actor": 4,
    "container": 6,
    "database server": 3,
    "shop": 3,
    "graph server": 3,
    "driver": 0.5,  # after each of these three the run has to start anew
    "raylet": 0.3,
    "disk": 0.3,
}
