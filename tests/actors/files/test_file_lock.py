"""One process at a time."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from actors.files.file_lock import file_lock, opened, shared, take
from actors.program.user_error import UserError


def held(path: Path, limit_s: float, said: list[str]) -> AbstractContextManager[None]:
    return file_lock(path, "tokenises the same data", "data.cache", limit_s, said.append)


def test_who_waits_is_told_for_whom_and_gives_up(tmp_path: Path) -> None:
    said: list[str] = []
    with held(tmp_path / "a.lock", 1, said):
        assert said == []
        gives_up = pytest.raises(
            UserError, match=r"process \d+ on .* tokenises the same data .* more than 0.3 s.* another 'data.cache'"
        )
        with gives_up, held(tmp_path / "a.lock", 0.3, said):
            pass
    assert len(said) == 1
    assert "waits, for at most 0.3 s, for process" in said[0]


def test_a_lock_is_free_again_after_a_failure(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), held(tmp_path / "a.lock", 1, []):
        _ = 1 // 0
    with held(tmp_path / "a.lock", 0, []):
        pass


def test_a_lock_that_cannot_be_written_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(UserError, match=r"cannot write '.*file/cache': .* choose another 'data.cache'"),
        held(tmp_path / "file/cache/a", 0, []),
    ):
        pass


def test_a_lock_is_had_by_one_alone_or_shared_by_those_who_only_look(tmp_path: Path) -> None:
    shares, alone = shared(tmp_path / "lock"), opened(tmp_path / "lock")
    with pytest.raises(BlockingIOError):
        take(alone, 0.05)
    os.close(shares)
    take(alone)
    os.close(alone)
