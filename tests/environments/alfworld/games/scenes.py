"""A small home in the form of ALFRED's data: a desk, a bed, a shelf and a drawer in it, mugs, books, a lamp."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

DATA = Path(os.environ.get("AGENTTUNING_DATA") or Path(__file__).parents[5] / "shared" / "data")
FLOOR_PLAN = "FloorPlan999"
IDS = [
    "Desk|+01.00|+00.00|+00.00",
    "Drawer|+01.00|+00.50|+00.00",
    "Shelf|-01.00|+01.50|+00.00",
    "Bed|+00.00|+00.30|+03.00",
    "DeskLamp|+01.20|+00.80|+00.10",
    "DeskLamp|+01.20|+00.81|+00.10",
    "Mug|+01.10|+00.80|+00.00",
]


def pose(kind: str, x: float, y: float, z: float) -> dict[str, Any]:
    return {"objectName": f"{kind}_1a2b3c4d", "position": {"x": x, "y": y, "z": z}}


def step(action: str, thing: str = "", place: tuple[str, float, float, float] | None = None) -> dict[str, Any]:
    planned: dict[str, Any] = {"action": action}
    if thing:
        planned["objectId"] = thing
    if place:
        kind, x, y, z = (place[0], *(value * 4 for value in place[1:]))
        planned["coordinateReceptacleObjectId"] = [kind, [x, x, z, z, y, y]]
    return {"p": planned}


def trajectory(name: str = "pick_and_place_simple-Mug-None-Shelf-999", **changed: Any) -> dict[str, Any]:
    """A row: two mugs on the desk, one of them to be put on the shelf."""
    task_type, thing, _, place, _ = name.split("-")
    lamp = place if task_type == "look_at_obj_in_light" else ""
    row = {
        "split": "train",
        "path": f"{name}/trial_T1",
        "task_type": task_type,
        "pddl_params": {
            "mrecep_target": "",
            "object_sliced": thing.endswith("Sliced"),
            "object_target": thing.removesuffix("Sliced"),
            "parent_target": "" if lamp else place,
            "toggle_target": lamp,
        },
        "scene": {
            "floor_plan": FLOOR_PLAN,
            "object_poses": [pose("Mug", 1.1, 0.8, 0.0), pose("Mug", 0.9, 0.8, 0.1), pose("Book", 0.0, 0.5, 2.9)],
        },
        "high": [
            step("GotoLocation"),
            step("PickupObject", "Mug|+01.10|+00.80|+00.00", ("Desk", 1.0, 0.0, 0.0)),
            step("PutObject", "Mug|+01.10|+00.80|+00.00", ("Shelf", -1.0, 1.5, 0.0)),
        ],
    }
    return {**row, **changed}


def write(folder: Path, rows: Iterable[dict[str, Any] | bytes], ids: Any = None) -> Path:
    """The data in a folder; the file of trajectories."""
    folder.mkdir(parents=True, exist_ok=True)
    named = {FLOOR_PLAN: dict.fromkeys(IDS, 1)} if ids is None else ids
    (folder / "ids_by_floor.json.gz").write_bytes(gzip.compress(json.dumps(named).encode()))
    file = folder / "trajectories.jsonl.gz"
    lines = (row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows)
    file.write_bytes(gzip.compress(b"\n".join(lines)))
    return file
