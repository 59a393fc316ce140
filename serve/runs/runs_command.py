"""`python -m serve runs [FOLDER…]`: what lies on the disk, and `… runs prune [FOLDER…]`: what of it can go.

Every run of every kind with its state, size and age, newest first: rollouts, evaluations, filtered sets, data sets,
training runs, pipelines, caches, and what a killed process left. `prune` says what would go; with `--yes` it goes.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from actors.program.user_error import UserError

FOLDER = "runs"
PRUNE = "prune"
_UNITS = {"m": 60.0, "h": 3600.0, "d": 86400.0, "w": 7 * 86400.0}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folders",
        nargs="*",
        metavar="[prune] FOLDER",
        help=f"where to look (default: '{FOLDER}' here, and what was left to Ray); 'prune' before them: what can go",
    )
    parser.add_argument("--json", action="store_true", help="for scripts: one JSON object")
    parser.add_argument("--yes", action="store_true", help="prune: do it; without, only say what would go")
    parser.add_argument(
        "--keep-checkpoints",
        type=int,
        default=1,
        metavar="N",
        help="prune: of a training run's checkpoints the newest N stay (default 1)",
    )
    parser.add_argument(
        "--unfinished",
        action="store_true",
        help="prune: old checkpoints of training runs that are not finished go, too",
    )
    parser.add_argument(
        "--older-than",
        default="30d",
        metavar="AGE",
        help="prune: tokenised caches go that were not used for so long, and that no run was trained on (default 30d)",
    )


def run(arguments: argparse.Namespace) -> int:
    from serve.runs import pruning, table
    from serve.runs.removals import Rules
    from serve.runs.survey import survey

    words: list[str] = arguments.folders
    prunes = words[:1] == [PRUNE]
    folders = words[1:] if prunes else words
    rules = Rules(_kept(arguments.keep_checkpoints), seconds(arguments.older_than), arguments.unfinished)
    if arguments.yes and not prunes:
        raise UserError(f"--yes is of 'runs {PRUNE}': say what is meant")
    if prunes and (urls := [folder for folder in folders if "://" in folder]):
        raise UserError(f"'{urls[0]}' is an object store, which has no locks: remove there with its own tools")
    found = survey(folders or _default(), sessions=not folders)
    shown = table.Shown(sys.stdout, arguments.json)
    for line in found.unreadable:
        print(f"runs: {line}", file=sys.stderr)
    if not prunes:
        shown.runs(found)
        return 1 if found.unreadable else 0
    outcome = pruning.prune(found.runs, rules, carry_out=arguments.yes)
    shown.pruned(outcome, arguments.yes)
    return 1 if found.unreadable or outcome.failed else 0


def _default() -> list[str]:
    if not Path(FOLDER).is_dir():
        raise UserError(f"there is no folder '{FOLDER}' here: name the one that holds your runs")
    return [FOLDER]


def _kept(number: int) -> int:
    if number < 1:
        raise UserError(f"--keep-checkpoints {number}: at least 1 stays, for a run without one begins anew")
    return number


def seconds(age: str) -> float:
    """An age as a user types it: 90m, 12h, 30d, 4w. Raises `UserError` for another form."""
    match = re.fullmatch(r"(\d{1,6})([mhdw])", age)
    if match is None:
        raise UserError(f"--older-than '{age}': give a number of minutes, hours, days or weeks, as 90m, 12h, 30d, 4w")
    return int(match[1]) * _UNITS[match[2]]
