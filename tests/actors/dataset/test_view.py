"""What reaches the terminal, and what does not."""

from __future__ import annotations

import argparse
import io
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from actors.dataset import view
from actors.dataset.filter import Settings, filter_runs
from actors.dataset.view import reward_filter, show, split_reply
from actors.program.terminal import one_line, safe, visible
from actors.program.user_error import UserError
from actors.records.trajectory import Branch, Label, Turn, Verdict
from environments.contract import Status
from environments.message import ImagePart, Message, TextPart, ToolCall
from tests.actors.played import OPENING, played, run_of

HOSTILE = [
    "\x1b[2J\x1b[H",
    "\x1b]0;owned\x07",
    "\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\",
    "\x9b31m",
    "a\rb",
    "\x08\x7f\x00",
    "\u202egnp.exe",
    "\u2066\u2069\u200f",
    "\ue000\U000e0041",
    "\u2028\u2029\x85",
    "[bold red]markup[/] [link=http://evil]x[/link] :boom:",
    "[/]",
]
text = st.one_of(st.text(), st.sampled_from(HOSTILE), st.lists(st.sampled_from(HOSTILE)).map("".join))


def printed(trajectory: Any, colour: bool = False) -> str:
    out = io.StringIO()
    show(
        trajectory,
        Console(
            file=out,
            markup=False,
            emoji=False,
            highlight=False,
            force_terminal=colour,
            color_system="standard" if colour else None,
        ),
    )
    return out.getvalue()


def harmless(shown: str) -> bool:
    return all(
        c in "\n\t\u200c\u200d" or unicodedata.category(c) not in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"} for c in shown
    )


@given(text)
def test_no_control_character_is_visible_as_itself(hostile: str) -> None:
    assert harmless(visible(hostile))
    assert not set("\n\t") & set(one_line(hostile))


@given(text)
def test_whatever_a_model_or_environment_writes_is_only_text(hostile: str) -> None:
    opening = (Message("system", hostile), *OPENING, Message("assistant", hostile, False), Message("user", hostile))
    trajectory = played(
        hostile,
        replies=[hostile, hostile],
        opening=opening,
        observation=hostile,
        llm=hostile,
        task_id=hostile,
        error=hostile,
        details={hostile: hostile},
    )
    assert harmless(printed(trajectory))
    out = io.StringIO()
    Console(file=out).print(view.line(trajectory), safe(hostile), soft_wrap=True)
    assert harmless(out.getvalue())


@pytest.mark.parametrize("hostile", HOSTILE)
def test_in_colour_the_only_escapes_are_ours(hostile: str) -> None:
    import re

    shown = printed(played(replies=[hostile], observation=hostile), colour=True)
    assert harmless(re.sub(r"\x1b\[[0-9;]*m", "", shown))


def test_markup_stays_as_written() -> None:
    assert "[bold red]markup[/] [link=http://evil]x[/link] :boom:" in printed(played(replies=[HOSTILE[10]]))


def test_terminal_escapes_are_shown_and_carriage_returns_before_newlines_are_not() -> None:
    assert visible("\x1b]0;root\x07ok\r\n\tx\rä😀") == "\\x1b]0;root\\x07ok\n\tx\\rä😀"


@pytest.mark.parametrize(
    ("reply", "thought", "action"),
    [
        ("Think: look.\n\nAct: bash\n\n```bash\nls\n```", "Think: look.\n\n", "Act: bash\n\n```bash\nls\n```"),
        (
            "I count.\nAction: Operation\n```sql\nSELECT 1\n```",
            "I count.\n",
            "Action: Operation\n```sql\nSELECT 1\n```",
        ),
        ("THOUGHT: go.\nACTION: go to shelf 1", "THOUGHT: go.\n", "ACTION: go to shelf 1"),
        ("Thought: it is #3.\nFinal Answer: #3", "Thought: it is #3.\n", "Final Answer: #3"),
        ("Thought: C.\nAnswer: C.\nAction: CLICK", "Thought: C.\n", "Answer: C.\nAction: CLICK"),
        ("no action here", "no action here", ""),
        ("", "", ""),
    ],
)
def test_a_reply_is_thought_then_action(reply: str, thought: str, action: str) -> None:
    assert split_reply(reply) == (thought, action)


