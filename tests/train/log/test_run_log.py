"""A run's log: nothing lost by a kill, the last word on every step, trackers that are not installed in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.program.user_error import UserError
from train.log import run_log
from train.log.run_log import METRICS, RunLog


def write(out: Path, *entries: tuple[int, float], kind: str = "train") -> None:
    log = RunLog(out, [])
    for step, loss in entries:
        log.write(kind, step, {"loss": loss})
    log.close()


def losses(out: Path, kind: str = "train") -> list[tuple[int, float]]:
    return [(entry["step"], entry["loss"]) for entry in run_log.read(out, kind)]


def test_a_restart_appends_and_the_last_word_on_a_step_counts(tmp_path: Path):
    write(tmp_path, (1, 4.0), (2, 3.0), (3, 2.5))
    write(tmp_path, (2, 3.5), (3, 2.0), (4, 1.0))
    assert losses(tmp_path) == [(1, 4.0), (2, 3.5), (3, 2.0), (4, 1.0)]
    assert len((tmp_path / METRICS).read_text().splitlines()) == 6


def test_kinds_are_kept_apart(tmp_path: Path):
    write(tmp_path, (1, 4.0))
    write(tmp_path, (1, 9.0), kind="held_out")
    assert losses(tmp_path) == [(1, 4.0)]
    assert losses(tmp_path, "held_out") == [(1, 9.0)]


@given(cut=st.integers(0, 400))
def test_a_log_that_was_cut_anywhere_is_read_and_continued(cut: int, tmp_path_factory: pytest.TempPathFactory):
    out = tmp_path_factory.mktemp("cut")
    write(out, *((step, step / 4) for step in range(1, 8)))
    content = (out / METRICS).read_bytes()
    (out / METRICS).write_bytes(content[:cut])
    whole = content[:cut].count(b"\n")
    assert losses(out) == [(step, step / 4) for step in range(1, whole + 1)]
    write(out, (99, 0.5))
    assert losses(out) == [*((step, step / 4) for step in range(1, whole + 1)), (99, 0.5)]
    for line in (out / METRICS).read_text().splitlines():
        json.loads(line)


def test_every_line_is_on_the_disk_when_it_is_written(tmp_path: Path):
    log = RunLog(tmp_path, [])
    log.write("train", 1, {"loss": 1.0})
    assert losses(tmp_path) == [(1, 1.0)]
    log.close()


def test_a_folder_without_a_log_and_a_log_that_cannot_be_written_are_refused(tmp_path: Path):
    with pytest.raises(UserError, match=r"has no metrics\.jsonl"):
        run_log.read(tmp_path)
    (tmp_path / METRICS).mkdir()
    with pytest.raises(UserError, match="cannot write"):
        RunLog(tmp_path, [])


class Kept:
    """A tracker that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[int, dict[str, float]]] = []
        self.closed = False

    def log(self, step: int, numbers: Any) -> None:
        self.told.append((step, dict(numbers)))

    def close(self) -> None:
        self.closed = True


def test_trackers_get_flat_names_and_numbers_alone(tmp_path: Path):
    tracker = Kept()
    log = RunLog(tmp_path, [tracker])
    log.write("train", 3, {"loss": 2.0, "tokens": {"trained": 5}, "mfu": None})
    log.close()
    assert tracker.told == [(3, {"train/loss": 2.0, "train/tokens/trained": 5.0})]
    assert tracker.closed


@pytest.mark.parametrize(
    "line",
    [
        b"\x00\xff",
        b"{",
        b"[1]",
        b"7",
        b"null",
        b"{}",
        b'{"kind": "train"}',
        b'{"kind": "train", "step": "two"}',
        b'{"kind": 3, "step": 2}',
        b'{"kind": "train", "step": 2, "loss_by_stream": [1]}',
        b'{"kind": "train", "step": 2, "loss_by_stream": {"a": "x"}}',
        b"[" * 5000,
    ],
)
def test_a_damaged_line_is_named(line: bytes, tmp_path: Path):
    write(tmp_path, (1, 4.0), (2, 3.0))
    (tmp_path / METRICS).write_bytes((tmp_path / METRICS).read_bytes() + line + b"\n")
    with pytest.raises(UserError, match=r"metrics\.jsonl' line 3 is damaged .*: remove that line") as caught:
        run_log.read(tmp_path)
    assert "\n" not in str(caught.value)
