"""Who owns what, whatever way a process ends; and the reaper that waits for that end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from environments.ownership import Owner, dead_owners, forget_the_dead, is_alive, state_directory
from environments.reaper import start_reaper


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTTUNING_STATE", str(tmp_path / "state"))


def claim_elsewhere() -> tuple[subprocess.Popen[str], str]:
    """A process that claims an owner and then sleeps."""
    code = (
        "import time; from environments.ownership import Owner; owner = Owner.claim(); print(owner.id, flush=True);"
        " time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def until(condition: Callable[[], bool], limit_s: float = 20) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def test_an_owner_lives_as_long_as_its_process_and_not_a_moment_longer():
    process, owner_id = claim_elsewhere()
    assert is_alive(owner_id)
    assert dead_owners() == []
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not is_alive(owner_id)
    assert [path.name for path in dead_owners()] == [owner_id]


def test_a_released_owner_leaves_nothing():
    owner = Owner.claim()
    assert is_alive(owner.id)
    owner.release()
    owner.release()
    assert not is_alive(owner.id)
    assert list(state_directory().iterdir()) == []


def test_many_may_forget_the_same_dead_at_once():
    for number in range(300):
        folder = state_directory() / f"1-{number:012x}"
        folder.mkdir()
        (folder / "lock").touch()
    with ThreadPoolExecutor(8) as threads:
        for done in [threads.submit(forget_the_dead) for _ in range(8)]:
            done.result()
    assert list(state_directory().iterdir()) == []


def test_an_unknown_owner_is_dead():
    assert not is_alive("nobody")


def test_the_state_is_the_users_own():
    assert os.stat(state_directory()).st_mode & 0o077 == 0


def test_the_reaper_sweeps_when_its_owner_is_killed_and_goes():
    code = """
import time
from environments.ownership import Owner
from environments.reaper import start_reaper
owner = Owner.claim()
start_reaper(owner, "practice", "{}")
print(owner.id, flush=True)
time.sleep(60)
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    owner_id = process.stdout.readline().strip()
    process.send_signal(signal.SIGKILL)
    process.wait()
    until(lambda: not (state_directory() / owner_id).exists())
    until(lambda: f"owner {owner_id} died" in (state_directory() / "reaper.log").read_text())


def test_the_reaper_of_an_owner_that_ended_in_order_has_nothing_to_do():
    owner = Owner.claim()
    start_reaper(owner, "practice", "{}")
    time.sleep(0.3)  # let it reach its wait
    owner.release()
    time.sleep(0.3)
    assert (state_directory() / "reaper.log").read_text() == ""


def test_the_state_is_one_folder_whatever_way_leads_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there")
    monkeypatch.setenv("AGENTTUNING_STATE", str(tmp_path / "link"))
    assert state_directory() == tmp_path / "there"
