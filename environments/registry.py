"""The environments by name: this project's own, those of installed packages, and any package by its dotted path.

    database                what lies in `environments/`
    gsm8k                   an entry point `agenttuning.environments` of an installed package
    my_package.gsm8k        that package itself, which need not be installed
    gsm8k                   a package or a file `gsm8k.py` in the folder that one works in

Each is a package with a `DESCRIPTION` and the rooms that `RegisteredEnvironment` names; a small one is a single file
that holds all of them. A room is imported only when it is asked for: `database` does not need Docker, and listing needs
neither.
"""

from __future__ import annotations

import difflib
import os
import pkgutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module, metadata
from typing import Any, NamedTuple

import msgspec
from pydantic import BaseModel

import environments
from environments.contract import Environment, Task, UserError
from environments.description import Description
from environments.message import Message
from environments.rows import BadRow, refuse

GROUP = "agenttuning.environments"
PLUG_INS = "AGENTTUNING_PLUG_INS"


class RegisteredEnvironment(NamedTuple):
    """The rooms of one environment. Each is `<package>.<room>`, or in the file itself.

    `name` is what configs, tasks and records call it: its description's name, or its path where it is known by that.
    """

    name: str
    package: str
    description: Description

    def _find(self, room: str, name: str) -> Any:
        """What is called `name` in a room; None where there is no such room or it lacks it."""
        home = import_module(self.package)
        if hasattr(home, "__path__"):
            try:
                home = import_module(f"{self.package}.{room}")
            except ModuleNotFoundError as error:
                if error.name != f"{self.package}.{room}":
                    raise
                return None
        return getattr(home, name, None)

    def _room(self, room: str, name: str) -> Any:
        found = self._find(room, name)
        if found is None:
            raise UserError(f"environment '{self.name}' is incomplete: '{self.package}' has no '{name}' ({room})")
        return found

    @property
    def settings_type(self) -> type[BaseModel]:
        """The pydantic model of this environment's settings: what `environments.<name>` may say in a config."""
        settings: type[BaseModel] = self._room("settings", "Settings")
        return settings

    def environment(self, settings: BaseModel) -> Environment:
        """The environment itself, not started."""
        environment: Environment = self._room("environment", "create")(settings)
        return environment

    def load(self, path: str, split: str, bad: Callable[[BadRow], None] = refuse) -> Iterator[Task]:
        """The tasks of a public file. A malformed row is handed to `bad`, which raises it unless told otherwise.

        Raises `UserError` for a file that cannot be read at all, and where this environment reads none.
        """
        load = self._find("tasks", "load")
        if load is None:
            raise UserError(f"environment '{self.name}' reads no files ('{path}'): use 'generate'")
        for task in load(path, split):
            if isinstance(task, BadRow):
                bad(task)
            else:
                yield self._own(task)

    def generate(self, count: int, seed: int, split: str, families: Sequence[str] = ()) -> Iterator[Task]:
        """`count` procedural tasks from `seed`, round robin over `families` (all when empty). Raises `UserError` where
        this environment generates none.
        """
        generate = self._find("generate", "generate")
        if generate is None:
            raise UserError(f"environment '{self.name}' generates no tasks: give it a 'file'")
        return map(self._own, generate(count, seed, split, families))

    def families(self) -> list[str]:
        """The names of the generator's task families; none where it has no generator."""
        families = self._find("generate", "families")
        return list(families()) if families else []

    def category(self, task: Task) -> str:
        """What the metric `category_mean` groups `task` by; "" in an environment without categories."""
        return str(self._room("tasks", "category")(task)) if self.description.categories else ""

    def measures(self, task: Task, details: Mapping[str, Any]) -> dict[str, Any]:
        """What an episode of `task` adds to this environment's own metrics, by the details of its ending (empty where
        infrastructure ended it); empty where it has none.
        """
        measures = self._find("metrics", "measures")
        return dict(measures(task, details)) if measures else {}

    def summary(self, measures: Sequence[Mapping[str, Any]]) -> dict[str, float]:
        """This environment's own metrics over the `measures` of episodes, by name; whole numbers are counts."""
        found: dict[str, float] = self._room("metrics", "summary")(measures)
        return found

    def opening(self, task: Task, settings: BaseModel) -> Sequence[Message]:
        """The messages that an episode of `task` begins with, as they are without a session: what a dry run prices."""
        messages: Sequence[Message] = self._room("opening", "opening")(task, settings)
        return messages

    def reference_reply(self, task: Task, messages: Sequence[Message]) -> str:
        """The next reply of the task's reference solution, given the conversation so far (with observations)."""
        reply: str = self._room("reference", "reply")(task, messages)
        return reply

    def reference_call(self, task: Task, messages: Sequence[Message]) -> Message:
        """The same where the agent calls tools: a message with a call, or the text of an answer."""
        said: Message = self._room("tool_calls", "reference")(self.reference_reply(task, messages))
        calls = tuple(msgspec.structs.replace(call, id=f"call-{len(messages)}") for call in said.tool_calls)
        return msgspec.structs.replace(said, tool_calls=calls)

    def _own(self, task: Task) -> Task:
        return task if task.environment == self.name else msgspec.structs.replace(task, environment=self.name)


