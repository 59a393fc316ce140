"""DBBench's files, good and bad."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from environments.contract import Task, TaskFault, UserError
from environments.database.environment import Database
from environments.database.payload import read_payload
from environments.database.reference import reply
from environments.registry import registered
from environments.rows import BadRow
from tests.environments.episodes import play


def load(path: str, split: str) -> Iterator[Task]:
    return registered("database").load(path, split)


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
        (_without("description"), "'description': found nothing, expected a text"),
        (_without("table"), "'table': found nothing, expected an object or a list"),
        (_without("type"), "'type': found nothing, expected a list"),
        (_without("label"), "'label': found nothing, expected a text"),
        (lambda row: row.update(description=3), "'description': found 3, expected a text"),
        (lambda row: row.update(type=[]), r"'type': found \[\], expected a list whose first item"),
        (lambda row: row.update(table=[]), r"'table': found \[\], expected a table"),
        (lambda row: row.update(table=["x"]), "'table': found \"x\", expected an object"),
        (
            lambda row: row["table"]["table_info"]["rows"].append("x"),
            r"'rows\[2\]': found \"x\", expected a list of values",
        ),
        (
            lambda row: row["table"]["table_info"].update(columns=[]),
            r"columns': found \[\], expected at least one column",
        ),
        (lambda row: row["table"]["table_info"].update(columns=[{"name": 3}]), "'name': found 3, expected a text"),
        (lambda row: row["table"].update(table_name=None), "'table_name': found nothing, expected a text"),
        (lambda row: row.update(add_description="half \ud83d"), "half a character"),
        (lambda row: row["table"]["table_info"]["rows"].append([float("nan"), "1"]), "a number that is none"),
    ],
)
def test_a_malformed_row_is_named_by_file_line_and_field(
    tmp_path: Path, spoil: Callable[[dict[str, Any]], None], said: str
) -> None:
    row = _row()
    spoil(row)
    path = _write(tmp_path / "a.jsonl", _row(), row)
    with pytest.raises(UserError, match=said) as caught:
        list(load(path, "dev"))
    assert f"{path}:2" in str(caught.value)
    assert "\n" not in str(caught.value)
    bad: list[BadRow] = []
    assert (
        len(list(registered("database").load(_write(tmp_path / "b.jsonl", _row(), row, _row()), "dev", bad.append)))
        == 2
    )
    assert len(bad) == 1


@pytest.mark.parametrize("ragged", [["1"], ["1", "2", "3"], []])
def test_a_table_with_a_ragged_row_is_empty_as_in_agentbench(tmp_path: Path, ragged: list[str]) -> None:
    """There all rows are one INSERT, which MySQL refuses (1136); the table stays, and the task is played."""
    row = _row()
    row["table"]["table_info"]["rows"].append(ragged)
    tasks = list(load(_write(tmp_path / "a.jsonl", _row(), row), "dev"))
    assert [len(read_payload(task).tables[0].rows) for task in tasks] == [2, 0]


@pytest.mark.parametrize("line", ["{", "[]", '"x"', "\x00"])
def test_a_line_that_is_no_row_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(UserError, match=r"a\.jsonl:1: "):
        list(load(_write(tmp_path / "a.jsonl", line), "dev"))


def test_a_missing_file_is_named() -> None:
    with pytest.raises(UserError, match=r"no task file at 'nowhere\.jsonl'"):
        list(load("nowhere.jsonl", "dev"))


def _odd(name: str, columns: list[str], rows: list[list[Any]], answer: str) -> dict[str, Any]:
    info = {"columns": [{"name": column, "type": "TEXT"} for column in columns], "rows": rows}
    return {"description": "d", "label": [answer], "type": ["other"], "table": {"table_name": name, "table_info": info}}


PLAYED = [
    _odd("per%cent", ["100 %", "a`b", "select"], [["5", "6", "7"]], "7"),
    _odd("league (2019/20)", ["naïve.x", "漢 字"], [["1", "2 😀"]], "2 😀"),
    _odd("dotted.name", ["a"], [["1"]], "1"),
    _odd("upper", ["Name", "name", "NAME "], [["1", "2", "3"]], "3"),
    _odd("nul", ["a"], [["with \u0000 nul"]], "1"),
    _odd("bool", ["a", "b"], [[True, None], [1.5, 10**20]], "1.5"),
]
TASK_ERRORS = [
    _odd("emoji 😀", ["a"], [["1"]], "1"),
    _odd("T" * 70, ["a"], [["1"]], "1"),
    _odd("longcol", ["c" * 80], [["1"]], "1"),
    _odd("", ["a"], [["1"]], "1"),
    _odd("trail ", ["a"], [["1"]], "1"),
    _odd("nul\u0000", ["a"], [["1"]], "1"),
    _odd("many", [f"c{n}" for n in range(1100)], [], "1"),
    _odd("wide", ["a"], [["w" * 70_000]], "1"),
]


@pytest.mark.asyncio(loop_scope="session")
async def test_an_odd_table_costs_its_own_task_at_most(environment: Database, tmp_path: Path) -> None:
    for task in load(_write(tmp_path / "played.jsonl", *PLAYED), "dev"):
        assert (await play(environment, task, reply)).reward == 1.0
    for task in load(_write(tmp_path / "refused.jsonl", *TASK_ERRORS), "dev"):
        with pytest.raises(TaskFault, match="does not load"):
            await environment.lease(task, "odd")
    assert environment.gauges()["open_sessions"] == 0
