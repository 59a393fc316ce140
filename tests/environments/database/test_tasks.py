"""DBBench's files, good and bad."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from environments.contract import UserError
from environments.database.payload import read_payload
from environments.registry import WORLDS

load = WORLDS["database"].load


def _row() -> dict[str, Any]:
    info = {"columns": [{"name": "a", "type": "TEXT"}, {"name": "b", "type": "INT"}], "rows": [["1", 2], [None, "x"]]}
    return {"description": "d", "label": ["1"], "type": ["other"], "table": {"table_name": "t", "table_info": info}}


def _write(path: Path, *rows: Any) -> str:
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows))
    return str(path)


def test_all_public_rows_load_under_stable_ids(dbbench: Path) -> None:
    tasks = list(load(str(dbbench), "dev"))
    assert len(tasks) == 60
    assert len({task.id for task in tasks}) == 60
    assert [task.id for task in tasks] == [task.id for task in load(str(dbbench), "other")]
    assert sum(bool(read_payload(task).answer_md5) for task in tasks) == 40


def test_values_become_text_and_null_stays(tmp_path: Path) -> None:
    (task,) = load(_write(tmp_path / "a.jsonl", _row()), "dev")
    assert read_payload(task).tables[0].rows == [["1", "2"], [None, "x"]]
    assert task.reference == {"statements": [], "answers": ["1"]}


def test_several_tables_are_allowed(tmp_path: Path) -> None:
    row = _row()
    row["table"] = [row["table"], {**row["table"], "table_name": "u"}]
    (task,) = load(_write(tmp_path / "a.jsonl", row), "dev")
    assert [table.name for table in read_payload(task).tables] == ["t", "u"]


def test_column_names_that_no_server_accepts_are_made_legal(tmp_path: Path) -> None:
    row = _row()
    row["table"]["table_info"] = {"columns": [{"name": ""}, {"name": "A "}, {"name": "a"}], "rows": []}
    (task,) = load(_write(tmp_path / "a.jsonl", row), "dev")
    assert read_payload(task).tables[0].columns == ["column_1", "A", "a_3"]


def _without(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda row: row.pop(name)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_without("description"), "'description' is missing"),
        (_without("table"), "'table' is missing"),
        (_without("type"), "'type' is missing"),
        (_without("label"), "'label' is missing"),
        (lambda row: row.update(description=3), "'description' should be str, found int"),
        (lambda row: row.update(type=[]), "'type' is empty"),
        (lambda row: row.update(table=[]), "'table' is empty"),
        (lambda row: row.update(table=["x"]), "'table': expected a JSON object"),
        (lambda row: row["table"]["table_info"]["rows"].append(["1"]), "'rows', row 2: expected a list of 2 values, found 1 values"),
        (lambda row: row["table"]["table_info"].update(columns=[]), "columns' is empty|row 0"),
    ],
)
def test_a_malformed_row_is_named_by_file_line_and_field(tmp_path: Path, spoil: Callable[[dict[str, Any]], None], said: str) -> None:
    row = _row()
    spoil(row)
    path = _write(tmp_path / "a.jsonl", _row(), row)
    with pytest.raises(UserError, match=said) as caught:
        list(load(path, "dev"))
    assert f"{path}:2" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("line", ["{", "[]", '"x"', "\x00"])
def test_a_line_that_is_no_row_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(UserError, match=r"a\.jsonl:1: "):
        list(load(_write(tmp_path / "a.jsonl", line), "dev"))


def test_a_missing_file_is_named() -> None:
    with pytest.raises(UserError, match=r"no task file at 'nowhere\.jsonl'"):
        list(load("nowhere.jsonl", "dev"))
