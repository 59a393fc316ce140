"""Records from elsewhere as a run: the published samples, every file format, every malformed row."""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.dataset import import_records as import_command
from actors.dataset.export import export
from actors.dataset.filter import Settings, filter_runs
from actors.dataset.import_records import Options, import_files, trajectory_of
from actors.program.user_error import UserError
from actors.records.record_files import Row, rows
from actors.records.store import Store
from environments.contract import Status
from tests.actors.played import content

DATA = Path(os.environ.get("AGENTTUNING_DATA") or Path(__file__).parents[4] / "shared" / "data")
SAMPLES = DATA / "agentinstruct" / "samples.jsonl"
published = pytest.mark.skipif(
    not SAMPLES.exists(), reason=f"no published samples at {SAMPLES}; set AGENTTUNING_DATA to the data folder"
)

GOOD: dict[str, Any] = {
    "conversations": [
        {"from": "human", "loss": None, "value": "Task.\n\x1b[1m"},
        {"from": "gpt", "loss": False, "value": "Ok."},
        {"from": "human", "loss": None, "value": "Question 😀"},
        {"from": "gpt", "loss": True, "value": "Answer"},
    ],
    "id": "db_279",
}


def written(path: Path, *records: object) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def dataset_of(tmp_path: Path, *files: Path, name: str = "x") -> Path:
    """Import, filter, export."""
    import_files([str(file) for file in files], tmp_path / name, Options())
    filter_runs([str(tmp_path / name)], tmp_path / name / "filtered", Settings())
    export(str(tmp_path / name / "filtered"), tmp_path / name / "dataset", "unknown")
    return tmp_path / name / "dataset"


@published
def test_the_published_samples_keep_every_word(tmp_path: Path) -> None:
    summary = import_files([str(SAMPLES)], tmp_path / "run", Options(llm="gpt-4"))
    assert summary.records == dict.fromkeys(("os", "db", "kg", "alfworld", "webshop", "mind2web"), 5) == summary.by_rule
    samples = {row.fields["id"]: row.fields["conversations"] for row in rows(SAMPLES)}
    trajectories = list(Store.open(str(tmp_path / "run")).trajectories())
    assert len(trajectories) == 30
    for t in trajectories:
        assert [{"role": m.role, "content": m.content} for m in t.messages] == samples[t.task_id]
        assert (t.status, t.reward, t.source, t.details["imported"], t.llm) == (
            Status.COMPLETED,
            1.0,
            "agentinstruct",
            True,
            "gpt-4",
        )


@published
def test_the_published_samples_lose_their_demonstrations_only(tmp_path: Path) -> None:
    """SPEC 1.5.1: gpt turns before the task turn; the means of SPEC 1.1 count the others."""
    import_files([str(SAMPLES)], tmp_path / "run", Options())
    not_own: Counter[tuple[str, int]] = Counter()
    for t in Store.open(str(tmp_path / "run")).trajectories():
        flags = [bool(m.loss) for m in t.messages if m.role == "assistant"]
        assert flags == sorted(flags)  # False before True
        assert all(m.loss is None for m in t.messages if m.role == "user")
        assert len(t.turns) == flags.count(True)
        not_own[t.environment, flags.count(False)] += 1
    expected = {"operating_system": 3, "knowledge_graph": 9, "database": 1, "webshop": 1, "alfworld": 1, "mind2web": 0}
    assert not_own == dict.fromkeys(expected.items(), 5)


@published
def test_the_published_samples_go_round(tmp_path: Path) -> None:
    """The first export sets the flags; from then on import and export change nothing, in both forms."""
    pytest.importorskip("pyarrow")
    first = dataset_of(tmp_path, SAMPLES)
    samples = {row.fields["id"]: row.fields["conversations"] for row in rows(SAMPLES)}
    exported = [record for path in sorted((first / "sharegpt").iterdir()) for record in json.loads(path.read_text())]
    assert {record["id"]: [turn["value"] for turn in record["conversations"]] for record in exported} == {
        record_id: [turn["content"] for turn in turns] for record_id, turns in samples.items()
    }
    from_parquet = dataset_of(tmp_path, first, name="parquet")
    from_json = dataset_of(tmp_path, *sorted((first / "sharegpt").iterdir()), name="json")
    assert content(first / "data") == content(from_parquet / "data") == content(from_json / "data")
    assert content(first / "sharegpt") == content(from_parquet / "sharegpt")


def test_flags_are_taken_as_given() -> None:
    imported = trajectory_of(Row("f", 1, GOOD), 0, "run", Options())
    assert [m.loss for m in imported.trajectory.messages] == [None, False, None, True]
    assert imported.trajectory.environment == "database"
    assert imported.trajectory.details["loss_flags"] == "given"


@pytest.mark.parametrize("form", ["jsonl", "array", "pretty", "bom", "parquet"])
def test_every_format_is_told_by_its_content(form: str, tmp_path: Path) -> None:
    path = tmp_path / "records.data"
    if form == "parquet":
        pa = pytest.importorskip("pyarrow")
        import pyarrow.parquet

        pyarrow.parquet.write_table(pa.Table.from_pylist([GOOD]), path)
    else:
        text = json.dumps([GOOD] if form in ("array", "pretty") else GOOD, indent=2 if form == "pretty" else None)
        path.write_text(("\ufeff" if form == "bom" else "") + text + "\n\n", encoding="utf-8")
    assert [row.fields for row in rows(path)] == [GOOD]


