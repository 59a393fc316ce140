"""The command as a user gives it, and what it printed: a line of each check."""

from __future__ import annotations

from typing import NamedTuple

import pytest
import torch

from actors.program.command_line import main
from serve.__main__ import COMMANDS

EVERYTHING = ["files", "chat template", "token ids", "log-probabilities", "stop token"]


class Checked(NamedTuple):
    """The exit code; by the name of a check its line; and the one line of a user's mistake."""

    code: int
    lines: dict[str, str]
    mistake: str

    def of(self, outcome: str) -> list[str]:
        return [name for name, line in self.lines.items() if line.startswith(outcome)]


class Check:
    """`python -m serve check`, in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: object) -> Checked:
        torch.set_num_threads(1)
        self._capsys.readouterr()
        code = main("serve", "", COMMANDS, ["check", *map(str, arguments)])
        printed = self._capsys.readouterr()
        lines = {line[13:].partition(":")[0]: line for line in printed.out.splitlines()}
        mistakes = [line for line in printed.err.splitlines() if line.startswith("check: ")]
        assert len(mistakes) == (code == 2)
        return Checked(code, lines, "".join(mistakes))
