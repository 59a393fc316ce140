"""Games rebuilt from ALFRED's public data, which has plans and poses but no game.

    folder/trajectories.jsonl.gz    every labelled trajectory (`trajectories.py`)
    folder/ids_by_floor.json.gz     {floor plan: {id: times}}: what trajectories name in it

ALFWorld plays six of ALFRED's seven types of tasks, and nothing that has to be sliced, but for three trajectories in
AgentBench's list.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import msgspec

from environments.alfworld.games.floor_plans import FloorPlan, layout
from environments.alfworld.games.household import Game, Household, Place, TaskType, Thing, reached
from environments.alfworld.games.sentences import goal, sentences
from environments.alfworld.games.trajectories import Trajectory, located, read_trajectories
from environments.contract import UserError
from environments.rows import BadRow

TRAJECTORIES, IDS = "trajectories.jsonl.gz", "ids_by_floor.json.gz"
TYPES = {
    "pick_and_place_simple": TaskType.PUT,
    "pick_clean_then_place_in_recep": TaskType.CLEAN,
    "pick_heat_then_place_in_recep": TaskType.HEAT,
    "pick_cool_then_place_in_recep": TaskType.COOL,
    "look_at_obj_in_light": TaskType.EXAMINE,
    "pick_two_obj_and_place": TaskType.PUT_TWO,
}
SLICED = frozenset(
    {
        "pick_heat_then_place_in_recep-PotatoSliced-None-DiningTable-7/trial_T20190908_032410_853210",
        "pick_cool_then_place_in_recep-PotatoSliced-None-Microwave-21/trial_T20190913_002602_662325",
        "pick_cool_then_place_in_recep-PotatoSliced-None-Microwave-21/trial_T20190908_064303_598028",
    }
)
"""The sliced trajectories that AgentBench's training list names."""


class LeftOut(Exception):
    """A trajectory that is no game; the message is the reason, the same for all that share it."""


class Alfred(NamedTuple):
    """ALFRED's data: trajectories by path, floor plans by name, and rows that are no trajectory."""

    trajectories: dict[str, Trajectory]
    floor_plans: dict[str, FloorPlan]
    bad_rows: list[BadRow]

    def game(self, path: str) -> Game:
        """The game of a trajectory. Raises `LeftOut` where it has none, and `KeyError` where there is no such one."""
        trajectory = self.trajectories[path]
        return rebuild(trajectory, self.floor_plans[trajectory.scene.floor_plan])


def read_alfred(folder: Path) -> Alfred:
    """All of it. Raises `UserError` for a file that is missing or cannot be read."""
    data = Alfred({}, {}, [])
    ids = _read_ids(folder / IDS)
    for found in read_trajectories(folder / TRAJECTORIES):
        if isinstance(found, BadRow):
            data.bad_rows.append(found)
            continue
        if found.path in data.trajectories:
            data.bad_rows.append(BadRow(f"{folder / TRAJECTORIES}: the trajectory '{found.path}' is there twice"))
            continue
        data.trajectories[found.path] = found
        name = found.scene.floor_plan
        if name not in data.floor_plans:
            spots = [spot for spot in map(located, ids.get(name, ())) if spot is not None]
            data.floor_plans[name] = FloorPlan([*spots, *layout(name)])
        data.floor_plans[name].learn(found)
    return data


def _read_ids(file: Path) -> dict[str, dict[str, int]]:
    try:
        return msgspec.json.decode(gzip.decompress(file.read_bytes()), type=dict[str, dict[str, int]])
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise UserError(f"cannot read the ids of ALFRED's floor plans '{file}': {error}") from error


def is_played(trajectory: Trajectory) -> bool:
    """Whether ALFWorld, or AgentBench's list, has a game of a trajectory."""
    return trajectory.task_type in TYPES and (not trajectory.params.object_sliced or trajectory.path in SLICED)


def rebuild(trajectory: Trajectory, floor_plan: FloorPlan) -> Game:
    """The game of a trajectory in its home. Raises `LeftOut` where it has none."""
    task = TYPES.get(trajectory.task_type)
    params = trajectory.params
    if task is None:
        raise LeftOut("puts a thing in another that is carried")
    if params.object_sliced and trajectory.path not in SLICED:
        raise LeftOut("slices a thing")
    forms = sentences()[task].sliced if params.object_sliced else sentences()[task].template
    try:
        wish = goal(
            task,
            forms[hashlib.sha256(trajectory.path.encode()).digest()[0] % len(forms)],
            thing=params.object_target,
            place=params.parent_target,
            lamp=params.toggle_target,
            sliced=params.object_sliced,
        )
        household = _household(trajectory, floor_plan)
        if reached(household, wish):  # which ALFRED's planner rules out: what lies nearest to that place is not in it
            household = _household(trajectory, floor_plan, params.object_target, params.parent_target)
        return Game(household, wish)
    except ValueError as error:
        raise LeftOut(str(error)) from None


def _household(trajectory: Trajectory, floor_plan: FloorPlan, kind: str = "", barred: str = "") -> Household:
    """The home of a trajectory; no thing of type `kind` is in a place of type `barred`."""
    names = floor_plan.names()
    counted: Counter[str] = Counter()
    things = []
    for thing in sorted([*(pose.located for pose in trajectory.scene.object_poses), *floor_plan.lamps]):
        place = floor_plan.place_of(thing, barred if thing.type == kind else "")
        if place is not None:
            counted[thing.type] += 1
            things.append(Thing(f"{thing.type.lower()} {counted[thing.type]}", names[place]))
    return Household(trajectory.scene.floor_plan, [Place(name) for name in names.values()], things)