def registered(name: str) -> RegisteredEnvironment:
    """The environment called `name`, or the package of that path. Raises `UserError` naming the nearest known one."""
    if name in _built_in():
        return _built_in()[name]
    known = all_registered()
    if name in known:
        _asked_for[name] = known[name].package
        return known[name]
    if path := _path_of(name):
        one = _package(name, path, f"'{name}'")
        short = one.description.short
        if other := next((other.name for other in known.values() if other.description.short == short), ""):
            raise UserError(f"environment '{name}': its short name '{short}' is that of '{other}'")
        _asked_for[name] = path
        return one
    near = difflib.get_close_matches(name, [*known, *(one.description.short for one in known.values())], 1, 0.4)
    hint = f"did you mean '{near[0]}'? " if near else ""
    raise UserError(
        f"unknown environment {name!r}: {hint}known are {', '.join(known)}; one of your own is a module with a"
        " DESCRIPTION in this folder, or at a path that Python knows (my_package.my_environment)"
    )


@cache
def all_registered() -> dict[str, RegisteredEnvironment]:
    """This project's environments and those of installed packages, by name. Raises `UserError` for a package that
    cannot be imported or takes a name that is taken.
    """
    found = dict(_built_in())
    for point in metadata.entry_points(group=GROUP):
        whose = f"the entry point '{point.name} = {point.value}' of {GROUP}"
        one = _package(point.name, point.module, whose)
        if point.name != one.description.name:
            raise UserError(f"{whose}: its DESCRIPTION calls it '{one.description.name}'; both are to be one")
        if point.name in found:
            raise UserError(f"{whose}: an environment '{point.name}' is there already; uninstall one, or rename it")
        found[point.name] = one
    shorts = [one.description.short for one in found.values()]
    for name, one in found.items():
        if shorts.count(one.description.short) > 1:
            raise UserError(f"environment '{name}': its short name '{one.description.short}' is another's, too")
    return found


class PlugIns(NamedTuple):
    """The environments that were asked for and are not this project's: what a cluster needs, too. `places` are their
    packages, or files; with `variables` set, a process that has these knows them by their names.
    """

    places: list[str]
    variables: dict[str, str]


def plug_ins() -> PlugIns:
    """Those of this process."""
    modules = [sys.modules[name] for name in sorted({path.partition(".")[0] for path in _asked_for.values()})]
    places = [str(next(iter(one.__path__))) if hasattr(one, "__path__") else str(one.__file__) for one in modules]
    named = ",".join(f"{name}={path}" for name, path in sorted(_asked_for.items()))
    return PlugIns(places, {PLUG_INS: named} if named else {})


def _sent_along() -> dict[str, str]:
    """Name → package of those that whoever started this process knows (`plug_ins`)."""
    pairs = (pair.partition("=") for pair in os.environ.get(PLUG_INS, "").split(",") if pair)
    return {name: path for name, _, path in pairs}


_asked_for: dict[str, str] = {}  # name → package, of those outside this project


def is_known(name: str) -> bool:
    """Whether `registered` would find an environment of that name. Nothing is imported to find out that does not say
    itself that it is one: a name may come from somebody's data.
    """
    return name in all_registered() or bool(_path_of(name))


def _path_of(name: str) -> str:
    """The module that a name stands for where it is not installed under it; "" for none."""
    return _sent_along().get(name) or (name if _source_of(name) else "")


def _source_of(path: str) -> str:
    """The file of the module at a path, in this folder or, with a dot in it, where Python imports from: if it says that
    it is an environment; "" for another, or none.
    """
    parts = path.split(".")
    if not all(part.isidentifier() for part in parts):
        return ""
    return _found(tuple(parts), tuple(dict.fromkeys([os.getcwd(), *(sys.path if len(parts) > 1 else [])])))


@cache
def _found(parts: tuple[str, ...], places: tuple[str, ...]) -> str:
    """The first such file; read once, for a name is looked up at every turn and every record."""
    for place in places:
        for file in (os.path.join(place, *parts) + ".py", os.path.join(place, *parts, "__init__.py")):
            try:
                with open(file, encoding="utf-8") as source:
                    if "DESCRIPTION" in source.read():
                        return file
            except (OSError, ValueError):
                continue
    return ""


@cache
def _built_in() -> dict[str, RegisteredEnvironment]:
    names = (module.name for module in pkgutil.iter_modules(environments.__path__) if module.ispkg)
    packages = {name: import_module(f"environments.{name}") for name in names}
    return {
        name: RegisteredEnvironment(name, package.__name__, package.DESCRIPTION)
        for name, package in packages.items()
        if hasattr(package, "DESCRIPTION")
    }


@cache
def _package(name: str, path: str, whose: str) -> RegisteredEnvironment:
    """An environment outside this project."""
    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())  # a console script's path lacks the folder that one works in
    try:
        package = import_module(path)
    except (Exception, SystemExit) as error:
        raise UserError(
            f"{whose} cannot be imported ({type(error).__name__}: {' '.join(str(error).split())})"
        ) from error
    description = getattr(package, "DESCRIPTION", None)
    if description is None and _source_of(path) not in ("", package.__file__):
        raise UserError(f"{whose} is hidden by another module of that name, {package.__file__}: rename it")
    if not isinstance(description, Description):
        raise UserError(f"{whose} is no environment: it has no DESCRIPTION (docs/own-environment.md)")
    return RegisteredEnvironment(name, path, description)
