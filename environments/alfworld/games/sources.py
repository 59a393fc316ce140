"""Task rows from public data: games that `alfworld-download` left, ALFRED's data, or a list of AgentBench's.

folder                  downloaded games, all that are below it
trajectories.jsonl.gz   ALFRED's data, with `ids_by_floor.json.gz` beside it: games are rebuilt
list.json               AgentBench's list; its games are those below $ALFWORLD_DATA, which as in ALFWorld is
                        ~/.cache/alfworld where it is not set; what was not downloaded is rebuilt from ALFRED's data
                        there
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from environments.alfworld.games.alfred import TRAJECTORIES, TYPES, Alfred, LeftOut, is_played, read_alfred
from environments.alfworld.games.household import TaskType
from environments.alfworld.games.trees import Listed, find_games, kind_of, read_list
from environments.alfworld.settings import Settings
from environments.contract import Task, UserError
from environments.rows import BadRow

ALL = "all"
"""The split of ALFRED's data that takes every one of its splits."""


def load(path: str, split: str) -> Iterator[Task | BadRow]:
    """The games that `path` names (above). For a list and a folder `split` is a label; of ALFRED's data it takes the
    trajectories of that split, or of `all`.

    A `BadRow` with file, row and field for what is no game. What ALFWorld does not play is left out, but where a list
    names it. Raises `UserError` for a file that cannot be read, or where a list's games are nowhere.
    """
    given = Path(path)
    if given.is_dir():
        return _of_folder(given, split)
    return _of_alfred(given, split) if given.name == TRAJECTORIES else _of_list(given, split)


def _of_folder(folder: Path, split: str) -> Iterator[Task | BadRow]:
    found = False
    for path in find_games(folder):
        found = True
        kind = kind_of(path)
        assert kind is not None, "only games of a type are found"
        yield _task(f"{path.parent.parent.name}/{path.parent.name}", kind, _file(path), split, "alfworld")
    if not found:
        raise UserError(f"there is no game of ALFWorld (…/trial_…/game.tw-pddl) below '{folder}'")


def _of_alfred(file: Path, split: str) -> Iterator[Task | BadRow]:
    alfred = read_alfred(file.parent)
    yield from alfred.bad_rows
    splits = {trajectory.split for trajectory in alfred.trajectories.values()}
    if split not in splits | {ALL}:
        raise UserError(f"'{file}' has no split '{split}'; it has {', '.join(sorted(splits))}, and '{ALL}' for all")
    for trajectory in alfred.trajectories.values():
        if split in (ALL, trajectory.split) and is_played(trajectory):
            yield _rebuilt(str(file), trajectory.path, TYPES[trajectory.task_type], alfred, split)


def _of_list(file: Path, split: str) -> Iterator[Task | BadRow]:
    root = Settings().data_folder()
    alfred, seen = None, set()
    for listed in read_list(file):
        if isinstance(listed, BadRow):
            yield listed
        elif listed.path in seen:
            yield BadRow(f"{listed.place}: '{listed.path}' stands in the list before")
        elif (root / listed.path).is_file():
            yield _task(listed.trajectory, listed.type, _file(root / listed.path), split, "alfworld")
        else:
            alfred = alfred or _alfred_of(root, listed)
            yield _rebuilt(listed.place, listed.trajectory, listed.type, alfred, split)
        seen.add(getattr(listed, "path", ""))


def _alfred_of(root: Path, listed: Listed) -> Alfred:
    if not (root / TRAJECTORIES).is_file():
        raise UserError(
            f"{listed.place}: neither '{listed.path}' nor ALFRED's '{TRAJECTORIES}' to rebuild it from is in '{root}';"
            " set ALFWORLD_DATA to the folder that has one of them"
        )
    return read_alfred(root)


def _rebuilt(place: str, trajectory: str, kind: TaskType, alfred: Alfred, split: str) -> Task | BadRow:
    try:
        payload = msgspec.to_builtins(alfred.game(trajectory))
    except KeyError:
        bad = f"; of its rows {len(alfred.bad_rows)} are bad, first {alfred.bad_rows[0]}" if alfred.bad_rows else ""
        return BadRow(f"{place}: found '{trajectory}', expected a trajectory of ALFRED's data{bad}")
    except LeftOut as reason:
        return BadRow(f"{place}: the trajectory '{trajectory}' is no game: {reason}")
    return _task(trajectory, kind, payload, split, "alfred")


def _file(path: Path) -> dict[str, Any]:
    """Below the folder of ALFWorld's data a game's path begins there, so that its task is the same on every machine."""
    game, root = path.resolve(), Settings().data_folder().resolve()
    return {"game": str(game.relative_to(root) if game.is_relative_to(root) else game)}


def _task(trajectory: str, kind: TaskType, payload: dict[str, Any], split: str, source: str) -> Task:
    return Task(
        id=f"alfworld-{trajectory.replace('/', '-')}",
        environment="alfworld",
        split=split,
        source=source,
        payload=payload,
        family=str(kind),
        reference={},
    )
