"""The grammar against AgentBench's own rules (SPEC 2.5), on replies of every kind."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from environments.contract import UserError
from environments.operating_system.grammar import (
    EMPTY,
    MAX_ROUNDS,
    OUTPUT,
    TRUNCATED,
    Action,
    observation,
    opening,
    parse,
)
from environments.operating_system.payload import Payload

FENCE = "```"
ACTS = (
    "Think: a",
    "Act:",
    "Act: bash",
    "Act: finish",
    "act: finish",
    "Act: Answer(",
    "Act:\n\nanswer(1)",
    "Act: bash or Act: finish",
)
MARKS = ("(", ")", " ", "\n", "\r\n", "```bash\n", "```", "\n```", "\n```\n", "ls", "```sh\n", "\x00", "é", "\u2028")
PIECES = st.sampled_from((*ACTS, *MARKS))
REPLIES = st.one_of(st.text(), st.lists(PIECES, max_size=25).map("".join))


def agentbench(reply: str) -> Action:
    """The rule with the plain regexes of AgentBench's `extract_action`, slow where the input is hostile."""
    for act in reversed(re.findall(r"Act:\s*(.+)", reply)):
        if act.lower().startswith("bash"):
            return Action("bash", "\n\n".join(re.findall(r"```bash\n(.*?)\n```", reply, re.DOTALL)))
        if act.lower().startswith("finish"):
            return Action("finish")
        if act.lower().startswith("answer"):
            content = act[6:].strip()
            left, right = content.find("("), content.rfind(")")
            if left != -1 and right != -1:
                return Action("answer", content[left + 1 : right])
    return Action("unusable")


@given(REPLIES)
@example("Act: answer)(")
@example("Act: bash\n\n```bash\n```\n\n```bash\n\n```")
@example("Act: bash\n```bash\nx```bash\ny")
def test_every_reply_means_what_agentbench_says(reply: str) -> None:
    assert parse(reply) == agentbench(reply)


@pytest.mark.parametrize(
    ("reply", "action"),
    [
        (f"Think: look\n\nAct: bash\n\n{FENCE}bash\nls /etc\n{FENCE}", Action("bash", "ls /etc")),
        (f"Act: bash\n{FENCE}bash\na\n{FENCE}\nand\n{FENCE}bash\nb\n{FENCE}", Action("bash", "a\n\nb")),
        (f"Act: BASH\n{FENCE}bash\nnever closed", Action("bash", "")),
        (f"Act: bash\n{FENCE}sh\nls\n{FENCE}", Action("bash", "")),
        ("Think: done\n\nAct: finish", Action("finish")),
        ("Act: answer(220)", Action("answer", "220")),
        ("Act: answer(f(x) (y))", Action("answer", "f(x) (y)")),
        ("Act: answer()", Action("answer", "")),
        ("Act: answer 220", Action("unusable")),
        ("Act: answer(1)\nAct: finish", Action("finish")),
        ("Act: finish\nAct: I am not sure", Action("finish")),
        ("Act: answer(7)\nAct: answer", Action("answer", "7")),
        ("I would list the files.", Action("unusable")),
        ("", Action("unusable")),
    ],
)
def test_replies(reply: str, action: Action) -> None:
    assert parse(reply) == action


@pytest.mark.parametrize(
    "piece", ["x```bash\n", "Act:", "Act: answer(", "Act:\n", "```bash\n", "Act: bash\n```bash\n```"]
)
def test_a_hostile_megabyte_is_parsed_in_linear_time(piece: str) -> None:
    def seconds(size: int) -> float:
        reply = "Act: bash\n" + piece * (size // len(piece))
        began = time.process_time()
        parse(reply)
        return time.process_time() - began

    small = max(min(seconds(100_000) for _ in range(3)), 1e-4)
    assert seconds(1_600_000) < 16 * small * 6


@given(st.text(max_size=1000))
def test_an_observation_shows_the_output_or_says_that_it_is_empty(output: str) -> None:
    seen = observation(output)
    kept = output.rstrip()
    if not kept:
        assert seen == EMPTY
    elif len(kept) <= 800:
        assert seen == OUTPUT + kept
    else:
        assert seen == OUTPUT + kept[:780] + TRUNCATED


def test_800_characters_are_shown_whole_and_801_are_cut_to_780() -> None:
    assert observation("x" * 800) == OUTPUT + "x" * 800
    assert observation("x" * 801) == OUTPUT + "x" * 780 + "\n[truncated because the output is too long]"


def test_the_opening_is_instruction_demonstration_and_task() -> None:
    messages = opening(Payload(description="Count the stars."))
    assert [message.role for message in messages] == ["user", "assistant"] * 2 + ["user"]
    assert all(message.loss is (False if message.role == "assistant" else None) for message in messages)
    assert messages[-1].content == "Now, I will start a new problem in a new OS. My problem is:\n\nCount the stars."
    assert "\n\nNow, my problem is:\n\n" in messages[0].content


def test_the_demonstration_obeys_the_grammar_it_teaches() -> None:
    messages = opening(Payload(description="x"))
    actions = [parse(message.content) for message in messages if message.role == "assistant"]
    assert [action.kind for action in actions] == ["bash", "answer"]
    for message in messages[2:-1:2]:
        assert message.content == observation(message.content.removeprefix(OUTPUT))
    assert len(actions) <= MAX_ROUNDS


def test_other_prompts_are_taken_from_a_folder(tmp_path: Path) -> None:
    (tmp_path / "instruction.txt").write_text("Be a shell user.\n")
    (tmp_path / "demonstration.txt").write_text("=== user ===\nQ\n=== assistant ===\nAct: finish\n")
    first, second, last = opening(Payload(description="T"), tmp_path)
    assert (first.content, second.content, second.loss) == (
        "Be a shell user.\n\nNow, my problem is:\n\nQ",
        "Act: finish",
        False,
    )
    assert last.content.endswith("T")


@pytest.mark.parametrize(
    "demonstration", [None, "", "hello", "=== user ===\nQ\n", "=== assistant ===\nA\n=== user ===\nQ\n"]
)
def test_prompts_that_cannot_be_used_are_one_line(tmp_path: Path, demonstration: str | None) -> None:
    (tmp_path / "instruction.txt").write_text("x")
    if demonstration is not None:
        (tmp_path / "demonstration.txt").write_text(demonstration)
    with pytest.raises(UserError, match=r"demonstration\.txt") as raised:
        opening(Payload(description="T"), tmp_path)
    assert "\n" not in str(raised.value)
