"""Words on the command line that ask for what cannot be: one line, exit code 2, soon, and nothing is left behind."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.malformed.calls import refused

WORDS = {
    "actors": [
        *(["rollout", *words] for words in ([], ["."], ["nowhere"], ["/dev/null"], ["dangling"], ["binary"])),
        *(
            [command, target]
            for command in ("view", "stats", "filter", "why-stuck", "export")
            for target in (
                "nowhere",
                "ok.yaml",
                "empty",
                "",
                "foo://x",
                "s3://no-such-bucket-of-ours/y",
                "\x1b[31mred",
                "dangling",
                "x" * 300,
            )
        ),
        [],
        ["rolout"],
        ["zzz", "--help"],
        ["view", "strange", "--reward", "abc"],
        ["view", "strange", "--limit", "-1"],
        ["view", "strange", "--limit", "x"],
        ["why-stuck", "strange", "--limit", "-1"],
        ["import", "nowhere"],
        ["import", "empty", "-o", "imported"],
        ["import", "binary", "-o", "imported"],
        ["import", "/dev/null", "-o", "imported"],
        ["import", "ok.yaml", "-o", "imported"],
        ["import", "dangling", "-o", "imported"],
        ["filter", "strange", "min_rewrd=1"],
        ["filter", "strange", "min_reward=.nan"],
        ["filter", "min_reward=1"],
        ["tasks", "zzz"],
        ["tasks", "database", "--file", "nowhere"],
        ["tasks", "operating_system", "--file", "empty"],
        ["tasks", "practice", "--generate", "x"],
        ["tasks", "practice", "--generate", "-1"],
        ["tasks", "practice", "--family", "zzz", "--generate", "1"],
        ["export"],
        ["doctor", "--environment", "zzz"],
    ],
    "serve": [
        [],
        ["pipeline", "nowhere"],
        ["pipeline", "ok.yaml"],
        ["pipeline", "/dev/null"],
        ["pipeline", "."],
        ["evaluate", "nowhere", "--llm", "reference"],
        ["evaluate", "ok.yaml", "--llm", "reference"],
        ["evaluate", "suite.yaml", "--llm", "nowhere"],
        ["evaluate", "suite.yaml", "--llm", "empty"],
        ["evaluate", "suite.yaml", "--llm", "ok.yaml", "--out", "strange"],
        ["evaluate", "suite.yaml", "--llm", "reference", "--out", "ok.yaml"],
        ["evaluate", "suite.yaml", "--llm", "reference", "--out", ""],
        ["evaluate", "suite.yaml", "--llm", "reference", "--out", "s3://x/y"],
        ["compare", "nowhere", "nowhere2"],
        ["compare", "empty", "empty"],
        ["compare", "ok.yaml", "strange"],
        ["report", "nowhere"],
        ["report", "strange"],
        ["report", "ok.yaml"],
        ["report", ""],
        ["check", "nowhere"],
        ["check", "empty"],
        ["check", "ok.yaml"],
        ["general", "nowhere", "--chats", "ok.yaml", "--out", "out"],
        ["general", "empty", "--chats", "nowhere", "--out", "out"],
        ["general", "empty"],
    ],
}


@pytest.mark.parametrize(
    ("program", "words"), [(program, words) for program, calls in WORDS.items() for words in calls]
)
def test_a_call_that_cannot_be_carried_out_is_one_line(
    program: str, words: list[str], place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("suite.yaml").write_text(
        json.dumps({"name": "s", "columns": {"a": [{"environment": "practice", "generate": 1}]}})
    )
    before = sorted(os.listdir())
    refused(program, words, capsys)
    assert sorted(os.listdir()) == before
