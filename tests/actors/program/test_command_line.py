"""What every program of the project does with a mistake of its user's."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from actors.__main__ import COMMANDS
from actors.program.command_line import Command, main
from tests.actors.played import played, run_of

ROOT = Path(__file__).resolve().parents[3]


def test_a_mistake_is_one_line_in_which_nothing_commands_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main("actors", "", {"view": Command("actors.dataset.view", "")}, ["view", "runs/\x1b[2Jno\u202ewhere"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("view: ")
    assert r"runs/\x1b[2Jno\u202ewhere" in line


@pytest.mark.parametrize(
    ("package", "told"), [("a_package_that_nobody_has.inside", True), ("actors.a_room_without_this", False)]
)
def test_a_missing_package_is_one_line_and_a_missing_module_of_ours_a_traceback(
    package: str, told: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"command_of_{'others' if told else 'ours'}"
    (tmp_path / f"{name}.py").write_text(
        f"def add_arguments(parser): pass\n\n\ndef run(arguments):\n    import {package}\n"
    )
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
    # a shell that starts the tests in the background has its children ignore SIGINT
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heard
    ) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (130, "tasks: interrupted\n")


@pytest.mark.parametrize("program", ["actors", "train", "serve"])
def test_help_is_read_on_a_terminal_of_any_encoding(program: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", program, "--help"],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.isascii()


def test_names_and_tables_are_read_on_a_terminal_of_any_encoding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = str(
        run_of(tmp_path / "läufe", played("e0", replies=("Think: η → 😀 \ud7ff\n\nAct: finish",), task_id="η/😀"))
    )
    for words, code, told in (
        (["stats", run], 0, b"operating_system"),
        (["view", run, "e0"], 0, b"Think: ? ? ? ?"),
        (["view", "nirgendwo-ä-😀"], 2, b"view: 'nirgendwo-?-?'"),
        (["filter", run, "-o", str(tmp_path / "gefiltert-ä")], 0, b"kept 1 of 1"),
    ):
        streams = [io.TextIOWrapper(io.BytesIO(), encoding="ascii", write_through=True) for _ in range(2)]
        monkeypatch.setattr(sys, "stdout", streams[0])
        monkeypatch.setattr(sys, "stderr", streams[1])
        ended = main("actors", "", COMMANDS, words)
        monkeypatch.undo()
        said = b"".join(stream.buffer.getvalue() for stream in streams)
        assert ended == code
        assert told in said


@pytest.mark.parametrize(
    "words", [["view", ""], ["stats", "run", ""], ["filter", "run", "--out="], ["import", "", "-o", "x"]]
)
def test_an_argument_that_is_empty_is_a_mistake(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main("actors", "", COMMANDS, words) == 2
    assert "an argument is empty" in capsys.readouterr().err
