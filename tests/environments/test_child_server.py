"""What dead owners left is swept, and what cannot be stays for the next sweep."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from environments import child_server
from environments.child_server import MARK, remove_leftovers

MARKED = "library"


def left_behind(state: Path, number: int) -> Path:
    """The folder of a dead owner, in which something of `MARKED` lies."""
    folder = state / f"{number}-0123456789ab"
    (folder / MARKED).mkdir(parents=True)
    (folder / "lock").touch()
    return folder


def test_a_process_that_does_not_die_keeps_neither_its_finder_nor_other_owners_from_going_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTTUNING_STATE", str(tmp_path))
    stuck, done = left_behind(tmp_path, 1), left_behind(tmp_path, 2)
    with subprocess.Popen(["sleep", "600"], env={**os.environ, MARK: f"{stuck / MARKED}/"}) as process:
        with monkeypatch.context() as at_once:
            at_once.setattr(child_server, "LIMIT_END_S", -1)
            assert remove_leftovers(MARKED) == 1
        assert (stuck.exists(), done.exists(), process.poll()) == (True, False, None)
        assert remove_leftovers(MARKED) == 2
    assert not stuck.exists()
