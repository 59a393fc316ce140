"""However the recorder ends, its Chromium ends with it, and its profile is gone."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from environments.child_server import processes_marked
from environments.mind2web.recorder.chromium import NAMES

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[4]
LIMIT_S = 60


@pytest.fixture
def temporary() -> Iterator[Path]:
    """Where the recorder puts what is temporary; its name is short, as Chromium keeps a socket there."""
    with tempfile.TemporaryDirectory(prefix="m2w-") as folder:
        yield Path(folder)


@pytest.fixture
def recorder(tmp_path: Path, temporary: Path) -> Iterator[subprocess.Popen[str]]:
    """A recorder that has Chromium open on a page that never stands still."""
    if not any(map(shutil.which, NAMES)):
        pytest.skip("no Chromium; apt-get install chromium")
    (tmp_path / "busy.html").write_text(
        "<script>setInterval(() => document.body.append(document.createElement('p')))</script>"
    )
    script = 'url = "busy.html"\nconfirmed_task = "x"\ntimeout_s = 100\n[[steps]]\nop = "CLICK"\nselector = "p"\n'
    (tmp_path / "s.toml").write_text(script)
    command = [sys.executable, "-m", "environments.mind2web.recorder", str(tmp_path / "s.toml"), "--out", "o.json"]
    variables = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen(command, cwd=ROOT, env=variables, stderr=subprocess.PIPE, text=True) as process:
        waited(lambda: len(chromiums(temporary)) > 2)
        yield process
        process.kill()


def chromiums(folder: Path) -> list[int]:
    """The processes of a Chromium with a profile in this folder, and the shell that waits for it."""
    return list(processes_marked(f"PROFILE={folder}/"))


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
    recorder: subprocess.Popen[str], temporary: Path, number: int, code: int, said: str
) -> None:
    assert list(temporary.iterdir())
    recorder.send_signal(number)
    assert recorder.wait(LIMIT_S) == code
    assert recorder.stderr is not None
    assert recorder.stderr.read() == said
    waited(lambda: not chromiums(temporary) and not list(temporary.iterdir()))


def test_the_command_says_a_mistake_in_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "environments.mind2web.recorder", str(tmp_path / "none.toml"), "--out", "o.json"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"{tmp_path}/none.toml: cannot be read: No such file or directory\n"
