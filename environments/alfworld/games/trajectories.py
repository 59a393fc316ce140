"""ALFRED's labelled trajectories (`trajectories.jsonl.gz`, a JSON object a line): what of them a game is made of."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec

from environments.rows import BadRow, RawRow, read_lines

UNIT_M = 0.25
"""A plan's coordinates are counted in an agent's steps."""


class Position(NamedTuple):
    """Metres; `y` is the height."""

    x: float
    y: float
    z: float


class Located(NamedTuple):
    """Something of a type at a position, as ALFRED's ids say it."""

    type: str
    position: Position


class Params(msgspec.Struct, frozen=True):
    """What a trajectory's goal is about."""

    object_target: str
    parent_target: str
    toggle_target: str
    object_sliced: bool


class Vector(msgspec.Struct, frozen=True):
    """A position in ALFRED's JSON."""

    x: float
    y: float
    z: float

    def __post_init__(self) -> None:
        if not all(math.isfinite(value) for value in (self.x, self.y, self.z)):
            raise ValueError("a coordinate is no number")

    @property
    def position(self) -> Position:
        return Position(self.x, self.y, self.z)


class Pose(msgspec.Struct, frozen=True, rename={"name": "objectName"}):
    """A thing of a scene: its type before an underscore, and where it is."""

    name: str
    position: Vector

    @property
    def located(self) -> Located:
        return Located(self.name.partition("_")[0], self.position.position)


class Scene(msgspec.Struct, frozen=True):
    """The home and its things. What is there more than once is listed as often."""

    floor_plan: Annotated[str, msgspec.Meta(pattern=r"^FloorPlan[0-9]{1,4}$")]
    object_poses: list[Pose]


class Planned(msgspec.Struct, frozen=True, rename={"thing": "objectId", "place": "coordinateReceptacleObjectId"}):
    """An act of the expert's plan: on which thing, and in which place, by type and bounds (x, x, y, y, z, z)."""

    action: str
    thing: str = ""
    place: tuple[str, tuple[float, float, float, float, float, float]] | None = None

    @property
    def place_located(self) -> Located | None:
        if self.place is None:
            return None
        kind, (x, _, z, _, y, _) = self.place
        return Located(kind, Position(x * UNIT_M, y * UNIT_M, z * UNIT_M))


class Step(msgspec.Struct, frozen=True, rename={"planned": "p"}):
    """A step of the expert's plan."""

    planned: Planned


class Trajectory(msgspec.Struct, frozen=True, rename={"params": "pddl_params", "plan": "high"}):
    """One line of the file. `path` is what AgentBench's lists and `alfworld-download`'s folders call it."""

    split: Annotated[str, msgspec.Meta(pattern=r"^\w{1,50}$")]
    path: Annotated[str, msgspec.Meta(pattern=r"^[\w-]{1,200}/trial_\w{1,50}$")]
    task_type: str
    params: Params
    scene: Scene
    plan: list[Step]


def read_trajectories(file: Path) -> Iterator[Trajectory | BadRow]:
    """The trajectories of a file, and a `BadRow` for a line that is none. Raises `UserError` for an unreadable file."""
    for row in read_lines(file):
        try:
            yield _trajectory(row)
        except BadRow as bad:
            yield bad


def _trajectory(row: RawRow) -> Trajectory:
    if row.fault:
        raise BadRow(f"{row.place}: {row.fault}")
    try:
        return msgspec.convert(row.values, Trajectory)
    except msgspec.ValidationError as error:
        fault, _, field = str(error).partition(" - at `$")
        field = field.removesuffix("`").removeprefix(".")
        raise BadRow(f"{row.place}{f', field {field!r}' if field else ''}: {fault.replace('`', chr(39))}") from None


def located(key: str) -> Located | None:
    """What ALFRED's id `key` says: `Drawer|-01.29|+00.17|-00.58`, `Sink|-00.70|+00.93|-00.65|SinkBasin`."""
    kind, *parts = key.split("|")
    try:
        x, y, z = map(float, parts[:3])
    except ValueError:
        return None
    return Located(parts[3] if len(parts) > 3 else kind, Position(x, y, z))
