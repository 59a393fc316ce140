"""The skeleton is an environment, and writes over nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from actors.program.user_error import UserError
from agenttuning.new_environment import write

ROOT = Path(__file__).parents[2]


def test_the_skeleton_passes_what_every_environment_must_do(tmp_path: Path) -> None:
    assert write("card_game", tmp_path) == ["card_game.py", "card_game.yaml", "test_card_game.py"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(tmp_path)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["random", "ray", "train"])
def test_a_name_of_a_module_that_is_there_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is a Python module already"):
        write(name, tmp_path)


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot write '.*card_game\.py': No such file"):
        write("card_game", tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["Card", "card-game", "class", "1st", "", "über", "../up"])
def test_a_name_that_cannot_be_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is no name of an environment"):
        write(name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_name_or_a_file_that_is_taken_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="'database' is there already"):
        write("database", tmp_path)
    (tmp_path / "cards.yaml").touch()
    with pytest.raises(UserError, match=r"cards\.yaml' is there already"):
        write("cards", tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["cards.yaml"]
