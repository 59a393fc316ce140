"""What a shell text calls of this project: its commands with their words, read by the commands' own parsers."""

from __future__ import annotations

import argparse
import importlib
import shlex
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel

from actors.program.configuration import load
from actors.program.user_error import UserError
from actors.service.settings import RolloutSettings
from proofs.documented_commands.pages import split
from serve.evaluation.playing import is_playing
from serve.evaluation.suite import Suite
from serve.pipeline.settings import PipelineSettings
from train.settings import TrainSettings

PROGRAMS = ("actors", "train", "serve", "agenttuning")
KINDS: dict[str, type[BaseModel]] = {
    "actors.service.rollout_command": RolloutSettings,
    "serve.evaluation.evaluate_command": Suite,
    "serve.pipeline.pipeline_command": PipelineSettings,
    "train.plan.plan": TrainSettings,
    "train.preview.preview": TrainSettings,
    "train.run.run_command": TrainSettings,
}


class Invocation(NamedTuple):
    """One call of a Python module, or of `agenttuning`."""

    module: str
    words: tuple[str, ...]


def invocations(shell: str) -> Iterator[Invocation]:
    """Every `python -m MODULE WORD…` and `agenttuning WORD…` of a shell text, a submitted job's too."""
    for _, command in split(shell):
        for part in simple_commands(command):
            for number, word in enumerate(part):
                before = part[number - 1] if number else "--"
                if word == "-m" and before.endswith("python"):
                    yield Invocation(part[number + 1], tuple(part[number + 2 :]))
                elif word.endswith("agenttuning") and (before == "--" or "=" in before):
                    yield Invocation("agenttuning", tuple(part[number + 1 :]))


def simple_commands(command: str) -> Iterator[list[str]]:
    """The words of each part of a pipeline or a list."""
    lexer = shlex.shlex(command.replace("\\\n", " "), posix=True, punctuation_chars="&|;>")
    lexer.whitespace_split = True
    part: list[str] = []
    for word in (*lexer, ";"):
        if word.strip("&|;>"):
            part.append(word)
        else:
            yield part
            part = []


def complaint(call: Invocation) -> str:
    """Why this project would not take the call: a command, an option or a config that it does not know; else empty."""
    try:
        if call.module not in PROGRAMS:
            return "" if importlib.util.find_spec(call.module) else f"there is no module {call.module}"
        module, arguments = parsed(call)
        settings = KINDS.get(module)
        if settings is not None:
            read_config(arguments, settings)
    except (UserError, argparse.ArgumentError, ValueError, ModuleNotFoundError) as error:
        return f"{call.module} {' '.join(call.words)}: {error}"
    return ""


def parsed(call: Invocation) -> tuple[str, argparse.Namespace]:
    """The command's module, and what its parser makes of the words."""
    words = [word for word in call.words if not word.startswith("$")]  # a variable's words are not known here
    known: Any = importlib.import_module(f"{call.module}.__main__").COMMANDS
    while True:
        name = words.pop(0) if words else ""
        if name not in known:
            raise ValueError(f"there is no command '{name}'")
        if not hasattr(known[name], "commands"):
            break
        known = known[name].commands
    module = str(known[name].module)
    parser = Strict(exit_on_error=False)
    importlib.import_module(module).add_arguments(parser)
    arguments, rest = parser.parse_known_args(words)
    overrides = [word for word in rest if "=" in word and not word.startswith("-")]
    if len(overrides) < len(rest) or (overrides and not hasattr(arguments, "overrides")):
        raise ValueError(f"it takes no {' '.join(rest)}")
    if overrides:
        arguments.overrides += overrides
    return module, arguments


class Strict(argparse.ArgumentParser):
    """A parser whose complaints are exceptions."""

    def error(self, message: str) -> Any:
        raise ValueError(message)


def read_config(arguments: argparse.Namespace, settings: type[BaseModel]) -> None:
    """The config that the call names, where it is one of the project's, with the call's changes. Raises `UserError`."""
    named = str(getattr(arguments, "suite", None) or arguments.config)
    overrides: Sequence[str] = arguments.overrides
    if settings is Suite:
        overrides = [word for word in overrides if not is_playing(word)]
    if named.startswith("configs/"):
        load(named, overrides, settings)
