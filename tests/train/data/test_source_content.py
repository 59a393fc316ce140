"""The hash of what a source holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from actors.dataset.filter import Settings, filter_runs
from actors.dataset.import_records import Options, import_files
from actors.program.user_error import UserError
from train.data.source_content import content_of
from train.settings import Source

RECORD = (
    '{"id": "os_1", "conversations": [{"role": "user", "content": "Go."}, {"role": "assistant", "content": "Gone.",'
    ' "loss": true}]}\n'
)


def of(path: Path) -> str:
    return content_of(Source(path=str(path)))


def test_it_follows_the_content_not_the_name(tmp_path: Path) -> None:
    one, other = tmp_path / "one.jsonl", tmp_path / "other.jsonl"
    one.write_text(RECORD)
    other.write_text(RECORD)
    assert of(one) == of(other)
    other.write_text(RECORD.replace("Gone", "Done"))
    assert of(one) != of(other)


def test_of_a_run_it_is_the_records_and_of_a_filtered_folder_the_kept_ones(tmp_path: Path) -> None:
    (tmp_path / "one.jsonl").write_text(RECORD)
    run = tmp_path / "run"
    import_files([str(tmp_path / "one.jsonl")], run, Options())
    filter_runs([str(run)], tmp_path / "filtered", Settings())
    before = of(run), of(tmp_path / "filtered")
    (run / "status.json").write_text("{}")
    (tmp_path / "filtered" / "rejected.jsonl").write_text("")
    assert (of(run), of(tmp_path / "filtered")) == before
    (log,) = (run / "trajectories").iterdir()
    log.write_bytes(log.read_bytes() * 2)
    assert of(run) != before[0]


def test_of_a_data_set_it_is_its_parquet_files(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "os.parquet").write_bytes(b"PAR1")
    before = of(tmp_path)
    (tmp_path / "data" / "db.parquet").write_bytes(b"")
    assert of(tmp_path) != before


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        of(tmp_path / "nothing.jsonl")
