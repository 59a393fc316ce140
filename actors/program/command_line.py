"""What the programs of this project have in common: commands in modules of their own, imported when they are wanted.

A command's module has `add_arguments(parser)` and `run(arguments) -> exit code`. Exit codes: 0 done; 1 finished, but
not all went well (some episodes without reward); 2 a mistake of the user's, told in one line; 3 the budget is spent;
130 interrupted, by Ctrl-C or SIGTERM.
"""

from __future__ import annotations

import argparse
import difflib
import io
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple

from actors.program.user_error import UserError

ROOMS = ("actors", "environments", "train", "serve", "agenttuning")
INTERRUPTED = 130
HOW_TO_INSTALL = f".ci/install-packages {sys.executable} (vLLM: docs/vllm.md)"


class Command(NamedTuple):
    """Where a command lives, and its help. `config` is the model of the config that it reads (`module:Model`)."""

    module: str
    help: str
    config: str = ""


class Group(NamedTuple):
    """Commands under a word of their own (`agenttuning train plan`), and the help of that word."""

    commands: Mapping[str, Command]
    help: str


Commands = Mapping[str, Command | Group]


def main(program: str, description: str, commands: Commands, argv: Sequence[str]) -> int:
    """Run the command that `argv` names; its exit code. `program` is what a user types before it."""
    signal.signal(signal.SIGTERM, _interrupted)
    _say_whatever_the_terminal_can()
    wanted = next((word for word in argv if not word.startswith("-")), "")
    group = commands.get(wanted)
    if isinstance(group, Group) and argv[0] == wanted:
        return main(f"{program} {wanted}", group.help, group.commands, argv[1:])
    return guarded(wanted, lambda: _run(program, description, commands, argv, wanted))


def alone(module: str, argv: Sequence[str]) -> int:
    """Run the command that is `module` by itself: `python -m MODULE …`."""
    _say_whatever_the_terminal_can()
    command = import_module(module)
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=(command.__doc__ or "").partition("\n")[0])
    command.add_arguments(parser)
    arguments = parser.parse_args(argv)
    return guarded(module.rpartition(".")[2], lambda: command.run(arguments))


def guarded(name: str, work: Callable[[], int]) -> int:
    """The exit code of a command: what it returns, or what becomes of a mistake of its user's, which is one line that
    begins with `name`.
    """
    try:
        return work()
    except UserError as error:
        from actors.program.terminal import one_line  # which imports what help can do without

        print(one_line(f"{name}: {error}"), file=sys.stderr)  # it may quote a name that a stranger chose
        return 2
    except ModuleNotFoundError as error:
        if not error.name or error.name.partition(".")[0] in ROOMS:
            raise
        print(f"{name}: the package '{error.name}' is not installed: {HOW_TO_INSTALL}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{name}: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 0


def _say_whatever_the_terminal_can() -> None:
    """A character that the terminal's encoding has not is a question mark, not the end: names, task texts and our own
    '→' may be any.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _run(program: str, description: str, commands: Commands, argv: Sequence[str], wanted: str) -> int:
    if empty := [word for word in argv if not word or (word.startswith("--") and word.endswith("="))]:
        raise UserError(f"an argument is empty ('{empty[0]}'): perhaps a variable of your shell that is not set")
    if wanted and wanted not in commands:
        raise UserError(f"'{program}' has no such command: {_near(wanted, commands)}")
    parser = parser_of(program, description, commands, {wanted})
    arguments, rest = parser.parse_known_args(argv)
    if hasattr(arguments, "overrides"):  # argparse takes no key=value behind an option by itself
        arguments.overrides += [word for word in rest if "=" in word and not word.startswith("-")]
        rest = [word for word in rest if word not in arguments.overrides]
    if hasattr(arguments, "folders"):
        arguments.folders += [word for word in rest if not word.startswith("-")]
        rest = [word for word in rest if word.startswith("-")]
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    code: int = module_of(commands, arguments.command).run(arguments)
    return code


def parser_of(program: str, description: str, commands: Commands, whole: set[str]) -> argparse.ArgumentParser:
    """The parser of a program.

    Of the commands in `whole` it knows the arguments, of the others the help alone, so that their modules are not
    imported.
    """
    parser = argparse.ArgumentParser(prog=program, description=description)
    parser.add_argument("--version", action=_Version, help="print the version, and end")
    add_commands(parser, commands, whole)
    return parser


def add_commands(parser: argparse.ArgumentParser, commands: Commands, whole: set[str]) -> None:
    parsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in commands.items():
        of_command = parsers.add_parser(name, help=command.help, description=command.help)
        if name not in whole:
            continue
        if isinstance(command, Group):
            add_commands(of_command, command.commands, set(command.commands))
        else:
            module_of(commands, name).add_arguments(of_command)
            if command.config:
                text = "print every key of the config, with type, default and meaning, and end"
                of_command.add_argument("--help-config", action=_HelpConfig, const=command.config, help=text)


def module_of(commands: Commands, name: str) -> Any:
    """The module of a command that is in no group."""
    command = commands[name]
    assert isinstance(command, Command)
    return import_module(command.module)


class _Version(argparse.Action):
    """Looked up only when it is asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str) -> None:
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *others: Any) -> None:
        from actors.program.version import version

        print(f"agenttuning {version()}")
        parser.exit()


class _HelpConfig(argparse.Action):
    """Before anything that is required is missed, as `--help`."""

    def __init__(self, option_strings: Sequence[str], dest: str, const: str, help: str) -> None:
        super().__init__(option_strings, dest, nargs=0, const=const, default=argparse.SUPPRESS, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *others: Any) -> None:
        from actors.program.config_help import print_keys

        module, _, model = str(self.const).partition(":")
        print_keys(getattr(import_module(module), model))
        parser.exit()


def _near(wanted: str, commands: Commands) -> str:
    """What a user may have meant, commands in groups included; else what there is."""
    names = list(_names(commands))
    inside = [name for name in names if name.rpartition(" ")[2] == wanted]
    near = inside or difflib.get_close_matches(wanted, names, n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else f"it has {', '.join(commands)}"


def _names(commands: Commands) -> Iterator[str]:
    for name, command in commands.items():
        yield name
        if isinstance(command, Group):
            yield from (f"{name} {inner}" for inner in command.commands)


def _interrupted(number: int, frame: object) -> None:
    """SIGTERM is an interruption like Ctrl-C: drafts are removed, processes ended.

    A command that knows better takes it over.
    """
    raise KeyboardInterrupt


def add_unscored(parser: argparse.ArgumentParser) -> None:
    """`--allow-unscored`, of every command that plays."""
    parser.add_argument(
        "--allow-unscored",
        action="store_true",
        help="exit code 0, not 1, though some episodes have no reward (allow_unscored=true)",
    )
