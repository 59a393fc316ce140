"""One program with every command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from actors.__main__ import COMMANDS as ACTING
from actors.program.command_line import Command, Group, alone
from actors.program.version import version
from agenttuning.__main__ import COMMANDS, run
from serve.__main__ import COMMANDS as MEASURING
from train.__main__ import COMMANDS as TRAINING

ROOT = Path(__file__).parents[2]


def test_it_has_every_command_of_the_three_programs_once() -> None:
    assert not ACTING.keys() & MEASURING.keys()
    assert COMMANDS.keys() >= ACTING.keys() | MEASURING.keys()
    training = COMMANDS["train"]
    assert isinstance(training, Group)
    assert training.commands == TRAINING


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["rolout", "c.yaml"], "rolout: 'agenttuning' has no such command: did you mean 'rollout'?"),
        (["plan"], "plan: 'agenttuning' has no such command: did you mean 'train plan'?"),
        (["train", "pln"], "pln: 'agenttuning train' has no such command: did you mean 'plan'?"),
        (["xyzzy"], "xyzzy: 'agenttuning' has no such command: it has rollout, doctor, tasks, "),
    ],
)
def test_a_mistyped_command_names_the_nearest(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(told)


def test_a_command_of_a_group_is_run_with_its_own_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "plan", str(tmp_path / "nowhere.yaml")]) == 2
    assert capsys.readouterr().err.startswith("plan: cannot read config '")


@pytest.mark.parametrize("words", [["--version"], ["train", "--version"]])
def test_the_version_is_that_of_the_project(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(words)
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"agenttuning {version()}\n"


@pytest.mark.parametrize("name", ["fetch-model", "fetch-chat"])
def test_what_fetches_is_a_command_and_still_a_module_of_its_own(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = COMMANDS[name]
    assert isinstance(command, Command)
    for begin in (lambda: run([name, "--help"]), lambda: alone(command.module, ["--help"])):
        with pytest.raises(SystemExit) as ended:
            begin()
        assert ended.value.code == 0
        assert "OUT" in capsys.readouterr().out


def test_bash_completes_commands_groups_options_and_files(tmp_path: Path) -> None:
    pytest.importorskip("shtab")
    from agenttuning.completion import script

    (tmp_path / "some.yaml").touch()
    (tmp_path / "completion").write_text(script("bash"))
    asked = {
        "agenttuning rol": "rollout",
        "agenttuning train pl": "plan",
        "agenttuning train run --he": "--help",
        "agenttuning rollout so": "some.yaml",
    }
    for line, wanted in asked.items():
        words = line.split(" ")
        told = " ".join(f"'{word}'" for word in words)
        program = (
            f". ./completion; COMP_WORDS=({told}); COMP_CWORD={len(words) - 1}; COMPREPLY=();"
            f" _shtab_agenttuning agenttuning '{words[-1]}'; echo ${{COMPREPLY[@]}}"
        )
        ended = subprocess.run(
            ["bash", "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=20, check=True
        )
        assert wanted in ended.stdout.split(), ended


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_have_a_script_too(shell: str) -> None:
    pytest.importorskip("shtab")
    from agenttuning.completion import script

    assert "agenttuning" in script(shell)


def test_the_package_is_a_program_in_a_source_tree() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "agenttuning", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "fetch-model" in ended.stdout
