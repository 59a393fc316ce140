"""Mind2Web's files as tasks, in three modes, and what is told of rows that are none."""

from __future__ import annotations

import gzip
import json
import pickle
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from environments.contract import Task, UserError
from environments.mind2web.payload import read_payload
from environments.mind2web.tasks import load
from environments.rows import BadRow
from tests.environments.mind2web.small import BUTTONS, buttons, recorded


def written(folder: Path, *rows: Any, name: str = "train_0.json") -> str:
    path = folder / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(json.dumps(list(rows)))
    return str(path)


def reading(folder: Path, *rows: Any, **said: Any) -> str:
    """A TOML file that reads these rows."""
    written(folder, *(rows or [recorded()]))
    values = {"files": ["*.json"], **said}
    path = folder / "reading.toml"
    path.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items()))
    return str(path)


def ranked(*, right: int) -> dict[str, Any]:
    """The recording with ranks in its candidates: the right ones have this one, the others 0, 1, …"""
    found = recorded()
    for action in found["actions"]:
        for number, candidate in enumerate(action["neg_candidates"]):
            candidate["rank"] = number + (number >= right)
        action["pos_candidates"][0]["rank"] = right
    return found


def tasks(path: str) -> list[Task]:
    found = list(load(path, "test"))
    assert not [each for each in found if isinstance(each, BadRow)]
    return [each for each in found if isinstance(each, Task)]


def told(path: str) -> list[str]:
    return [str(each) for each in load(path, "test") if isinstance(each, BadRow)]


def test_a_file_gives_a_task_for_each_step_with_what_was_done_before(tmp_path: Path) -> None:
    first, second = tasks(written(tmp_path, recorded()))
    assert [first.id, second.id] == ["mind2web-note-first", "mind2web-note-second"]
    assert (first.family, first.split, first.source) == ("step-speech", "test", "mind2web:train_0.json")
    assert read_payload(first).previous == []
    assert read_payload(second).previous == ["[button]  Say 3 -> CLICK"]
    (step,) = read_payload(second).steps
    assert (step.positives, step.operation, step.value) == (["7"], "TYPE", "two words")


def test_the_first_ten_by_the_file_s_own_ranks_are_candidates(tmp_path: Path) -> None:
    for task in tasks(written(tmp_path, ranked(right=4))):
        (step,) = read_payload(task).steps
        others = [id for id in BUTTONS if id not in step.positives][:9]
        assert sorted(step.candidates) == sorted([*others, *step.positives])
        assert step.candidates != sorted(step.candidates)


def test_a_right_element_of_rank_10_is_none_and_its_step_is_counted(tmp_path: Path) -> None:
    found = tasks(written(tmp_path, ranked(right=10)))
    assert [read_payload(task).steps[0].positives for task in found] == [[], []]
    assert [task.reference for task in found] == [None, None]


def test_such_steps_can_be_left_out_by_name(tmp_path: Path) -> None:
    path = reading(tmp_path, ranked(right=10), ranked(right=9), unreachable="leave out")
    found = list(load(path, "test"))
    assert [type(each) for each in found] == [BadRow, BadRow, Task, Task]
    assert str(found[1]).endswith(
        "train_0.json: task 0, action 1: left out, for nobody can be right"
        " (no right element of the page is among its first 10 candidates)"
    )


def test_a_step_without_any_right_element_is_one_of_these(tmp_path: Path) -> None:
    lost = recorded()
    lost["actions"][0]["pos_candidates"] = []
    first, _ = tasks(written(tmp_path, lost))
    assert read_payload(first).steps[0].positives == []


def test_a_right_element_that_the_cleaned_page_has_lost_is_no_candidate(tmp_path: Path) -> None:
    lost = recorded()
    lost["actions"][0]["pos_candidates"][0]["backend_node_id"] = "gone"
    first, _ = tasks(written(tmp_path, lost))
    assert read_payload(first).steps[0].positives == []
    assert "gone" not in read_payload(first).steps[0].candidates


