"""A household task's payload, typed: a game of this project's own (`games.household`), or one of ALFWorld's by path.

    {"household": {…}, "goal": {…}}
    {"game": "json_2.1.1/train/pick_and_place_simple-Mug-None-Desk-308/trial_T2019…/game.tw-pddl"}

The path begins at the folder that the settings name (`data`), or is absolute.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

import msgspec

from environments.alfworld.games.household import Game, TaskType


class GameFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A game as ALFWorld publishes it; `game` is its path."""

    game: str

    def __post_init__(self) -> None:
        if "\0" in self.game:
            raise ValueError("a path has no null character")
        task_of(self.game)

    @property
    def task(self) -> TaskType:
        """The type of its task."""
        return task_of(self.game)


def task_of(path: str) -> TaskType:
    """The type of task that a game's folder is named for. Raises `ValueError` where it is named for none."""
    folder = "".join(PurePosixPath(path).parts[-3:-2])
    for kind in TaskType:
        if folder.startswith(kind):
            return kind
    raise ValueError(f"the path '{path[:200]}' is none of ALFWorld's (…/{TaskType.PUT}…/trial_…/game.tw-pddl)")


def read_payload(payload: Mapping[str, Any]) -> Game | GameFile:
    """The game that a payload holds or names. Raises `ValueError` that says which field is wrong."""
    return msgspec.convert(payload, GameFile) if "game" in payload else msgspec.convert(payload, Game)


def task_type(payload: Mapping[str, Any]) -> TaskType:
    """The type of a payload's task. Raises `ValueError` where it is no payload."""
    read = read_payload(payload)
    return read.task if isinstance(read, GameFile) else read.goal.task
