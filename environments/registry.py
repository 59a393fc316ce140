"""The environments by name, imported only when asked for: `database` does not need Docker, and listing needs
neither.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Any, NamedTuple

from pydantic import BaseModel

from environments.contract import Environment, EnvironmentVersion, Task, UserError
from environments.message import Message
from environments.rows import BadRow, refuse


class RegisteredEnvironment(NamedTuple):
    """The rooms of one environment. Each is `environments.<name>.<room>`."""

    name: str
    short: str  # AgentInstruct's split name
    version: EnvironmentVersion  # raised with every change of what agents see and may do, or of what it earns
    repeats: int | None = (
        None  # after so many identical replies AgentBench's own harness fails an episode; None: it has no such rule
    )

    def _room(self, room: str) -> Any:
        return import_module(f"environments.{self.name}.{room}")

    @property
    def settings_type(self) -> type[BaseModel]:
        """The pydantic model of this environment's settings: what `environments.<name>` may say in a config."""
        settings: type[BaseModel] = self._room("settings").Settings
        return settings

    def environment(self, settings: BaseModel) -> Environment:
        """The environment itself, not started."""
        environment: Environment = self._room("environment").create(settings)
        return environment

    def load(self, path: str, split: str, bad: Callable[[BadRow], None] = refuse) -> Iterator[Task]:
        """The tasks of a public file. A malformed row is handed to `bad`, which raises it unless told otherwise.

        Raises `UserError` for a file that cannot be read at all.
        """
        found: Iterator[Task | BadRow] = self._room("tasks").load(path, split)
        for task in found:
            if isinstance(task, BadRow):
                bad(task)
            else:
                yield task

    def generate(self, count: int, seed: int, split: str, families: Sequence[str] = ()) -> Iterator[Task]:
        """`count` procedural tasks from `seed`, round robin over `families` (all when empty)."""
        tasks: Iterator[Task] = self._room("generate").generate(count, seed, split, families)
        return tasks

    def families(self) -> list[str]:
        """The names of the generator's task families."""
        names: list[str] = self._room("generate").families()
        return names

    def reference_reply(self, task: Task, messages: Sequence[Message]) -> str:
        """The next reply of the task's reference solution, given the conversation so far (with observations)."""
        reply: str = self._room("reference").reply(task, messages)
        return reply


REGISTERED = {
    environment.name: environment
    for environment in (
        RegisteredEnvironment("operating_system", "os", EnvironmentVersion(environment=2, judge=2)),
        RegisteredEnvironment("database", "db", EnvironmentVersion(environment=2, judge=2)),
        RegisteredEnvironment("knowledge_graph", "kg", EnvironmentVersion(environment=2, judge=1)),
        RegisteredEnvironment("webshop", "webshop", EnvironmentVersion(environment=2, judge=1)),
        RegisteredEnvironment("practice", "practice", EnvironmentVersion(environment=1, judge=1)),
    )
}


def registered(name: str) -> RegisteredEnvironment:
    """The environment called `name`. Raises `UserError` naming the nearest known one."""
    if name in REGISTERED:
        return REGISTERED[name]
    near = difflib.get_close_matches(name, [*REGISTERED, *(w.short for w in REGISTERED.values())], n=1, cutoff=0.4)
    hint = f"did you mean '{near[0]}'? " if near else ""
    raise UserError(f"unknown environment '{name}': {hint}known are {', '.join(REGISTERED)}")
