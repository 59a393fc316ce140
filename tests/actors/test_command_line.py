"""What every program of the project does with a mistake of its user's."""

from __future__ import annotations

import pytest

from actors.command_line import Command, main


def test_a_mistake_is_one_line_in_which_nothing_commands_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main("actors", "", {"view": Command("actors.view", "")}, ["view", "runs/\x1b[2Jno\u202ewhere"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("view: ")
    assert r"runs/\x1b[2Jno\u202ewhere" in line
