"""What a killed owner, or a launch that was given up, leaves behind is gone."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from environments.ownership import Owner, forget_the_dead, state_directory
from environments.sandbox.bubblewrap_sandbox import BubblewrapEngine, give_up, missing
from environments.sandbox.cgroups import Groups, remove_owner
from environments.sandbox.settings import SandboxSettings


def test_a_killed_owners_folder_with_its_mount_point_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTTUNING_STATE", str(tmp_path / "state"))
    code = (
        "from environments.ownership import Owner; import os; (Owner.claim().directory / 'root').mkdir();"
        " os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    assert len(list(state_directory().iterdir())) == 1
    asyncio.run(BubblewrapEngine(SandboxSettings(), None).sweep())
    forget_the_dead()
    assert list(state_directory().iterdir()) == []


@pytest.mark.skipif(bool(missing()), reason=f"no bubblewrap: {missing()}")
async def test_a_launch_that_is_given_up_takes_with_it_what_holds_its_pipes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A killed launch's child may live on and keep its output open: whoever reads that to its end would wait for
    ever.
    """
    monkeypatch.setenv("AGENTTUNING_STATE", str(tmp_path / "state"))
    owner = Owner.claim()
    groups = Groups(owner.id, "0", SandboxSettings())
    script = "for group; do echo $$ > $group/cgroup.procs; done; echo lost >&2; sleep 60 & sleep 60"
    process = await asyncio.create_subprocess_exec(
        *["sh", "-c", script, "sh", *map(str, groups.directories)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    await asyncio.sleep(0.3)
    async with asyncio.timeout(8):
        assert await give_up(process, groups) == "lost"
    remove_owner(owner.id)
    owner.release()