def test_rounds_are_those_of_an_agent_that_is_always_right(tmp_path: Path) -> None:
    found = tasks(reading(tmp_path, ranked(right=0), mode="round"))
    rounds = [read_payload(task).steps[0] for task in found]
    assert [len(each.candidates) for each in rounds] == [5, 5, 5, 5]
    for first, second in (rounds[:2], rounds[2:]):
        assert sum(bool(each.positives) for each in (first, second)) in (1, 2)
        assert set(first.candidates) | set(second.candidates) >= set(first.positives)
    assert found[0].id == "mind2web-note-first-0"
    assert all(task.reference == {} for task in found)


def test_a_task_has_all_its_steps(tmp_path: Path) -> None:
    (task,) = tasks(reading(tmp_path, mode="task"))
    payload = read_payload(task)
    assert (payload.mode, payload.previous, [step.uid for step in payload.steps]) == ("task", [], ["first", "second"])
    assert task.id == "mind2web-note-task"


def test_the_order_of_candidates_follows_from_the_seed(tmp_path: Path) -> None:
    def order(seed: int) -> list[str]:
        return read_payload(tasks(reading(tmp_path, seed=seed))[0]).steps[0].candidates

    assert order(123) == order(123)
    assert order(123) != order(124)


def test_the_ranker_s_scores_say_who_is_a_candidate(tmp_path: Path) -> None:
    ranks = {f"note_{uid}": {id: number for number, id in enumerate("9876543")} for uid in ("first", "second")}
    (tmp_path / "scores.pkl").write_bytes(pickle.dumps({"scores": {}, "ranks": ranks}))
    found = tasks(reading(tmp_path, scores="scores.pkl", top=4))
    assert [sorted(read_payload(task).steps[0].candidates) for task in found] == [list("6789")] * 2
    assert [read_payload(task).steps[0].positives for task in found] == [[], ["7"]]


def test_scores_that_lack_a_step_belong_to_other_recordings(tmp_path: Path) -> None:
    (tmp_path / "scores.pkl").write_bytes(pickle.dumps({"ranks": {"note_first": {"3": 0}}}))
    (said,) = told(reading(tmp_path, scores="scores.pkl"))
    assert "'scores.pkl' lack 'note_second'" in said


def test_a_folder_and_packed_files_are_read(tmp_path: Path) -> None:
    content = Path(written(tmp_path, recorded())).read_bytes()
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(content))
    (tmp_path / "b.json.zst").write_bytes(zstandard.compress(content))
    assert [task.source for task in tasks(str(tmp_path))[::2]] == [
        *("mind2web:train_0.json", "mind2web:a.json.gz", "mind2web:b.json.zst")
    ]


def test_a_file_is_read_whatever_it_is_called(tmp_path: Path) -> None:
    assert len(tasks(written(tmp_path / "[a]", recorded(), name="data[1]*.json"))) == 2
    assert len(tasks(str(tmp_path / "[a]"))) == 2
    assert len(tasks(reading(tmp_path, files=["*/data*.json", "[[]a]/*", "**/*.json"]))) == 4


