"""Record files in the forms in which they come: what is a record, what holds records, and what reading costs."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from actors.records.record_files import rows

TALK: list[dict[str, Any]] = [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]
SHOTS: list[dict[str, Any]] = [{"id": "shot"}]
RECORDS: list[dict[str, Any]] = [{"id": "1", "conversations": TALK}, {"id": "2", "conversations": TALK}]


def read(path: Path, content: str) -> list[dict[str, Any]]:
    path.write_text(content)
    return [row.fields for row in rows(path)]


@pytest.mark.parametrize("indent", [None, 1])
def test_a_file_that_is_one_object_may_hold_its_records_under_a_name(tmp_path: Path, indent: int | None) -> None:
    for end in ("", "\n", " \n\n"):
        content = json.dumps({"version": 1, "rows": RECORDS}, indent=indent) + end
        assert read(tmp_path / "a.json", content) == RECORDS


@pytest.mark.parametrize("field", ["conversations", "messages", "prompt", "instruction"])
@pytest.mark.parametrize("name", ["data", "rows", "records", "examples", "train"])
@pytest.mark.parametrize("indent", [None, 1])
def test_a_record_with_a_list_of_objects_is_a_record(tmp_path: Path, field: str, name: str, indent: int | None) -> None:
    record = {field: TALK, name: SHOTS}
    assert read(tmp_path / "a.json", json.dumps(record, indent=indent)) == [record]


@pytest.mark.parametrize("indent", [None, 1])
def test_the_first_of_several_is_a_record_whatever_it_holds(tmp_path: Path, indent: int | None) -> None:
    records = [{"id": "1", "examples": SHOTS}, {"id": "2"}]
    texts = [json.dumps(record, indent=indent) for record in records]
    assert read(tmp_path / "a.json", "\n\n".join(texts)) == records
    assert read(tmp_path / "a.json", json.dumps(records, indent=indent)) == records
    assert read(tmp_path / "a.json", json.dumps(records[:1], indent=indent)) == records[:1]


def test_pretty_printed_records_may_have_commas_and_space_around_them(tmp_path: Path) -> None:
    texts = [json.dumps(record, indent=2) for record in RECORDS]
    assert read(tmp_path / "a.json", "  " + " ,\n\n ".join(texts) + " ,\n") == RECORDS


def test_a_pretty_printed_record_is_read_without_a_copy_of_those_behind_it(tmp_path: Path) -> None:
    """Else reading takes quadratic time."""
    path = tmp_path / "a.json"
    path.write_text("\n".join(json.dumps({"id": text}, indent=1) for text in ("1", "2", "3", "x" * 2_000_000)))
    found = rows(path)
    assert [next(found).fields["id"], next(found).fields["id"]] == ["1", "2"]
    tracemalloc.start()
    try:
        assert next(found).fields["id"] == "3"
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


def test_two_halves_of_a_character_are_that_character_and_one_alone_is_named_as_mended(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "\\ud83d\\ude00"}\n{"id": "\\ud83d!"}\n')
    assert [(row.fields["id"], row.mended) for row in rows(path)] == [("😀", False), ("\ufffd!", True)]
