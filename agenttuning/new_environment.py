"""`agenttuning new-environment NAME`: the skeleton of an environment in the folder that one works in.

It plays as it is: `agenttuning rollout NAME.yaml`. docs/own-environment.md says what to change.
"""

from __future__ import annotations

import argparse
import keyword
from importlib.util import find_spec
from pathlib import Path

from actors.program.user_error import UserError
from environments.registry import all_registered

SKELETON = Path(__file__).parent / "skeleton"
FILES = {"environment.py.txt": "{name}.py", "rollout.yaml.txt": "{name}.yaml", "test.py.txt": "test_{name}.py"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="what configs and records call it, such as card_game")


def run(arguments: argparse.Namespace) -> int:
    for file in write(arguments.name, Path.cwd()):
        print(file)
    print(f"it plays: agenttuning rollout {arguments.name}.yaml")
    return 0


def write(name: str, folder: Path) -> list[str]:
    """Write the skeleton's files; their names. Raises `UserError` for a bad name, or a file that is there."""
    if not name.isidentifier() or not name.isascii() or name != name.lower() or keyword.iskeyword(name):
        raise UserError(f"'{name}' is no name of an environment: small letters, digits and '_', such as card_game")
    if name in all_registered():
        raise UserError(f"an environment '{name}' is there already: choose another name")
    if not (folder / f"{name}.py").exists() and find_spec(name) is not None:
        raise UserError(f"'{name}' is a Python module already, and would be imported instead: choose another name")
    files = {folder / target.format(name=name): SKELETON / source for source, target in FILES.items()}
    for file in files:
        if file.exists():
            raise UserError(f"'{file}' is there already: choose another name, or remove it")
    title = name.replace("_", " ").capitalize()
    for file, source in files.items():
        try:
            file.write_text(source.read_text(encoding="utf-8").format(name=name, title=title), encoding="utf-8")
        except OSError as error:
            raise UserError(f"cannot write '{file}': {error.strerror or error}") from error
    return [file.name for file in files]
