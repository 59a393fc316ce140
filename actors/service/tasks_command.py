"""`python -m actors tasks ENVIRONMENT`: its task families; with `--generate N` tasks as JSON lines; with `--file F` a
public file, checked.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter

import msgspec
from rich.console import Console

from actors.program.terminal import one_line
from actors.program.user_error import UserError
from environments.registry import all_registered, registered
from environments.rows import BadRow


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("environment", nargs="?", help="its name, or its package's path")
    parser.add_argument(
        "--generate", type=int, metavar="N", help="write N generated tasks as JSON lines to standard output"
    )
    parser.add_argument("--family", action="append", default=[], help="only this family (may be given several times)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--split", default="train")
    parser.add_argument(
        "--file",
        help="read a file in the environment's public format; count what is in it, name the rows that are no tasks",
    )


def run(arguments: argparse.Namespace) -> int:
    console = Console()
    if arguments.environment is None:
        for name, home in all_registered().items():
            console.print(f"{name} ({home.description.short}): {len(home.families())} families", highlight=False)
        return 0
    home = registered(arguments.environment)
    if arguments.generate is not None and arguments.generate < 1:
        raise UserError(f"--generate {arguments.generate}: give a number from 1")
    if arguments.file is not None:
        bad: list[BadRow] = []
        counted = Counter(task.family or "–" for task in home.load(arguments.file, arguments.split, bad.append))
        console.print(f"{counted.total()} tasks in {arguments.file}", markup=False, highlight=False)
        for family, number in counted.most_common():
            console.print(f"{number:6} {one_line(family)}", markup=False, highlight=False)
        for row in bad:
            console.print(f"no task: {one_line(str(row))}", markup=False, highlight=False, soft_wrap=True)
        return 1 if bad else 0
    if arguments.generate is not None:
        for task in home.generate(arguments.generate, arguments.seed, arguments.split, arguments.family):
            sys.stdout.buffer.write(msgspec.json.encode(task) + b"\n")
    else:
        for family in home.families():
            console.print(family, markup=False, highlight=False)
    return 0
