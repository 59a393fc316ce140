"""What stays behind a killed host is found: a process, a folder, and a sweep that takes what the living have."""

from __future__ import annotations

from pathlib import Path

import pytest

from environments.child_server import processes_marked
from environments.kill_check import MARK, check_kill
from tests.environments.test_conformance import spoiled

OWN = """

class Untidy(Stateless):
    async def start(self):
        {start}

    async def sweep(self):
        {sweep}
        return {swept}
"""
MARKED = "import subprocess; subprocess.Popen(['sleep', '600'], start_new_session=True)"
KEPT = "from environments.ownership import Owner; self.owner = Owner.claim(); (self.owner.directory / 'a').mkdir()"


def untidy(
    name: str, folder: Path, patch: pytest.MonkeyPatch, start: str, sweep: str = "pass", swept: str = "0"
) -> str:
    """The skeleton, with more to do when it starts and sweeps."""
    patch.setenv("AGENTTUNING_STATE", str(folder / "state"))
    spoiled(name, folder, patch, ("return Stateless(", "return Untidy("))
    with (folder / f"{name}.py").open("a") as file:
        file.write(OWN.format(start=start, sweep=sweep, swept=swept))
    return name


@pytest.mark.parametrize(
    ("name", "start", "swept", "said"),
    [
        ("orphaning", MARKED, "0", r"orphaning: processes outlive their killed owner and a sweep: \['sleep 600 '\]"),
        ("littering", KEPT, "0", "littering: a sweep leaves"),
        ("grasping", "pass", "1", "grasping: a sweep takes what a living owner has"),
        ("failing", "raise RuntimeError('no room')", "0", "ends before the session is open: RuntimeError: no room"),
    ],
)
def test_what_is_left_is_found_and_is_not_left_by_the_check(
    name: str, start: str, swept: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("environments.kill_check.LIMIT_GONE_S", 0.2)
    untidy(name, tmp_path, monkeypatch, start, swept=swept)
    with pytest.raises(AssertionError, match=said):
        check_kill(name)
    assert list(processes_marked(MARK)) == []


def test_one_that_needs_two_sweeps_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    later = "import pathlib; file = pathlib.Path('swept'); n = len(file.read_text()) if file.exists() else 0; "
    later += "file.write_text('.' * (n + 1))"
    name = untidy("slow_to_find", tmp_path, monkeypatch, "pass", later, "int(n == 3)")
    with pytest.raises(AssertionError, match="slow_to_find: a second sweep finds 1 things more"):
        check_kill(name)


def test_one_that_leaves_nothing_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_kill(untidy("tidy", tmp_path, monkeypatch, "pass"))


def test_nobody_is_blamed_for_what_others_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTTUNING_STATE", str(tmp_path))
    left = tmp_path / "1-0123456789ab"
    (left / "somebody's").mkdir(parents=True)
    (left / "lock").touch()
    check_kill("practice")
    assert left.exists()
