"""Games as `alfworld-download` leaves them, and AgentBench's lists of them.

folder/…/<type>-<thing>-…-<floor plan>/trial_…/game.tw-pddl
list.json    {"pick_and_place": ["json_2.1.1/train/…/trial_…/game.tw-pddl", …], …}
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from environments.alfworld.games.household import TaskType
from environments.contract import UserError
from environments.rows import BadRow, parse, unusable, wrong

GAME = "game.tw-pddl"
_LISTED = re.compile(r"json_[\w.]+/\w+/([\w-]+)/(trial_\w+)/game\.tw-pddl")


class Listed(NamedTuple):
    """A game of a list: where in it, its path below the folder of downloaded data, and ALFRED's name for it."""

    place: str
    path: str
    trajectory: str
    type: TaskType


def read_list(file: Path) -> Iterator[Listed | BadRow]:
    """The games of a list in its order, and a `BadRow` for what names none. Raises `UserError` for any other file."""
    for name, paths in _read_object(file).items():
        place = f"{file}: field '{name}'"
        if name not in list(TaskType):
            yield wrong(str(file), name, paths, f"one of {', '.join(TaskType)} as its name")
        elif not isinstance(paths, list):
            yield wrong(str(file), name, paths, "a list of paths")
        else:
            yield from (_listed(f"{place}, item {n}", path, TaskType(name)) for n, path in enumerate(paths))


def _listed(place: str, path: object, kind: TaskType) -> Listed | BadRow:
    found = _LISTED.fullmatch(path) if isinstance(path, str) else None
    if found is None or not found[1].startswith(kind):
        return wrong(place, "", path, f"a path like json_2.1.1/train/{kind}…/trial_…/{GAME}")
    return Listed(place, found[0], f"{found[1]}/{found[2]}", kind)


def _read_object(file: Path) -> dict[str, object]:
    try:
        content = parse(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"cannot read the list of games '{file}': {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"{file}: no list of games in JSON: {error}") from error
    fault = unusable(content)
    if fault:
        raise UserError(f"{file}: {fault}")
    if not isinstance(content, dict):
        raise UserError(f"{file}: expected an object of lists of games by type, found {type(content).__name__}")
    return content


def find_games(folder: Path) -> Iterator[Path]:
    """The games below a folder that ALFWorld plays, in the order of their paths: neither those that put one thing in
    another or slice it, nor those whose file says that they cannot be won.

    A file that is no JSON object is a game: whoever plays it says what is wrong with it.
    """
    for root, folders, names in os.walk(folder):
        folders.sort()
        path = Path(root, GAME)
        if GAME in names and kind_of(path) is not None and _solvable(path):
            yield path


def kind_of(path: Path) -> TaskType | None:
    """The type of task that a game's folder is named for; None for one that ALFWorld does not play."""
    folder = path.parent.parent.name
    if "movable" in folder or "Sliced" in folder:
        return None
    return next((kind for kind in TaskType if folder.startswith(kind)), None)


def _solvable(path: Path) -> bool:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return True
    return not isinstance(content, dict) or content.get("solvable") is not False
