"""Games rebuilt from ALFRED's data: a small home by hand, and all of the published ones."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from environments.alfworld.games.alfred import SLICED, TYPES, Alfred, LeftOut, is_played, read_alfred
from environments.alfworld.games.floor_plans import FloorPlan, layout
from environments.alfworld.games.household import Game, TaskType
from environments.alfworld.games.trajectories import Located, Position, located
from environments.contract import UserError
from tests.environments.alfworld.games import scenes
from tests.environments.alfworld.games.engine import solution, won_after

pytestmark = pytest.mark.usefixtures("textworld")  # the layouts are in the package alfworld


def rebuilt(folder: Path, *rows: dict[str, Any]) -> Game:
    """The game of the first row."""
    scenes.write(folder, rows)
    return read_alfred(folder).game(rows[0]["path"])


def where(game: Game) -> dict[str, str]:
    return {thing.name: thing.where for thing in game.household.things}


def test_things_are_where_their_poses_say(tmp_path: Path) -> None:
    game = rebuilt(tmp_path, scenes.trajectory())
    assert {place.name for place in game.household.places} == {"bed 1", "desk 1", "drawer 1", "shelf 1"}
    assert where(game) == {"book 1": "bed 1", "desklamp 1": "desk 1", "mug 1": "desk 1", "mug 2": "desk 1"}
    assert (game.goal.task, game.goal.thing, game.goal.place) == (TaskType.PUT, "Mug", "Shelf")
    assert game.goal.text in ("put a mug in shelf", "put some mug on shelf")


def test_a_place_that_a_plan_names_is_there_too_and_one_seen_twice_is_one(tmp_path: Path) -> None:
    plan = [
        scenes.step("PickupObject", "Mug|+02.00|+00.40|+02.00", ("SideTable", 2.0, 0.0, 2.0)),
        scenes.step("PutObject", "Mug|+02.00|+00.40|+02.00", ("Shelf", -1.0, 1.45, 0.1)),
    ]
    game = rebuilt(tmp_path, scenes.trajectory(high=plan))
    assert {place.name for place in game.household.places} == {"bed 1", "desk 1", "drawer 1", "shelf 1", "sidetable 1"}


def test_a_thing_is_where_another_was_picked_up_close_by_though_another_place_is_nearer(tmp_path: Path) -> None:
    """The pen lies nearer to the drawer's position than to that of the desk, in which it is."""
    scene = scenes.trajectory()["scene"]
    scene = {**scene, "object_poses": [*scene["object_poses"], scenes.pose("Pen", 1.15, 0.8, 0.1)]}
    first = scenes.trajectory(scene=scene)
    assert where(rebuilt(tmp_path, first))["pen 1"] == "desk 1"
    without = {**first, "high": [scenes.step("GotoLocation")]}
    assert where(rebuilt(tmp_path, without))["pen 1"] == "drawer 1"


def test_what_stands_on_the_floor_is_beside_a_place_that_does_not_open(tmp_path: Path) -> None:
    plunger = "pick_and_place_simple-Plunger-None-Cabinet-999"
    scene = {"floor_plan": scenes.FLOOR_PLAN, "object_poses": [scenes.pose("Plunger", 1.0, 0.2, 0.0)]}
    place = scenes.step("PutObject", "Plunger|+01.00|+00.20|+00.00", ("Cabinet", 2.0, 0.5, 0.0))
    assert where(rebuilt(tmp_path, scenes.trajectory(plunger, scene=scene, high=[place])))["plunger 1"] == "desk 1"


