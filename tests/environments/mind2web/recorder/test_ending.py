"""However the recorder ends, its Chromium ends with it, and its profile is gone."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from environments.child_server import processes_with
from environments.mind2web.recorder.chromium import NAMES

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[4]
LIMIT_S = 60


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A recorder that has Chromium open on a page that never stands still."""
    if not any(map(shutil.which, NAMES)):
        pytest.skip("no Chromium; apt-get install chromium")
    (tmp_path / "busy.html").write_text("<script>setInterval(() => document.body.append('x'))</script>")
    script = 'url = "busy.html"\nconfirmed_task = "x"\ntimeout_s = 100\n[[steps]]\nop = "CLICK"\nselector = "p"\n'
    (tmp_path / "s.toml").write_text(script)
    (tmp_path / "temporary").mkdir()
    command = [sys.executable, "-m", "environments.mind2web.recorder", str(tmp_path / "s.toml"), "--out", "o.json"]
    variables = {**os.environ, "TMPDIR": str(tmp_path / "temporary")}
    with subprocess.Popen(command, cwd=ROOT, env=variables, stderr=subprocess.PIPE, text=True) as process:
        waited(lambda: len(chromiums(tmp_path)) > 2)
        yield process
        process.kill()


def chromiums(folder: Path) -> list[int]:
    """The processes that use a profile in this folder."""
    return list(processes_with(f"--user-data-dir={folder}/"))


def waited(condition: object) -> None:
    """Return when the condition holds."""
    assert callable(condition)
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [
        (signal.SIGINT, 130, "interrupted; nothing is written\n"),
        (signal.SIGTERM, 128 + signal.SIGTERM, ""),
        (signal.SIGKILL, -signal.SIGKILL, ""),
    ],
)
def test_chromium_and_profile_go_with_the_recorder(
    recorder: subprocess.Popen[str], tmp_path: Path, number: int, code: int, said: str
) -> None:
    assert list((tmp_path / "temporary").iterdir())
    recorder.send_signal(number)
    assert recorder.wait(LIMIT_S) == code
    assert recorder.stderr is not None
    assert recorder.stderr.read() == said
    waited(lambda: not chromiums(tmp_path) and not list((tmp_path / "temporary").iterdir()))


def test_the_command_says_a_mistake_in_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "environments.mind2web.recorder", str(tmp_path / "none.toml"), "--out", "o.json"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"{tmp_path}/none.toml: cannot be read: No such file or directory\n"
