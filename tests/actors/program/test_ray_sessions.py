"""Whose session folders of Ray's are ours, and when nobody uses them any more."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from actors.files.file_lock import is_held
from actors.program import ray_sessions

NAME = "session_2026-01-31_10-20-30_123456_4321"


def python(program: str, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", program, *words], stdout=subprocess.PIPE, text=True)


def in_use(session: Path) -> bool:
    return is_held(session / ray_sessions.MARKER) or ray_sessions.is_named(session)


def until_unused(session: Path, limit_s: float = 60) -> None:
    deadline = time.monotonic() + limit_s
    while in_use(session):
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("name", "ours"), [(NAME, True), ("session_latest", False), ("mine", False), (f"{NAME}.old", False)]
)
def test_only_what_ray_names_so_is_a_session(name: str, ours: bool) -> None:
    assert ray_sessions.is_session(name) is ours


def test_a_session_is_in_use_as_long_as_who_began_it_lives_or_another_names_it(tmp_path: Path) -> None:
    session = tmp_path / NAME
    session.mkdir()
    program = "import sys, pathlib, actors.program.ray_sessions as s; s.mark(pathlib.Path(sys.argv[1])); print(flush=1)"
    owner = python(f"{program}; sys.argv.clear(); import time; time.sleep(60)", str(session))
    assert owner.stdout is not None
    owner.stdout.readline()
    assert json.loads((session / ray_sessions.MARKER).read_bytes())["process"] == owner.pid
    assert in_use(session)
    owner.kill()
    owner.wait()
    until_unused(session, 5)
    other = python("import time; time.sleep(60)", f"--session-dir={session}")
    assert in_use(session)
    other.kill()
    other.wait()
    until_unused(session, 5)


def test_a_session_that_cannot_be_marked_is_left_to_ray(tmp_path: Path) -> None:
    ray_sessions.mark(tmp_path / "gone")
    assert not list(tmp_path.iterdir())


@pytest.mark.ray
@pytest.mark.timeout(200)
def test_a_private_cluster_marks_its_session_and_a_killed_driver_leaves_it_unused() -> None:
    program = "from actors.program.ray_connection import connect; connect(); import ray, time;"
    shown = "print(ray._private.worker._global_node.get_session_dir_path(), flush=True); time.sleep(150)"
    driver = python(f"{program} {shown}")
    assert driver.stdout is not None
    session = Path(driver.stdout.readline().strip())
    children = psutil.Process(driver.pid).children(recursive=True)
    try:
        assert session.parent == ray_sessions.root()
        assert json.loads((session / ray_sessions.MARKER).read_bytes())["process"] == driver.pid
        assert in_use(session)
    finally:
        os.kill(driver.pid, signal.SIGKILL)
        driver.wait()
    psutil.wait_procs(children, timeout=60)
    until_unused(session)
