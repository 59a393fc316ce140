"""A fresh clone, and a shell in it that goes on from command to command as a reader's terminal does."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from proofs.documented_commands.pages import Command

OURS = re.compile(r"(?:runs|models|configs|docs)/[\w./-]*\w")
GRACE_S = 60
AROUND = """\
cd "$(cat {state}/folder)" && . {state}/variables || exit 99
set -a
{command}
code=$?
export -p > {state}/variables && pwd > {state}/folder
exit $code
"""


class Played(NamedTuple):
    """What became of a command: `wrong` is empty where it did what the page says, or was not played."""

    command: Command
    wrong: str
    wall_s: float


def clone(root: Path, folder: Path) -> None:
    """The repository's HEAD in `folder`, with this one's `.venv`."""
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(root), str(folder)], check=True)
    (folder / ".venv").symlink_to((root / ".venv").resolve(), target_is_directory=True)


class Shell:
    """A terminal in a folder: variables, an environment that is activated and `cd` last from command to command."""

    def __init__(self, folder: Path, state: Path, limit_s: float) -> None:
        self._folder, self._state, self._limit_s = folder, state, limit_s
        state.mkdir(parents=True)
        (state / "folder").write_text(f"{folder}\n")
        (state / "variables").write_text("")

    def play(self, command: Command) -> Played:
        """Run it; what it names must be there afterwards."""
        began = time.monotonic()
        wrong = self.run(command.played)
        if not wrong and (absent := [path for path in paths(command.played) if not (self._folder / path).exists()]):
            wrong = f"it ended well, but there is no {', '.join(absent)}"
        return Played(command, wrong, time.monotonic() - began)

    def run(self, command: str) -> str:
        """Why the command did not end well; empty where it did."""
        text = AROUND.format(state=shlex.quote(str(self._state)), command=command)
        log = self._state / "output"
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["bash", "-c", text],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment(os.environ, self._folder),
                start_new_session=True,
            )
            try:
                code = process.wait(self._limit_s)
            except subprocess.TimeoutExpired:
                return f"it had not ended after {self._limit_s:.0f} s"
            finally:
                end(process)
        return "" if code == 0 else f"exit code {code}: {last_line(log.read_text(errors='replace'))}"


def environment(ours: Mapping[str, str], folder: Path) -> dict[str, str]:
    """A reader's variables: ours, less what an environment that is active here put there; whatever is installed, the
    clone's code is what runs.
    """
    active = ours.get("VIRTUAL_ENV", "-") + "/bin"
    path = os.pathsep.join(part for part in ours.get("PATH", "").split(os.pathsep) if part != active)
    kept = {name: value for name, value in ours.items() if name not in ("VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH")}
    return kept | {"PATH": path, "PYTHONPATH": str(folder), "PWD": str(folder)}


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask what is left of it to end, then make it."""
    for asked in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        os.killpg(process.pid, asked)
        try:
            process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            continue


def paths(command: str) -> list[str]:
    """The paths of the project that a command names, read or written. Patterns are none."""
    words = [word for part in shlex.split(command, comments=True) for word in re.split(r"[=,;&|{}\[\] ]+", part)]
    return sorted({word for word in words if OURS.fullmatch(word)})


def last_line(output: str) -> str:
    """What a command said at its end."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1][:400] if lines else "it said nothing"
