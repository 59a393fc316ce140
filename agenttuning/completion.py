"""`agenttuning completion SHELL`: what makes the shell complete commands, options and files.

    agenttuning completion bash > ~/.local/share/bash-completion/completions/agenttuning
    agenttuning completion zsh > ~/.zfunc/_agenttuning      # with fpath+=~/.zfunc before compinit
    agenttuning completion fish > ~/.config/fish/completions/agenttuning.fish

The script is a static one: pressing the key starts no Python.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

SHELLS = ("bash", "zsh", "fish")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=SHELLS, help="the shell that the script is for")


def run(arguments: argparse.Namespace) -> int:
    print(script(arguments.shell))
    return 0


def script(shell: str) -> str:
    """The completion script of the whole program for `shell`."""
    import shtab

    from actors.program.command_line import parser_of
    from agenttuning.__main__ import COMMANDS, DESCRIPTION, PROGRAM

    parser = parser_of(PROGRAM, DESCRIPTION, COMMANDS, set(COMMANDS))
    for action in _with_values(parser):
        action.complete = shtab.FILE  # type: ignore[attr-defined]  # shtab's own way to be told
    return str(shtab.complete(parser, shell))


def _with_values(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """The arguments that take any text, mostly a path, of all commands."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in dict.fromkeys(action.choices.values()):
                yield from _with_values(inner)
        elif action.nargs != 0 and action.choices is None:
            yield action
