"""`.ci/with-docker` is the command and nothing else where an engine answers, and leaves nothing behind where it brought
its own.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

WITH_DOCKER = Path(__file__).resolve().parent.parent / ".ci" / "with-docker"
HIDE_ENGINE = 'if [ -e /run/docker.sock ]; then mount --bind /dev/null /run/docker.sock; fi; exec "$@"'
PRIVATE = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("dockerd"),
    reason="only root can start an engine, and only one that is installed",
)


def surroundings(folder: Path, **changes: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "DOCKER_HOST"}
    return kept | {"XDG_CACHE_HOME": str(folder)} | changes


def without_engine(*command: str) -> list[str]:
    """The command line for a mount namespace in which the host's engine does not answer."""
    return ["unshare", "--mount", "sh", "-c", HIDE_ENGINE, "sh", str(WITH_DOCKER), *command]


def engines(folder: Path) -> list[psutil.Process]:
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(str(folder) in part for part in process.info["cmdline"] or [])
    ]


def test_an_engine_that_is_named_is_used_as_it_is(tmp_path: Path) -> None:
    command = [str(WITH_DOCKER), "sh", "-c", "echo $DOCKER_HOST; exit 7"]
    ended = subprocess.run(
        command,
        env=surroundings(tmp_path, DOCKER_HOST="tcp://127.0.0.1:1"),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (7, "tcp://127.0.0.1:1\n", "")


@pytest.mark.parametrize(
    ("command", "code", "said"), [([], 2, "which command?"), (["nonesuch"], 127, "no command 'nonesuch'")]
)
def test_a_command_that_is_none_is_said_in_one_line(tmp_path: Path, command: list[str], code: int, said: str) -> None:
    ended = subprocess.run(
        [str(WITH_DOCKER), *command],
        env=surroundings(tmp_path),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == code
    assert said in ended.stderr
    assert ended.stderr.count("\n") == 1


@PRIVATE
@pytest.mark.docker
def test_a_private_engine_answers_and_ends_with_the_command(tmp_path: Path) -> None:
    script = "echo $DOCKER_HOST; docker network ls --quiet | wc -l; exit 3"
    links = sorted(os.listdir("/sys/class/net"))
    ended = subprocess.run(
        without_engine("sh", "-c", script),
        env=surroundings(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 3, ended.stderr
    address, networks = ended.stdout.split()
    assert networks == "3"  # bridge, host, none: a fresh engine's own
    assert not engines(tmp_path)
    assert not Path(address.removeprefix("unix://")).parent.exists()
    assert sorted(os.listdir("/sys/class/net")) == links


@PRIVATE
@pytest.mark.docker
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGKILL])
def test_a_private_engine_ends_when_the_wrapper_is_killed(tmp_path: Path, sent: signal.Signals) -> None:
    mark = tmp_path / "up"
    process = subprocess.Popen(without_engine("sh", "-c", f"touch {mark}; exec sleep 20"), env=surroundings(tmp_path))
    until(mark.exists, 40)
    assert engines(tmp_path)
    children = psutil.Process(process.pid).children()
    process.send_signal(sent)
    assert process.wait(40) == (143 if sent == signal.SIGTERM else -signal.SIGKILL)
    until(
        lambda: not [left for left in engines(tmp_path) if "docker" in left.name() or "containerd" in left.name()], 20
    )
    for child in children:
        if child.is_running():
            child.terminate()
    command = without_engine("sh", "-c", "echo $DOCKER_HOST")  # the next one finds its way, and leaves the place clean
    ended = subprocess.run(command, env=surroundings(tmp_path), capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.startswith("unix://")
    assert not Path(ended.stdout.strip().removeprefix("unix://")).parent.exists()


def until(holds: Callable[[], bool], limit_s: float) -> None:
    """Wait until `holds()`; a failure when it does not within the limit."""
    deadline = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < deadline, f"did not come about within {limit_s} s"
        time.sleep(0.1)
