"""A call of a program in this process, and what a refusal of it must look like."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest

import actors.__main__
import serve.__main__
from actors.program.command_line import main

PROGRAMS = {"actors": actors.__main__.COMMANDS, "serve": serve.__main__.COMMANDS}
TIME_S = 20.0
BASE = {"store": "out", "tasks": [{"environment": "practice", "generate": 2}], "llm": {"kind": "reference"}}


class Ended(NamedTuple):
    code: int
    said: str
    lines: list[str]


def call(program: str, words: Sequence[str], capsys: pytest.CaptureFixture[str]) -> Ended:
    capsys.readouterr()
    began = time.monotonic()
    try:
        code: Any = main(program, "", PROGRAMS[program], words)
    except SystemExit as ended:  # argparse
        code = ended.code
    assert time.monotonic() - began < TIME_S
    said = capsys.readouterr()
    return Ended(
        code, said.out + said.err, [line for line in said.err.splitlines() if not line.startswith(("usage:", "  "))]
    )


def refused(program: str, words: Sequence[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The line with which a call is refused, nothing but the config itself before it."""
    ended = call(program, words, capsys)
    assert ended.code == 2, ended
    assert "Traceback" not in ended.said
    assert ended.lines[-1].isprintable()
    return ended.lines[-1]
