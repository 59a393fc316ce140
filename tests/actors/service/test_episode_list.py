"""Which tasks a source names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from actors.program.user_error import UserError
from actors.service.episode_list import count, episodes, tasks_of
from actors.service.settings import RolloutSettings, TaskSource


def families(generate: int = 200, **said: object) -> list[str]:
    source = TaskSource(environment="operating_system", generate=generate, **said)
    return sorted({task.family for task in tasks_of(source, "train", 0)})


def test_families_are_names_or_patterns() -> None:
    assert families(families=("files-*-count", "base64")) == [
        "base64",
        *(f"files-{what}-count" for what in ("beginning", "extension", "larger", "newer", "owner", "part")),
    ]


def test_without_leaves_families_out() -> None:
    assert families(families=("files-*-count",), without=("files-[lno]*", "files-p*")) == [
        "files-beginning-count",
        "files-extension-count",
    ]


def test_fewer_tasks_than_families_are_spread_over_them() -> None:
    assert families(2, families=("files-*-count",)) == ["files-extension-count", "files-larger-count"]


def test_a_source_names_its_own_split() -> None:
    (task,) = tasks_of(TaskSource(environment="practice", generate=1, split="new-families"), "train", 0)
    assert task.split == "new-families"


def test_a_pattern_without_a_family_names_the_nearest() -> None:
    with pytest.raises(
        UserError, match=r"no family of operating_system tasks is called 'files-\*-cuont'; did you mean 'files-"
    ):
        families(families=("files-*-cuont",))


def test_all_families_left_out_is_refused() -> None:
    with pytest.raises(UserError, match="leave no family of operating_system tasks"):
        families(without=("*",))


def ids(**limits: object) -> list[str]:
    tasks = [{"environment": "practice", "generate": 1}]
    settings = RolloutSettings.model_validate(
        {"store": "runs/x", "tasks": tasks, "llm": {"kind": "reference"}, "limits": limits}
    )
    return [episode.episode_id for episode in episodes(settings, {"kind": "scripted"})]


def test_an_episode_is_known_by_what_holds_in_its_own_environment() -> None:
    assert ids() == ["05d66cdc7cb9817784fc"]  # as stores of the first release have it
    assert ids(repeats={"practice": 3, "database": 5}) == ids() == ids(repeats={"practice": 3})
    assert ids(repeats=None) == ids(repeats={}) == ids(repeats={"database": 3}) != ids()


def of_file(path: Path, **said: object) -> RolloutSettings:
    tasks = [{"environment": "operating_system", "file": str(path)}]
    return RolloutSettings.model_validate({"store": "runs/x", "tasks": tasks, "llm": {"kind": "reference"}, **said})


def test_rows_that_are_no_tasks_are_left_out_and_named_or_end_the_run(tmp_path: Path) -> None:
    good = {"description": "How many?", "evaluation": {"match": "1"}}
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([good, {**good, "description": "half \ud83d"}, 7, {**good, "description": "Why?"}]))
    said: list[str] = []
    assert count(of_file(path), said.append) == 2
    assert [episode.task.id for episode in episodes(of_file(path), {})] == ["os-rows-00000", "os-rows-00003"]
    assert said[0].startswith("2 rows are no tasks and are left out")
    assert [line.split(": ")[1] for line in said[1:]] == ["row 1", "row 2"]
    with pytest.raises(UserError, match="row 1"):
        count(of_file(path, bad_rows="refuse"))
    path.write_text("[7]")
    with pytest.raises(UserError, match=r"no task at all.*the first of 1 bad rows is .*row 0"):
        count(of_file(path))


def test_an_episode_by_tools_is_another_one_and_one_by_text_is_what_it_was(tmp_path: Path) -> None:
    def ids(**settings: object) -> list[str]:
        content = {
            "store": str(tmp_path),
            "tasks": [{"environment": "practice", "generate": 2}],
            "environments": {"practice": {"settings": settings}},
            "llm": {"kind": "reference"},
        }
        return [assignment.episode_id for assignment in episodes(RolloutSettings.model_validate(content), {})]

    assert ids() == ids(dialect="text") == ids(step_s=0.1)
    assert not set(ids()) & set(ids(dialect="tools"))
