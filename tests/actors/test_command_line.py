"""What every program of the project does with a mistake of its user's."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from actors.command_line import Command, main


def test_a_mistake_is_one_line_in_which_nothing_commands_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main("actors", "", {"view": Command("actors.view", "")}, ["view", "runs/\x1b[2Jno\u202ewhere"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("view: ")
    assert r"runs/\x1b[2Jno\u202ewhere" in line


@pytest.mark.parametrize(("package", "told"), [("a_package_that_nobody_has.inside", True), ("actors.a_room_without_this", False)])
def test_a_missing_package_is_one_line_and_a_missing_module_of_ours_a_traceback(
    package: str, told: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"command_of_{'others' if told else 'ours'}"
    (tmp_path / f"{name}.py").write_text(f"def add_arguments(parser): pass\n\n\ndef run(arguments):\n    import {package}\n")
    monkeypatch.syspath_prepend(tmp_path)
    commands = {"go": Command(name, "")}
    if not told:
        with pytest.raises(ModuleNotFoundError):
            main("actors", "", commands, ["go"])
        return
    assert main("actors", "", commands, ["go"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("go: the package 'a_package_that_nobody_has' is not installed: ")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_interrupted_says_so_in_a_line_and_ends_with_130(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "actors", "tasks", "practice", "--generate", "100000000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (130, "tasks: interrupted\n")
