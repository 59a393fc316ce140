"""One bad row of a public file: it is named, and the others are tasks, whatever bytes stand in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.contract import Task, UserError
from environments.registry import registered
from environments.rows import BadRow, RawRow, read_lines, tasks

OS_ROW = {"description": "How many?", "evaluation": {"match": "1"}}
KG_ROW = {
    "question": "which?",
    "qid": "1",
    "source": "x",
    "entities": {"a": "m.01"},
    "actions": [],
    "answer": [{"answer_argument": "m.02"}],
}
DB_TABLE = {"table_name": "t", "table_info": {"columns": [{"name": "a"}], "rows": [["1"]]}}
DB_ROW = {"description": "How many?", "type": ["counting"], "label": ["1"], "table": DB_TABLE}
GOOD = {"operating_system": json.dumps(OS_ROW), "knowledge_graph": json.dumps(KG_ROW)}
BAD: list[tuple[str, str, str]] = [
    ("half a surrogate pair", r'"half \ud83d"', "half a character"),
    ("bytes that are no UTF-8", '"\udcff"', "half a character"),
    ("NaN", "NaN", "a number that is none"),
    ("an infinite number", "[1e999]", "a number that is none"),
    ("a number without end", "9" * 5000, "a number that is none"),
    ("deep nesting", "[" * 200 + "]" * 200, "nested deeper"),
]


def file_of(folder: Path, *rows: str) -> str:
    path = folder / "rows.json"
    path.write_bytes(("[" + ",\n".join(rows) + "]").encode("utf-8", "surrogateescape"))
    return str(path)


def loaded(environment: str, path: str) -> tuple[list[Task], list[BadRow]]:
    bad: list[BadRow] = []
    found = list(registered(environment).load(path, "test", bad.append))
    return found, bad


@pytest.mark.parametrize("environment", GOOD)
@pytest.mark.parametrize(("value", "why"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_a_row_that_nothing_could_store_is_named_and_the_others_are_played(
    tmp_path: Path, environment: str, value: str, why: str
) -> None:
    good = GOOD[environment]
    path = file_of(tmp_path, good, f'{good[:-1]}, "odd": {value}}}', good.replace("?", " else?"))
    found, (bad,) = loaded(environment, path)
    assert len(found) == 2
    assert str(bad).startswith(f"{path}: row 1: field 'odd")
    assert why in str(bad)
    assert str(bad).isprintable()
    with pytest.raises(UserError, match="row 1"):
        list(registered(environment).load(path, "test"))


@pytest.mark.parametrize(("value", "why"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_a_bad_line_is_named_and_the_others_are_played(tmp_path: Path, value: str, why: str) -> None:
    good = json.dumps(DB_ROW)
    path = tmp_path / "rows.jsonl"
    lines = [good, f'{good[:-1]}, "odd": {value}}}', "{", "3", good.replace("many", "few")]
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogateescape"))
    found, bad = loaded("database", str(path))
    assert len(found) == 2
    assert [str(each).split(": ")[0] for each in bad] == [f"{path}:{line}" for line in (2, 3, 4)]
    assert why in str(bad[0])
    with pytest.raises(UserError, match=r"rows\.jsonl:2"):
        list(registered("database").load(str(path), "test"))


def test_the_number_of_a_row_that_is_left_out_stays_free(tmp_path: Path) -> None:
    path = file_of(tmp_path, "3", GOOD["operating_system"])
    assert [task.id for task in loaded("operating_system", path)[0]] == ["os-rows-00001"]


def test_a_script_that_is_no_text_makes_a_bad_row(tmp_path: Path) -> None:
    (tmp_path / "init.sh").write_bytes(b"touch \xff")
    row = {**OS_ROW, "create": {"init": {"file": "init.sh"}}}
    found, (bad,) = loaded("operating_system", file_of(tmp_path, GOOD["operating_system"], json.dumps(row)))
    assert len(found) == 1
    assert "field 'create.init'" in str(bad)


@pytest.mark.parametrize("environment", GOOD)
@pytest.mark.parametrize("content", [b"", b"\0", b"[" * 100_000, b"[1", b"\xff\xfe[\0]\0", b'"x"', b"[{}", b"NaN"])
def test_a_file_that_is_no_list_of_rows_is_refused_in_one_line(
    tmp_path: Path, environment: str, content: bytes
) -> None:
    path = tmp_path / "rows.json"
    path.write_bytes(content)
    for place in (path, tmp_path, tmp_path / "nowhere", tmp_path / "rows.json" / "below", Path("\0")):
        with pytest.raises(UserError) as refused:
            loaded(environment, str(place))
        assert len(str(refused.value).splitlines()) == 1


@given(
    st.lists(st.binary(max_size=12) | st.sampled_from([b'{"a": 1}', b'{"a": NaN}', b'{"a": "\\ud800"}']), max_size=6)
)
def test_lines_of_any_bytes_are_tasks_or_bad_rows_that_can_be_written_again(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    path.write_bytes(b"\n".join(lines))

    def made(row: RawRow) -> Task:
        return Task(row.place, "practice", "test", "x", payload={"row": row.values})

    found: list[Any] = list(tasks(read_lines(path), made))
    wanted = [line for line in path.read_bytes().split(b"\n") if line.strip()]
    assert len(found) == len(wanted)
    for task in found:
        if not isinstance(task, BadRow):
            assert msgspec.json.decode(msgspec.json.encode(task), type=Task) == task