def test_a_trajectory_is_told_whole() -> None:
    shown = printed(played("e1", error="one\nline", status=Status.TASK_LIMIT, reward=0.0, tries=2))
    labels = [line.removeprefix("── ") for line in shown.splitlines() if line.startswith("── ")]
    assert labels == ["instruction", "demonstration", "task", "agent, turn 1", "observation", "agent, turn 2"]
    for expected in (
        "turn limit, reward 0, after 2 tries",
        "gpt-4",
        "cost 0.0020",
        "200 in (40 cached), 20 out",
        "LLM 1.00",
        "one line",
    ):
        assert expected in shown


def test_colours_tell_thought_action_observation_and_demonstration() -> None:
    shown = printed(played(), colour=True)
    assert "\x1b[36mThink: look." in shown
    assert "\x1b[1;32mAct: bash" in shown
    assert "\x1b[33ma b c" in shown
    assert "\x1b[2mOk." in shown


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return run_of(
        tmp_path / "run",
        played("abc1"),
        played("abd2", reward=0.5, environment="webshop"),
        played("xyz3", status=Status.ENVIRONMENT_ERROR, reward=None),
    )


def command(*words: str) -> int:
    parser = argparse.ArgumentParser()
    view.add_arguments(parser)
    return view.run(parser.parse_args(words))


@pytest.mark.parametrize(
    ("words", "episodes"),
    [
        ([], ["abc1", "abd2", "xyz3"]),
        (["--limit", "2"], ["abc1", "abd2"]),
        (["--status", "environment error"], ["xyz3"]),
        (["--environment", "webshop"], ["abd2"]),
        (["--environment", "os"], ["abc1", "xyz3"]),
        (["--reward", "1"], ["abc1"]),
        (["--reward", "<1"], ["abd2"]),
        (["--reward", ">=0.5"], ["abc1", "abd2"]),
        (["--reward", "none"], ["xyz3"]),
    ],
)
def test_the_list_has_one_line_for_each_that_is_wanted(
    run: Path, words: list[str], episodes: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(str(run), *words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == episodes
    assert "\x1b" not in "".join(lines)


def test_the_beginning_of_an_id_shows_the_episode(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(str(run), "abc") == 0
    assert "episode abc1" in capsys.readouterr().out
    assert command(str(run), "task-xyz3") == 0
    assert "episode xyz3" in capsys.readouterr().out


def test_a_filtered_folder_is_read_too(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    filter_runs([str(run)], run / "filtered", Settings())
    assert command(str(run / "filtered")) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["abc1"]


def test_a_run_without_episodes_is_no_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(str(run_of(tmp_path / "run"))) == 0
    assert capsys.readouterr().out == "no episode has ended yet\n"


@pytest.mark.parametrize("words", [["zzz"], ["--reward", "high"], ["--limit", "0"]])
def test_a_user_s_mistake_is_one_line(run: Path, words: list[str]) -> None:
    with pytest.raises(UserError):
        command(str(run), *words)


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_comparison_compares(reward: float, bound: float) -> None:
    assert reward_filter(f">={bound:.6f}")(reward) == (reward >= float(f"{bound:.6f}"))
    assert not reward_filter(f">={bound:.6f}")(None)


def test_tools_reasoning_verdicts_and_labels_are_shown_and_are_only_text() -> None:
    hostile = "".join(HOSTILE)
    call = ToolCall(hostile, "look", '{"at": "' + hostile)
    image = Message("user", "See.", parts=(TextPart("See."), ImagePart(hostile)))
    messages = [image, Message("assistant", "", True, hostile, (call,)), Message("tool", hostile, tool_call_id=hostile)]
    trajectory = played(
        messages=[*messages, Message("assistant", "x", True)],
        verdicts=(Verdict("rubric", 0.5, details={"why": hostile}),),
        branch=Branch("e-1", 2),
        turns=[Turn(1, labels=(Label("useful", True, hostile),))],
    )
    shown = printed(trajectory)
    assert harmless(shown)
    for expected in (
        "look({",
        "reward 0.5, why=",
        "of e-1 after 2 turns",
        "turn 1 useful=True by",
        "[image ",
        "── answer to",
    ):
        assert expected in shown
