"""Task rows from downloaded games, AgentBench's lists and ALFRED's data."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.alfworld.games.sources import load
from environments.contract import Task, UserError
from environments.rows import BadRow
from tests.environments.alfworld.games import scenes

MUG, BOOK = "pick_and_place_simple-Mug-None-Shelf-999", "pick_and_place_simple-Book-None-Shelf-999"


def listed(name: str, trial: str = "trial_T1") -> str:
    return f"json_2.1.1/train/{name}/{trial}/game.tw-pddl"


def download(root: Path, name: str, content: Any = None) -> Path:
    """A downloaded game."""
    path = root / listed(name)
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(content or {"pddl_problem": "", "grammar": "", "solvable": True}))
    return path


def write_list(folder: Path, content: Any) -> str:
    file = folder / "list.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(file)


def split_up(rows: Iterable[Task | BadRow]) -> tuple[list[Task], list[str]]:
    """Tasks, and what is said of bad rows."""
    found = list(rows)
    return [row for row in found if isinstance(row, Task)], [str(row) for row in found if isinstance(row, BadRow)]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that ALFWORLD_DATA names."""
    root = tmp_path / "data"
    root.mkdir()
    monkeypatch.setenv("ALFWORLD_DATA", str(root))
    return root


def test_a_folder_of_downloaded_games_is_a_task_for_each_that_alfworld_plays(tmp_path: Path) -> None:
    mug = download(tmp_path, MUG)
    lamp = download(tmp_path, "look_at_obj_in_light-Mug-None-DeskLamp-999")
    download(tmp_path, BOOK, {"solvable": False})
    download(tmp_path, "pick_and_place_with_movable_recep-Mug-Box-Shelf-999")
    download(tmp_path, "pick_and_place_simple-AppleSliced-None-Shelf-999")
    download(tmp_path, "something_else-Mug-None-Shelf-999")
    tasks, bad = split_up(load(str(tmp_path), "train"))
    assert not bad
    assert [task.payload for task in tasks] == [{"game": str(lamp)}, {"game": str(mug)}]
    assert [task.family for task in tasks] == ["look_at_obj", "pick_and_place"]
    assert tasks[1].id == f"alfworld-{MUG}-trial_T1"
    assert (tasks[1].split, tasks[1].source, tasks[1].environment) == ("train", "alfworld", "alfworld")


def test_a_folder_without_games_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no game of ALFWorld"):
        list(load(str(tmp_path), "train"))


def test_a_listed_game_is_the_downloaded_one_or_is_rebuilt(tmp_path: Path, data: Path, textworld: None) -> None:
    download(data, MUG)
    scenes.write(data, [scenes.trajectory(), scenes.trajectory(BOOK)])
    tasks, bad = split_up(load(write_list(tmp_path, {"pick_and_place": [listed(BOOK), listed(MUG)]}), "dev"))
    assert not bad
    assert [task.source for task in tasks] == ["alfred", "alfworld"]
    assert tasks[0].payload["goal"]["thing"] == "Book"
    assert tasks[1].payload == {"game": listed(MUG)}


def test_what_a_list_names_and_nobody_has_is_named_with_file_row_and_field(
    tmp_path: Path, data: Path, textworld: None
) -> None:
    sliced = "pick_and_place_simple-AppleSliced-None-Shelf-999"
    scenes.write(data, [scenes.trajectory(), scenes.trajectory(sliced)])
    paths = [listed(MUG), listed(MUG, "trial_T2"), listed(sliced), listed(MUG), "../../etc/passwd", 7]
    other = "look_at_obj_in_light-Mug-None-DeskLamp-999"
    file = write_list(tmp_path, {"pick_and_place": [*paths, listed(other)], "cook": [], "look_at_obj": "all"})
    tasks, bad = split_up(load(file, "dev"))
    assert len(tasks) == 1
    place = f"{file}: field 'pick_and_place', item"
    assert bad == [
        f"{place} 1: found '{MUG}/trial_T2', expected a trajectory of ALFRED's data",
        f"{place} 2: the trajectory '{sliced}/trial_T1' is no game: slices a thing",
        f"{place} 3: '{listed(MUG)}' stands in the list before",
        f'{place} 4: found "../../etc/passwd", expected a path like'
        " json_2.1.1/train/pick_and_place…/trial_…/game.tw-pddl",
        f"{place} 5: found 7, expected a path like json_2.1.1/train/pick_and_place…/trial_…/game.tw-pddl",
        f'{place} 6: found "{listed(other)[:79]}…, expected a path like'
        " json_2.1.1/train/pick_and_place…/trial_…/game.tw-pddl",
        f"{file}, field 'cook': found [], expected one of pick_and_place, pick_clean_then_place, pick_heat_then_place,"
        " pick_cool_then_place, look_at_obj, pick_two_obj as its name",
        f"{file}, field 'look_at_obj': found \"all\", expected a list of paths",
    ]


