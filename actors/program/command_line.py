"""What the programs of this project have in common: commands in modules of their own, imported when they are wanted.

A command's module has `add_arguments(parser)` and `run(arguments) -> exit code`. Exit codes: 0 done; 1 finished, but
not all went well (some episodes without reward); 2 a mistake of the user's, told in one line; 3 the budget is spent;
130 interrupted, by Ctrl-C or SIGTERM.
"""

from __future__ import annotations

import argparse
import io
import signal
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import NamedTuple

from actors.program.user_error import UserError

ROOMS = ("actors", "environments", "train", "serve")
INTERRUPTED = 130
HOW_TO_INSTALL = f".ci/install-packages {sys.executable} (vLLM: docs/vllm.md)"


class Command(NamedTuple):
    """Where a command lives, and its help."""

    module: str
    help: str


def main(program: str, description: str, commands: Mapping[str, Command], argv: Sequence[str]) -> int:
    """Run the command that `argv` names; its exit code."""
    signal.signal(signal.SIGTERM, _interrupted)
    _say_whatever_the_terminal_can()
    wanted = next((word for word in argv if not word.startswith("-")), "")
    try:
        arguments = _parsed(program, description, commands, argv, wanted)
        code: int = import_module(commands[arguments.command].module).run(arguments)
    except UserError as error:
        from actors.program.terminal import one_line  # which imports what help can do without

        print(one_line(f"{wanted}: {error}"), file=sys.stderr)  # it may quote a name that a stranger chose
        return 2
    except ModuleNotFoundError as error:
        if not error.name or error.name.partition(".")[0] in ROOMS:
            raise
        print(f"{wanted}: the package '{error.name}' is not installed: {HOW_TO_INSTALL}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{wanted}: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    return code


def _say_whatever_the_terminal_can() -> None:
    """A character that the terminal's encoding has not is a question mark, not the end: names, task texts and our own
    '→' may be any.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _parsed(
    program: str, description: str, commands: Mapping[str, Command], argv: Sequence[str], wanted: str
) -> argparse.Namespace:
    if empty := [word for word in argv if not word or (word.startswith("--") and word.endswith("="))]:
        raise UserError(f"an argument is empty ('{empty[0]}'): perhaps a variable of your shell that is not set")
    parser = argparse.ArgumentParser(prog=f"python -m {program}", description=description)
    parsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in commands.items():
        of_command = parsers.add_parser(name, help=command.help, description=command.help)
        if name == wanted:
            import_module(command.module).add_arguments(of_command)
    arguments, rest = parser.parse_known_args(argv)
    if hasattr(arguments, "overrides"):  # argparse takes no key=value behind an option by itself
        arguments.overrides += [word for word in rest if "=" in word and not word.startswith("-")]
        rest = [word for word in rest if word not in arguments.overrides]
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    return arguments


def _interrupted(number: int, frame: object) -> None:
    """SIGTERM is an interruption like Ctrl-C: drafts are removed, processes ended. A command that knows better takes it
    over.
    """
    raise KeyboardInterrupt


def add_unscored(parser: argparse.ArgumentParser) -> None:
    """`--allow-unscored`, of every command that plays."""
    parser.add_argument(
        "--allow-unscored",
        action="store_true",
        help="exit code 0, not 1, though some episodes have no reward (allow_unscored=true)",
    )
