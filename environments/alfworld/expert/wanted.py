"""What a task asks for, in the words of the game: `soapbar`, `sinkbasin`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from environments.alfworld.games.household import TaskType
from environments.alfworld.payload import GameFile, read_payload


class Treatment(NamedTuple):
    """What is done to a thing, the state that it is in afterwards, and where it is done."""

    verb: str
    state: str
    place: str


TREATMENTS = {
    TaskType.CLEAN: Treatment("clean", "clean", "sinkbasin"),
    TaskType.HEAT: Treatment("heat", "hot", "microwave"),
    TaskType.COOL: Treatment("cool", "cold", "fridge"),
}


class Wanted(NamedTuple):
    """`number` things of kind `thing`, treated and cut as it says, together in a place of kind `place`; or one in the
    hand, under a `lamp`.
    """

    thing: str
    place: str = ""
    lamp: str = ""
    number: int = 1
    treatment: Treatment | None = None
    sliced: bool = False


def wanted(payload: Mapping[str, Any]) -> Wanted:
    """What a payload's task asks for. Raises `ValueError` where it is no payload."""
    game = read_payload(payload)
    if isinstance(game, GameFile):
        return _of_folder(game)
    goal = game.goal
    return _wanted(goal.task, thing=goal.thing, place=goal.place, lamp=goal.lamp, sliced=goal.sliced)


def _of_folder(game: GameFile) -> Wanted:
    """A published game's folder says it: `pick_clean_then_place_in_recep-Mug-None-Desk-308`."""
    name = PurePosixPath(game.game).parts[-3]
    parts = name.split("-")
    if len(parts) != 5:
        raise ValueError(f"the folder '{name[:200]}' does not say what is wanted")
    sliced, thing = parts[1].endswith("Sliced"), parts[1].removesuffix("Sliced")
    where = {"lamp" if game.task is TaskType.EXAMINE else "place": parts[3]}
    return _wanted(game.task, thing=thing, sliced=sliced, **where)


def _wanted(task: TaskType, *, thing: str, place: str = "", lamp: str = "", sliced: bool = False) -> Wanted:
    return Wanted(
        thing=thing.lower(),
        place=place.lower(),
        lamp=lamp.lower(),
        number=2 if task is TaskType.PUT_TWO else 1,
        treatment=TREATMENTS.get(task),
        sliced=sliced,
    )
