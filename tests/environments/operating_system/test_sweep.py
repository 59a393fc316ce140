"""What a killed owner left on disk is gone after a sweep, whichever engine it used."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from environments.operating_system.environment import create
from environments.operating_system.settings import Settings
from environments.ownership import forget_the_dead, state_directory


def test_a_killed_owners_folder_with_its_mount_point_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTTUNING_STATE", str(tmp_path / "state"))
    code = "from environments.ownership import Owner; import os; (Owner.claim().directory / 'root').mkdir(); os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", code], check=False)
    assert len(list(state_directory().iterdir())) == 1
    asyncio.run(create(Settings(backend="bubblewrap")).sweep())
    forget_the_dead()
    assert list(state_directory().iterdir()) == []