def test_agentbench_s_layout_is_a_pattern(tmp_path: Path) -> None:
    written(tmp_path / "data" / "data_std", recorded(), name="test_0.json")
    assert len(tasks(reading(tmp_path, files=["data/data_std/*.json"]))) == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda row: row.pop("annotation_id"), "field 'annotation_id': found nothing, expected a text"),
        (lambda row: row.update(action_reprs=["one"]), "field 'action_reprs'"),
        (lambda row: row.update(actions=[]), "field 'action_reprs'"),
        (lambda row: row.update(actions={}), "field 'actions': found {}, expected a list"),
        (lambda row: row["actions"].insert(0, 5), "field 'actions', item 0: found 5, expected an object"),
        (lambda row: row["actions"][1].update(cleaned_html="<a>"), "item 1, field 'cleaned_html': found \"<a>\""),
        (lambda row: row["actions"][1].update(cleaned_html=None), "item 1, field 'cleaned_html': found nothing"),
        (lambda row: row["actions"][0].update(operation="CLICK"), "field 'operation': found \"CLICK\""),
        (lambda row: row["actions"][0]["operation"].update(value=5), "field 'value': found 5"),
        (
            lambda row: row["actions"][0]["neg_candidates"][3].update(backend_node_id=3),
            "item 3, field 'backend_node_id'",
        ),
        (lambda row: row["actions"][0]["neg_candidates"][3].update(rank=3), "a 'rank' in every candidate or in none"),
    ],
)
def test_a_row_that_is_no_recording_is_told_and_the_others_are_tasks(
    change: Callable[[dict[str, Any]], object], said: str, tmp_path: Path
) -> None:
    row = recorded()
    change(row)
    path = written(tmp_path, row, recorded())
    (line,) = told(path)
    assert f"{path}: task 0" in line
    assert said in line
    assert len([each for each in load(path, "test") if isinstance(each, Task)]) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is no JSON list"),
        (b"[{]", "is no JSON list"),
        (b'[{"a": "\xff"}]', "is no JSON list"),
        (b"[" * 1_000, "nested deeper than 100 levels"),
        (b'{"a": 1}', "it is an object"),
        (b"5", "it begins with '5'"),
    ],
)
def test_a_file_that_is_no_json_is_refused_in_one_line(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(UserError, match=said) as error:
        list(load(str(tmp_path / "x.json"), "test"))
    assert "\n" not in str(error.value)


def test_half_a_character_is_read_as_a_question_mark(tmp_path: Path) -> None:
    first, _ = tasks(written(tmp_path, recorded(confirmed_task="Say \ud800")))
    assert read_payload(first).task == "Say ?"


@pytest.mark.parametrize("name", ["x.json.gz", "x.json.zst"])
def test_a_damaged_packed_file_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"not packed")
    with pytest.raises(UserError, match=r"cannot read"):
        list(load(str(tmp_path / name), "test"))


def test_a_place_without_recordings_is_told(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.json", tmp_path / "none.toml"):
        with pytest.raises(UserError):
            list(load(str(path), "test"))
    with pytest.raises(UserError, match="mode"):
        list(load(reading(tmp_path, mode="walk"), "test"))
    with pytest.raises(UserError, match="top"):
        list(load(reading(tmp_path, top=0), "test"))


def test_a_file_is_read_one_recording_at_a_time(tmp_path: Path) -> None:
    row = recorded()
    row["actions"][0]["raw_html"] = "x" * 500_000
    path = written(tmp_path, *[row] * 40)
    tracemalloc.start()
    try:
        assert sum(isinstance(each, Task) for each in load(path, "test")) == 80
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*recorded(), "x"]), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=50)
@given(st.lists(JSON, max_size=3), st.sampled_from(["actions", "action_reprs", "confirmed_task"]), JSON, JSON)
def test_no_row_raises(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Any], field: str, value: Any, html: Any
) -> None:
    spoiled = recorded()
    spoiled["actions"][0]["cleaned_html"] = html
    path = written(tmp_path_factory.mktemp("rows"), *rows, {**recorded(), field: value}, spoiled)
    for each in load(path, "test"):
        assert isinstance(each, Task | BadRow)
        assert "\n" not in str(each) or isinstance(each, Task)


def test_a_page_is_cut_to_its_candidates(tmp_path: Path) -> None:
    row = recorded()
    row["actions"][0]["cleaned_html"] = buttons([f"n{number}" for number in range(300)] + list(BUTTONS))
    first, _ = tasks(written(tmp_path, row))
    assert len(read_payload(first).steps[0].page) < 5_000
