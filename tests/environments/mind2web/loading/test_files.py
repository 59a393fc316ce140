"""Files of recordings cost the memory of one recording, however they are packed."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from environments.contract import UserError
from environments.mind2web.loading import files
from environments.mind2web.loading.files import recordings


def test_recordings_are_as_many_as_they_are_while_none_is_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LIMIT_BYTES", 1 << 20)
    path = tmp_path / "many.json.gz"
    path.write_bytes(gzip.compress(json.dumps([{"website": "a" * 100_000}] * 30).encode()))
    assert len(list(recordings(path))) == 30


def test_one_recording_of_any_size_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LIMIT_BYTES", 1 << 20)
    path = tmp_path / "large.json.gz"
    path.write_bytes(gzip.compress(json.dumps([{"website": "a" * 3_000_000}]).encode()))
    with pytest.raises(UserError, match="one task has more than"):
        list(recordings(path))
