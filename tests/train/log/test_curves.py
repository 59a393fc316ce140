"""Loss curves: every stream of every run is a line, and what cannot be drawn is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from actors.program.user_error import UserError
from train.log.curves import draw
from train.log.run_log import RunLog


def written(folder: Path) -> Path:
    folder.mkdir()
    log = RunLog(folder, [])
    for step in (1, 2, 3):
        log.write("train", step, {"loss": 1 / step, "loss_by_stream": {"agent/os": 1 / step, "general/chat": 2 / step}})
    log.write("held_out", 3, {"loss": {"agent/os": 0.5}})
    log.close()
    return folder


def test_every_stream_of_every_run_is_a_line_with_a_name(tmp_path: Path):
    draw([written(tmp_path / "one"), written(tmp_path / "two")], tmp_path / "curves.svg")
    picture = (tmp_path / "curves.svg").read_text()
    for name in ("one: agent/os", "one: general/chat", "two: agent/os"):
        assert f"<!-- {name} -->" in picture


def test_a_run_without_a_log_and_an_unknown_kind_of_picture_are_refused(tmp_path: Path):
    with pytest.raises(UserError, match=r"has no metrics\.jsonl"):
        draw([tmp_path], tmp_path / "curves.svg")
    with pytest.raises(UserError, match="cannot draw into"):
        draw([written(tmp_path / "one")], tmp_path / "curves.doc")
