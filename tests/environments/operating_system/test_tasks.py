"""AgentBench's task files: every shape of a row, every complaint, and the real files where they are."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from environments.contract import Task, TaskFault, UserError
from environments.operating_system.payload import Check, Match, Script, payload_of
from environments.operating_system.reference import reference_of
from environments.registry import registered

load = registered("operating_system").load
ROOT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("AGENTTUNING_DATA", ROOT.parent / "shared" / "data")) / "agentbench" / "os_interaction"
needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"AgentBench's files are not at {DATA}; AGENTTUNING_DATA says where"
)
NULL_AND_INTEGER = {
    "check": [None, {"language": "python", "file": "check/integer-match.py"}],
    "example": {"code": "echo 5"},
}


def written(folder: Path, content: Any, name: str = "dev.json") -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return str(path)


def only(folder: Path, row: dict[str, Any], name: str = "dev.json") -> Task:
    (task,) = load(written(folder, {"description": "x", "evaluation": {"match": "1"}, **row}, name), "dev")
    return task


@needs_data
@pytest.mark.parametrize(
    ("name", "rows", "with_reference", "without_file"), [("dev", 26, 19, 3), ("training", 1000, 1000, 0)]
)
def test_all_real_rows_load(name: str, rows: int, with_reference: int, without_file: int) -> None:
    tasks = list(load(str(DATA / f"{name}.json"), name))
    assert [task.id for task in tasks] == [f"os-{name}-{number:05d}" for number in range(rows)]
    assert sum(task.reference is not None for task in tasks) == with_reference
    assert all(reference_of(task).steps for task in tasks if task.reference is not None)
    missing = [task for task in tasks if "missing" in task.payload]
    assert len(missing) == without_file
    for task in missing:
        with pytest.raises(TaskFault, match=r"not found beside dev\.json"):
            payload_of(task)
    for task in tasks:
        if task not in missing:
            payload_of(task)


@needs_data
def test_the_malformed_row_keeps_its_question_and_the_default_machine() -> None:
    row = list(load(str(DATA / "dev.json"), "dev"))[10]
    payload = payload_of(row)
    assert (payload.image, payload.init) == ("default", [])
    assert [check.kind for check in payload.checks] == ["reference", "checker"]


@pytest.mark.parametrize(
    ("create", "init"),
    [
        (None, []),
        ({"local": "default"}, []),
        ({"init": "touch a"}, [Script("touch a")]),
        ({"init": {"code": "touch a"}}, [Script("touch a")]),
        ({"init": {"code": "print()", "language": "python"}}, [Script("print()", "python")]),
        ({"init": {"file": "init/a.sh"}}, [Script("touch from-file")]),
        ({"init": ["touch a", {"code": "touch b"}]}, [Script("touch a"), Script("touch b")]),
        ([None, {"language": "python", "file": "check/integer-match.py"}], []),
    ],
)
def test_init_in_all_its_shapes(tmp_path: Path, create: Any, init: list[Script]) -> None:
    (tmp_path / "init").mkdir()
    (tmp_path / "init" / "a.sh").write_text("touch from-file")
    assert payload_of(only(tmp_path, {"create": create})).init == init


@pytest.mark.parametrize(
    ("evaluation", "match", "checks"),
    [
        ({"match": "1"}, Match(answer="1"), []),
        ({"match": {"answer": "1", "strip": False}}, Match(answer="1", strip=False), []),
        ({"match": {"regex": "a+"}}, Match(regex="a+"), []),
        (NULL_AND_INTEGER, None, [Check("reference"), Check("checker", checker="integer-match")]),
        ({"check": {"code": "true"}}, None, [Check("script", script=Script("true"))]),
        ({"check": "true"}, None, [Check("script", script=Script("true"))]),
        ({"check": {"file": "check/0.sh"}}, None, [Check("script", script=Script("exit 1"))]),
    ],
)
@pytest.mark.parametrize(
    "place", ["check", "scripts/check", "scripts/dev/check", "../scripts/rows/check", "../scripts/dev/check"]
)
def test_evaluation_in_all_its_shapes(
    tmp_path: Path, evaluation: Any, match: Match | None, checks: list[Check], place: str
) -> None:
    script = tmp_path / "rows" / place / "0.sh"
    script.parent.mkdir(parents=True)
    script.write_text("exit 1")
    payload = payload_of(only(tmp_path / "rows", {"evaluation": evaluation}))
    assert (payload.match, payload.checks) == (match, checks)


def test_scripts_stand_beside_the_data_as_agentbench_has_them(tmp_path: Path) -> None:
    script = tmp_path / "scripts" / "5" / "check" / "0.sh"
    script.parent.mkdir(parents=True)
    script.write_text("exit 1")
    task = only(tmp_path / "data", {"evaluation": {"check": {"file": "check/0.sh"}}}, "5/new.json")
    assert payload_of(task).checks == [Check("script", script=Script("exit 1"))]


def test_a_row_whose_script_is_not_there_loads_and_cannot_be_played(tmp_path: Path) -> None:
    task = only(tmp_path, {"evaluation": {"check": [{"file": "check/0.sh"}], "example": {"file": "example/0.sh"}}})
    assert task.reference is None
    with pytest.raises(TaskFault, match=r"script example/0.sh, check/0.sh not found beside dev.json"):
        payload_of(task)


def test_rows_of_numbered_folders_have_ids_of_their_own(tmp_path: Path) -> None:
    assert only(tmp_path, {}, "5/new.json").id == "os-5-new-00000"
    assert only(tmp_path, {}, "6/new.json").id == "os-6-new-00000"


def test_start_labels_and_an_example_beside_the_evaluation(tmp_path: Path) -> None:
    payload = payload_of(only(tmp_path, {"start": "sleep 9 &", "labels": ["file"], "example": {"code": "echo 1"}}))
    assert (payload.start, payload.labels, payload.example) == ("sleep 9 &", ["file"], Script("echo 1"))


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (5, "row 0: found 5, expected an object"),
        ({"evaluation": {"match": "1"}}, "row 0, field 'description': found nothing"),
        ({"description": " ", "evaluation": {"match": "1"}}, "field 'description'"),
        ({"description": "x"}, "field 'evaluation'"),
        ({"description": "x", "evaluation": {}}, "field 'evaluation'"),
        ({"description": "x", "evaluation": {"match": "1", "check": []}}, "field 'evaluation'"),
        ({"description": "x", "evaluation": {"match": 1}}, "field 'evaluation.match'"),
        ({"description": "x", "evaluation": {"match": {"regex": 1}}}, "field 'evaluation.match'"),
        ({"description": "x", "evaluation": {"check": []}}, "field 'evaluation.check'"),
        ({"description": "x", "evaluation": {"check": [7]}}, r"field 'evaluation.check\[0\]'"),
        ({"description": "x", "evaluation": {"check": [None]}}, "field 'evaluation.example'"),
        (
            {"description": "x", "evaluation": {"check": [{"file": "check/integer-match.py"}]}},
            r"field 'evaluation.check\[0\]'",
        ),
        ({"description": "x", "evaluation": {"check": [{"file": "../../secret"}]}}, "below the folder"),
        ({"description": "x", "evaluation": {"check": [{"file": "/etc/passwd"}]}}, "below the folder"),
        (
            {"description": "x", "evaluation": {"check": [{"code": "x", "language": "perl"}]}},
            r"field 'evaluation.check\[0\].language'",
        ),
        ({"description": "x", "evaluation": {"match": "1"}, "create": "touch a"}, "field 'create'"),
        ({"description": "x", "evaluation": {"match": "1"}, "create": [{"init": "touch a"}]}, "field 'create'"),
        ({"description": "x", "evaluation": {"match": "1"}, "create": {"local": 3}}, "field 'create.local'"),
        ({"description": "x", "evaluation": {"match": "1"}, "create": {"init": ["a", 4]}}, r"field 'create.init\[1\]'"),
        ({"description": "x", "evaluation": {"match": "1"}, "labels": "file"}, "field 'labels'"),
    ],
)
def test_a_malformed_row_is_one_line_with_file_row_and_field(tmp_path: Path, row: Any, complaint: str) -> None:
    path = written(tmp_path, [row])
    with pytest.raises(UserError, match=complaint) as raised:
        list(load(path, "dev"))
    assert str(raised.value).startswith(path)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("content", [None, b"{", b"\xff\xfe{}", b"[1,]"])
def test_a_file_that_is_none_is_one_line(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "dev.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=r"dev\.json") as raised:
        list(load(str(path), "dev"))
    assert "\n" not in str(raised.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["code", "file", "language", "init", "local", "a"]), inner),
    max_leaves=6,
)
ROWS = st.fixed_dictionaries(
    {
        "description": st.just("x") | JSON,
        "evaluation": st.just(NULL_AND_INTEGER) | st.fixed_dictionaries({"check": JSON}) | JSON,
    },
    optional={"create": JSON, "start": JSON, "labels": JSON, "example": JSON},
)


@given(st.lists(ROWS, max_size=3))
@settings(max_examples=200, deadline=None)
def test_any_json_loads_or_is_complained_about(tmp_path_factory: pytest.TempPathFactory, rows: list[Any]) -> None:
    path = written(tmp_path_factory.mktemp("rows"), rows)
    complaint = ""
    try:
        tasks = list(load(path, "dev"))
    except UserError as error:
        tasks, complaint = [], str(error)
    assert len(tasks) == len(rows) or complaint.startswith(path)
    assert "\n" not in complaint