def turn(i: int, **changes: object) -> dict[str, Any]:
    """GOOD with turn `i` changed; a value of `...` removes the key."""
    turns = [dict(t) for t in GOOD["conversations"]]
    turns[i] = {key: value for key, value in {**turns[i], **changes}.items() if value is not ...}
    return {**GOOD, "conversations": turns}


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ([], "found \\[\\], expected a record"),
        ({**GOOD, "id": None}, "field 'id': found nothing"),
        ({**GOOD, "id": "plain"}, "field 'id': found 'plain', expected the form <split>_<number>"),
        ({**GOOD, "conversations": None}, "field 'conversations': found nothing"),
        ({**GOOD, "conversations": []}, "field 'conversations': found \\[\\]"),
        ({**GOOD, "conversations": ["x"]}, r"field 'conversations\[0\]': found 'x'"),
        (turn(1, **{"from": "robot"}), r"field 'conversations\[1\].from': found 'robot', expected one of human"),
        (turn(1, **{"from": []}), r"field 'conversations\[1\].from'"),
        (turn(3, value=7), r"field 'conversations\[3\].value': found 7, expected text"),
        (turn(3, value=...), r"field 'conversations\[3\].value': found nothing"),
        (turn(3, loss=1), r"field 'conversations\[3\].loss': found 1, expected true, false or null"),
        (turn(3, loss=None), r"field 'conversations\[3\].loss': found nothing, expected true or false"),
        (turn(0, loss=True), r"field 'conversations\[0\].loss': found True, expected null"),
    ],
)
def test_a_malformed_row_is_named_and_nothing_is_written(record: object, message: str, tmp_path: Path) -> None:
    other = {**GOOD, "id": "db_1"}
    path = written(tmp_path / "bad.jsonl", other, record)
    with pytest.raises(UserError, match=message) as caught:
        import_files([str(path)], tmp_path / "run", Options())
    assert f"'{path}' line 2" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert os.listdir(tmp_path) == ["bad.jsonl"]


@pytest.mark.parametrize("text", ["", "\n", "[]", "[1", "{", "\0", '{"id": "\\ud800"}', "PAR1", '"x"'])
def test_a_file_without_records_is_said_in_one_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(text.encode())
    with pytest.raises(UserError) as caught:
        import_files([str(path)], tmp_path / "run", Options())
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_no_row_gets_past_unsaid(junk: Any) -> None:
    for record in (
        {"id": "os_1", "conversations": junk},
        {"id": junk, "conversations": GOOD["conversations"]},
        {**GOOD, "id": junk},
    ):
        try:
            trajectory_of(Row("f", 1, record), 0, "run", Options())
        except UserError as error:
            message = str(error)
        else:
            message = ""
        assert "\n" not in message


def test_the_same_id_twice_is_refused_naming_both(tmp_path: Path) -> None:
    path = written(tmp_path / "twice.jsonl", GOOD, GOOD)
    with pytest.raises(UserError, match=r"line 2, field 'id': found 'db_279', expected an id of its own.*line 1"):
        import_files([str(path)], tmp_path / "run", Options())


def test_without_flags_an_unknown_prefix_is_refused_and_an_unknown_split_has_none() -> None:
    plain = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    with pytest.raises(UserError, match="expected loss flags, or the published form of 'os' records"):
        trajectory_of(Row("f", 1, {"id": "os_1", "conversations": plain}), 0, "run", Options())
    imported = trajectory_of(Row("f", 1, {"id": "identity_1", "conversations": plain}), 0, "run", Options())
    assert [m.loss for m in imported.trajectory.messages] == [None, True]


def test_ids_of_another_form_need_the_environment() -> None:
    for record_id in ("QWJhYvA", 17, None):
        imported = trajectory_of(Row("f", 4, {**GOOD, "id": record_id}), 0, "run", Options(environment="chat"))
        assert imported.trajectory.environment == "chat"
        assert imported.trajectory.task_id == {"QWJhYvA": "QWJhYvA", 17: "17", None: "chat_3"}[record_id]


def test_importing_again_changes_nothing_and_something_else_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "good.jsonl", GOOD)
    first = import_files([str(path)], tmp_path / "run", Options())
    before = content(tmp_path / "run")
    (tmp_path / "run" / "filtered").mkdir()
    assert import_files([str(path)], tmp_path / "run", Options()) == first
    assert content(tmp_path / "run") == before
    assert (tmp_path / "run" / "filtered").exists()
    with pytest.raises(UserError, match="holds something else"):
        import_files([str(written(path, {**GOOD, "id": "db_1"}))], tmp_path / "run", Options())


def test_the_command_says_where_the_flags_came_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    plain = {
        "id": "db_1",
        "conversations": [
            {"role": r, "content": c}
            for r, c in (("user", "i"), ("assistant", "Ok."), ("user", "q"), ("assistant", "a"))
        ],
    }
    written(tmp_path / "good.jsonl", GOOD, plain)
    parser = argparse.ArgumentParser()
    import_command.add_arguments(parser)
    assert import_command.run(parser.parse_args(["good.jsonl"])) == 0
    printed = capsys.readouterr().out
    assert "db: 2 records, 1 without loss flags" in printed
    assert len(Store.open("runs/good-imported").index()) == 2