def test_a_goal_is_never_reached_before_the_game_begins(tmp_path: Path) -> None:
    """A bat leans on the bed, where it is wanted."""
    scene = {"floor_plan": scenes.FLOOR_PLAN, "object_poses": [scenes.pose("BaseballBat", 0.1, 0.4, 3.0)]}
    game = rebuilt(tmp_path, scenes.trajectory("pick_and_place_simple-BaseballBat-None-Bed-999", scene=scene))
    assert where(game)["baseballbat 1"] == "desk 1"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("pick_and_place_with_movable_recep-Mug-Box-Shelf-999", "puts a thing in another that is carried"),
        ("pick_and_place_simple-AppleSliced-None-Shelf-999", "slices a thing"),
        (
            "pick_clean_then_place_in_recep-Mug-None-Shelf-999",
            "the goal needs a 'SinkBasin', and the household has none",
        ),
        ("pick_and_place_simple-Vase-None-Shelf-999", "the goal needs 1 of 'Vase', and the household has fewer"),
        ("pick_and_place_simple-Dragon-None-Shelf-999", "'Dragon' is no type of things"),
    ],
)
def test_what_is_no_game_is_left_out_with_its_reason(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(LeftOut, match=reason):
        rebuilt(tmp_path, scenes.trajectory(name))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"path": "../../etc"}, "field 'path'"),
        ({"scene": {"floor_plan": "FloorPlan\0", "object_poses": []}}, "field 'scene.floor_plan'"),
        ({"scene": {"floor_plan": "FloorPlan1", "object_poses": [{"objectName": "Mug"}]}}, "field 'scene.object_poses"),
        ({"high": [{"p": {"action": "x", "coordinateReceptacleObjectId": ["Desk", [1, 2]]}}]}, "field 'high"),
        ({"pddl_params": None}, "field 'pddl_params'"),
    ],
)
def test_a_row_that_is_no_trajectory_is_named_with_file_row_and_field(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    file = scenes.write(tmp_path, [scenes.trajectory(), {**scenes.trajectory(), **change}, b"{]"])
    data = read_alfred(tmp_path)
    assert len(data.trajectories) == 1
    first, second = map(str, data.bad_rows)
    assert first.startswith(f"{file}:2")
    assert said in first
    assert second.startswith(f"{file}:3: not a line of JSON")


def test_a_coordinate_that_is_no_number_is_refused(tmp_path: Path) -> None:
    row = scenes.trajectory()
    row["scene"]["object_poses"][0]["position"]["x"] = float("inf")
    scenes.write(tmp_path, [row])
    assert "a coordinate is no number" in str(read_alfred(tmp_path).bad_rows)


def test_a_folder_without_the_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot read the ids"):
        read_alfred(tmp_path)
    (tmp_path / "ids_by_floor.json.gz").write_bytes(b"no gzip")
    with pytest.raises(UserError, match="cannot read the ids"):
        read_alfred(tmp_path)


def test_an_id_says_type_and_position() -> None:
    assert located("Sink|-00.70|+00.93|-00.65|SinkBasin") == Located("SinkBasin", Position(-0.7, 0.93, -0.65))
    assert located("Mug|+00.70|+00.93|-00.65") == Located("Mug", Position(0.7, 0.93, -0.65))
    assert located("Mug|near the sink") is None


def test_the_package_alfworld_knows_places_of_alfred_s_homes_and_of_no_other() -> None:
    assert {"Fridge", "SinkBasin", "CounterTop"} <= {spot.type for spot in layout("FloorPlan10")}
    assert layout(scenes.FLOOR_PLAN) == []


def test_an_empty_home_has_no_place_for_anything() -> None:
    assert FloorPlan([]).place_of(Located("Mug", Position(0, 0, 0))) is None


@pytest.fixture(scope="module")
def published() -> Alfred:
    if not (scenes.DATA / "alfred").is_dir():
        pytest.skip(f"no ALFRED data at {scenes.DATA / 'alfred'}; set AGENTTUNING_DATA")
    return read_alfred(scenes.DATA / "alfred")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_published_trajectory_is_a_game_or_left_out_with_its_reason(published: Alfred) -> None:
    assert not published.bad_rows
    found: Counter[str] = Counter()
    for path, trajectory in published.trajectories.items():
        try:
            game = published.game(path)
        except LeftOut as reason:
            found[str(reason)] += 1
            assert not is_played(trajectory)
            continue
        found["sliced game" if game.goal.sliced else "game"] += 1
        assert game.goal.task == TYPES[trajectory.task_type]
        assert len(msgspec.json.encode(game)) < 10_000
    assert found == {
        "game": 5218,
        "sliced game": 3,
        "puts a thing in another that is carried": 1055,
        "slices a thing": 804,
    }


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("name", "number"), [("dev.json", 20), ("train_valid.json", 3150)])
def test_every_game_of_agentbench_s_lists_is_one_that_is_rebuilt(published: Alfred, name: str, number: int) -> None:
    lists = json.loads((scenes.DATA / "agentbench" / "alfworld" / name).read_text())
    paths = [path for paths in lists.values() for path in paths]
    assert len(paths) == number
    for path in paths:
        assert is_played(published.trajectories["/".join(path.split("/")[2:4])]), path


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_what_is_picked_up_first_is_where_the_plan_says(published: Alfred) -> None:
    """The plan is no hint but the truth: on all floor plans, at most one in a hundred is elsewhere."""
    wrong = right = 0
    for trajectory in published.trajectories.values():
        plan = published.floor_plans[trajectory.scene.floor_plan]
        first = next((step.planned for step in trajectory.plan if step.planned.action == "PickupObject"), None)
        thing = located(first.thing) if first is not None else None
        spot = first.place_located if first is not None else None
        if thing is not None and spot is not None and spot.type in {place.type for place in plan.places}:
            place = plan.place_of(thing)
            right, wrong = (right + 1, wrong) if place and place.type == spot.type else (right, wrong + 1)
    assert right > 6000
    assert wrong < right / 100


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_sample_of_them_is_won_in_the_engine(published: Alfred) -> None:
    played = [path for path, trajectory in published.trajectories.items() if is_played(trajectory)]
    for path in [*random.Random(5).sample(played, 12), *sorted(SLICED)[:1]]:
        game = published.game(path)
        commands = solution(game)
        assert won_after(game, commands) == len(commands), path