def test_a_list_whose_games_are_nowhere_is_refused(tmp_path: Path, data: Path) -> None:
    with pytest.raises(UserError, match="set ALFWORLD_DATA to the folder"):
        list(load(write_list(tmp_path, {"pick_and_place": [listed(MUG)]}), "dev"))


def test_a_listed_game_whose_row_is_bad_says_so(tmp_path: Path, data: Path, textworld: None) -> None:
    scenes.write(data, [scenes.trajectory(BOOK), scenes.trajectory(BOOK), {**scenes.trajectory(), "high": 7}])
    tasks, bad = split_up(load(write_list(tmp_path, {"pick_and_place": [listed(BOOK), listed(MUG)]}), "dev"))
    assert len(tasks) == 1
    assert "; of its rows 2 are bad, first " in bad[0]
    assert bad[0].endswith(f"the trajectory '{BOOK}/trial_T1' is there twice")


@pytest.mark.parametrize(
    "content", ["", "[", "[]", "7", '"a"', "null", "[" * 100_000, '{"pick_and_place": ["\\ud800"]}', '{"\\ud800": []}']
)
def test_a_file_that_is_no_list_is_refused_in_one_line(tmp_path: Path, content: str) -> None:
    with pytest.raises(
        UserError, match=r"list\.json: (no list of games|expected an object|.* half a character)"
    ) as refused:
        list(load(write_list(tmp_path, content), "dev"))
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot read the list of games"):
        list(load(str(tmp_path / "none.json"), "dev"))


@given(content=st.dictionaries(st.sampled_from(["pick_and_place", "cook"]), st.none() | st.lists(st.text(max_size=9))))
def test_whatever_a_list_holds_its_rows_are_named(tmp_path_factory: pytest.TempPathFactory, content: Any) -> None:
    tasks, bad = split_up(load(write_list(tmp_path_factory.mktemp("lists"), content), "dev"))
    assert not tasks
    assert all("\n" not in said for said in bad)


def test_alfred_s_data_gives_the_games_of_a_split_or_of_all(tmp_path: Path, textworld: None) -> None:
    moved = scenes.trajectory("pick_and_place_with_movable_recep-Mug-Box-Shelf-999")
    bare = scenes.trajectory("pick_clean_then_place_in_recep-Mug-None-Shelf-999", split="valid_seen")
    file = scenes.write(tmp_path, [scenes.trajectory(), scenes.trajectory(BOOK, split="valid_seen"), moved, bare, b"7"])
    tasks, bad = split_up(load(str(file), "train"))
    assert [task.id for task in tasks] == [f"alfworld-{MUG}-trial_T1"]
    assert [task.split for task in tasks] == ["train"]
    assert len(bad) == 1
    tasks, bad = split_up(load(str(file), "all"))
    assert len(tasks) == 2
    assert bad[1].endswith("is no game: the goal needs a 'SinkBasin', and the household has none")
    with pytest.raises(UserError, match="has no split 'test'; it has train, valid_seen, and 'all' for all"):
        list(load(str(file), "test"))


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_FIELDS = [
    ["path"],
    ["split"],
    ["task_type"],
    ["pddl_params"],
    ["pddl_params", "object_target"],
    ["pddl_params", "parent_target"],
    ["scene"],
    ["scene", "floor_plan"],
    ["scene", "object_poses"],
    ["scene", "object_poses", 0, "objectName"],
    ["scene", "object_poses", 0, "position", "x"],
    ["high"],
    ["high", 1, "p", "objectId"],
    ["high", 1, "p", "coordinateReceptacleObjectId"],
    ["high", 1, "p", "coordinateReceptacleObjectId", 1, 0],
]


@given(field=st.sampled_from(_FIELDS), value=_VALUES)
def test_whatever_stands_in_alfred_s_data_it_is_a_game_or_is_named(
    tmp_path_factory: pytest.TempPathFactory, textworld: None, field: list[Any], value: Any
) -> None:
    row = scenes.trajectory()
    at: Any = row
    for part in field[:-1]:
        at = at[part]
    at[field[-1]] = value
    file = scenes.write(tmp_path_factory.mktemp("alfred"), [row, scenes.trajectory(BOOK)])
    _, bad = split_up(load(str(file), "all"))
    assert all("\n" not in said and said.isprintable() for said in bad)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_agentbench_s_development_list_is_20_tasks(monkeypatch: pytest.MonkeyPatch, textworld: None) -> None:
    if not (scenes.DATA / "alfred").is_dir():
        pytest.skip(f"no ALFRED data at {scenes.DATA / 'alfred'}; set AGENTTUNING_DATA")
    monkeypatch.setenv("ALFWORLD_DATA", str(scenes.DATA / "alfred"))
    tasks, bad = split_up(load(str(scenes.DATA / "agentbench" / "alfworld" / "dev.json"), "dev"))
    assert not bad
    assert len({task.id for task in tasks}) == 20
