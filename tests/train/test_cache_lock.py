"""One process at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from actors.trajectory import UserError
from train.cache_lock import cache_lock


def test_who_waits_is_told_for_whom_and_gives_up(tmp_path: Path) -> None:
    said: list[str] = []
    with cache_lock(tmp_path / "a.lock", 1, said.append):
        assert said == []
        gives_up = pytest.raises(UserError, match=r"process \d+ on .* has been tokenising the same data for more than 0.3 s")
        with gives_up, cache_lock(tmp_path / "a.lock", 0.3, said.append):
            pass
    assert len(said) == 1
    assert "waits, for at most 0.3 s, for process" in said[0]


def test_a_lock_is_free_again_after_a_failure(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), cache_lock(tmp_path / "a.lock", 1, print):
        _ = 1 // 0
    with cache_lock(tmp_path / "a.lock", 0, print):
        pass
