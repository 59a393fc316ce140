"""What a suite may say, and which tasks it has."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from actors.program.configuration import check, load
from actors.program.user_error import UserError
from environments.description import Metric
from environments.mind2web.recorded import recorded_files
from environments.registry import all_registered, registered
from serve.evaluation.suite import Suite
from serve.evaluation.suite_tasks import count_tasks, sources
from tests.serve.evaluation.dbbench import rows

PRACTICE = {"environment": "practice", "generate": 4}
ROOT = Path(__file__).resolve().parents[3]


def suite(columns: dict[str, Any], **fields: Any) -> Suite:
    return check({"name": "test", "columns": columns, **fields}, Suite, "suite.yaml")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"colums": {}}, "unknown key 'colums': did you mean 'columns'?"),
        ({"columns": {"train": [PRACTICE]}}, "a column cannot be called 'train'"),
        ({"columns": {"a": []}}, "column 'a' has no task source"),
        ({"columns": {"a": [{**PRACTICE, "split": "b"}]}}, "leave out 'split'"),
        ({"columns": {"a": [{**PRACTICE, "file": "x"}]}}, "exactly one of 'generate'"),
        ({"metrics": {"webshop": "mean_reward"}}, "'metrics' names 'webshop', but the suite plays practice"),
        ({"metrics": {"practice": "category_mean"}}, "tasks of practice have no categories"),
        ({"metrics": {"practice": "accuracy"}}, "metrics.practice"),
        ({"name": "../up"}, "'name'"),
    ],
)
def test_a_mistake_in_a_suite_is_one_line(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError) as refused:
        check({"name": "test", "columns": {"a": [PRACTICE]}, **fields}, Suite, "suite.yaml")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_repeated_replies_end_an_episode_only_where_the_harness_ends_it() -> None:
    for said in ({}, {"limits": {"max_turns": 15}}):
        limits = suite({"a": [PRACTICE]}, **said).limits
        assert (
            [limits.repeats_in(name) for name in all_registered()]
            == [one.description.repeats for one in all_registered().values()]
            == [3 if name == "alfworld" else None for name in all_registered()]
        )
    own = suite({"a": [PRACTICE]}, limits={"repeats": {"practice": 3}}).limits
    assert (own.repeats_in("practice"), own.repeats_in("database")) == (3, None)


def test_a_column_is_the_split_of_its_tasks() -> None:
    found = suite({"new-instances": [PRACTICE], "new-families": [{**PRACTICE, "seed": 1, "families": ["noise"]}]})
    assert [source.split for _, source in sources(found)] == ["new-instances", "new-families"]
    assert count_tasks(found).tasks == {("new-instances", "practice"): 4, ("new-families", "practice"): 4}


def test_the_record_names_every_environment_s_metric_and_version() -> None:
    found = suite({"a": [PRACTICE, {"environment": "database", "generate": 3}]}, metrics={"practice": "mean_reward"})
    assert found.record()["metrics"] == {"database": "category_mean", "practice": "mean_reward"}
    version = registered("database").description.version
    assert found.record()["versions"]["database"] == {"environment": version.environment, "judge": version.judge}
    assert found.record() == json.loads(json.dumps(found.record()))


@pytest.mark.parametrize("other", [{"seed": 0}, {"generate": 2}])
def test_the_same_task_from_two_sources_is_refused(other: dict[str, Any]) -> None:
    with pytest.raises(
        UserError, match=r"columns.b.0 gives task 'practice-count-0-0', which columns.a.0 gives already"
    ):
        count_tasks(suite({"a": [PRACTICE], "b": [{**PRACTICE, **other}]}))


def test_a_file_under_two_names_gives_the_same_tasks(tmp_path: Path) -> None:
    for name in ("first.jsonl", "second.jsonl"):
        rows(tmp_path / name, "SELECT", "INSERT")
    entry = {"environment": "database", "file": "*.jsonl"}
    with pytest.raises(UserError, match=r"second.jsonl\) gives task .*first.jsonl\) gives already"):
        count_tasks(suite({"a": [entry]}, data=str(tmp_path)))


def test_a_row_that_a_file_repeats_is_one_task(tmp_path: Path) -> None:
    rows(tmp_path / "rows.jsonl", "SELECT", "INSERT")
    twice = (tmp_path / "rows.jsonl").read_text() * 2
    (tmp_path / "rows.jsonl").write_text(twice)
    found = suite({"a": [{"environment": "database", "file": "rows.jsonl"}]}, data=str(tmp_path))
    assert count_tasks(found).tasks == {("a", "database"): 2}


def test_missing_data_is_one_line_that_says_where(tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r"columns.a.0: no file matches '.*/os/\*.json': put the suite's data there, or .* data=FOLDER"
    ):
        count_tasks(suite({"a": [{"environment": "operating_system", "file": "os/*.json"}]}, data=str(tmp_path)))
    with pytest.raises(UserError, match=r"no task file at 'nowhere.jsonl'"):
        count_tasks(suite({"a": [{"environment": "database", "file": "nowhere.jsonl"}]}))


def test_a_database_tasks_category_comes_from_its_kinds(tmp_path: Path) -> None:
    rows(tmp_path / "rows.jsonl", "counting", "INSERT", "UPDATE", "DELETE", "aggregation-SUM")
    home = registered("database")
    tasks = home.load(str(tmp_path / "rows.jsonl"), "a")
    assert [home.category(task) for task in tasks] == ["SELECT", "INSERT", "UPDATE", "DELETE", "SELECT"]
    (other,) = registered("practice").generate(1, 0, "a")
    assert registered("practice").category(other) == ""


def test_the_agentbench_suite_reads_agentbenchs_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows(tmp_path / "dbbench" / "standard.jsonl", "SELECT", "UPDATE")
    task = {"description": "How many files?", "evaluation": {"match": "3"}}
    for file in ("1/stock.json", "5/new.json", "6/new.json"):
        path = tmp_path / "os_interaction" / "data" / file
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps([task | {"description": f"{task['description']} In {file}."}]))
    game = Path("json_2.1.1/valid_unseen/pick_and_place_simple-Mug-None-Desk-308/trial_T1/game.tw-pddl")
    (tmp_path / "games" / game).parent.mkdir(parents=True)
    (tmp_path / "games" / game).touch()
    monkeypatch.setenv("ALFWORLD_DATA", str(tmp_path / "games"))
    (tmp_path / "alfworld").mkdir()
    (tmp_path / "alfworld" / "standard.json").write_text(json.dumps({"pick_and_place": [str(game)]}))
    (tmp_path / "mind2web" / "data_std").mkdir(parents=True)
    shutil.copy(recorded_files("test")[0], tmp_path / "mind2web" / "data_std")
    (tmp_path / "mind2web" / "std.toml").write_text('files = ["data_std/*.zst"]')
    found = load(str(ROOT / "configs" / "suites" / "agentbench.yaml"), [f"data={tmp_path}"], Suite)
    tasks = count_tasks(found).tasks
    assert tasks.pop(("standard", "mind2web")) > 10
    assert tasks == {
        ("standard", "operating_system"): 3,
        ("standard", "database"): 2,
        ("standard", "alfworld"): 1,
    }
    metrics = found.record()["metrics"]
    assert metrics.pop("database") == Metric.CATEGORY_MEAN
    assert metrics == dict.fromkeys(("operating_system", "alfworld", "mind2web"), Metric.SUCCESS_RATE)


def test_a_bad_row_ends_an_evaluation_unless_its_suite_says_otherwise(tmp_path: Path) -> None:
    good = {"description": "How many?", "evaluation": {"match": "1"}}
    (tmp_path / "rows.json").write_text(json.dumps([good, {**good, "description": "half \ud83d"}]))
    columns = {"a": [{"environment": "operating_system", "file": "rows.json"}]}
    with pytest.raises(UserError, match=r"rows\.json: row 1: field 'description' holds .* half a character"):
        count_tasks(suite(columns, data=str(tmp_path)))
    lenient = suite(columns, data=str(tmp_path), bad_rows="leave out")
    counts = count_tasks(lenient)
    assert counts.tasks == {("a", "operating_system"): 1}
    assert [str(bad).partition(": ")[2][:5] for bad in counts.left_out] == ["row 1"]
    assert lenient.record()["bad_rows"] == "leave out"
    assert "bad_rows" not in suite(columns).record()  # as evaluations of the first release have it
