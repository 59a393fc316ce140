"""What an episode begins with: this project's words, or the user's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from environments.alfworld.games.household import TaskType
from environments.alfworld.opening import NAMES, Openings, opening
from environments.alfworld.settings import Settings
from environments.contract import Task, TaskFault, UserError
from tests.environments.alfworld.homes import GOALS, a_task


@pytest.mark.parametrize("name", [goal for goal in GOALS if goal in NAMES.values()])
def test_the_example_is_of_the_tasks_own_type(name: str) -> None:
    messages = opening(a_task(name), Settings())
    assert [message.role for message in messages] == ["user", "assistant"] * (len(messages) // 2) + ["user"]
    assert messages[2].content.startswith("Here is one example.\nYou are in the middle of a room.")
    assert not any(message.loss for message in messages)
    assert messages[-1].content == "Here is your task. " + messages[2].content.removeprefix("Here is one example.\n")


def test_the_instruction_has_the_commands_of_the_settings() -> None:
    for commands, form in (("put", "put THING in/on PLACE"), ("move", "move THING to PLACE")):
        instruction, *others = opening(a_task(), Settings(commands=commands))  # type: ignore[arg-type]
        assert form in instruction.content
        assert "{" not in instruction.content
        assert any(f"ACTION: {commands} keychain 1" in message.content for message in others)


def test_without_a_demonstration_two_messages_stand_before_the_task() -> None:
    assert len(opening(a_task(), Settings(demonstration=False))) == 3
    assert len(opening(a_task(), Settings(dialect="tools"))) == 1
    assert "AVAILABLE ACTIONS" in opening(a_task(), Settings(harness="ab02"))[0].content


def test_prompts_of_ones_own_are_agentbenchs_files(tmp_path: Path) -> None:
    (tmp_path / "instruction.md").write_text("Play.")
    shown = {name: [f"A room for {name}.", "ACTION: look", "Done.", "Done."] for name in NAMES.values()}
    (tmp_path / "demonstrations.json").write_text(json.dumps(shown))
    before = Openings(Settings(prompts=str(tmp_path))).before_the_task(TaskType.COOL)
    assert [message.content for message in before[:1] + before[2:4]] == [
        "Play.",
        "Here is one example.\nA room for cool.",
        "ACTION: look",
    ]


def test_an_opening_of_ones_own_is_sent_to_the_byte(tmp_path: Path) -> None:
    said = [{"role": "user", "content": " a\n"}, {"role": "agent", "content": "b"}] * 2
    (tmp_path / "opening.json").write_text(json.dumps(said))
    assert len(Openings(Settings(prompts=str(tmp_path))).before_the_task(TaskType.PUT)) == 4
    before = Openings(Settings(prompts=str(tmp_path), demonstration=False)).before_the_task(TaskType.PUT)
    assert [message.content for message in before] == [" a\n", "b"]


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "no demonstrations"), ("[]", "no demonstrations"), ("{}", "'put' is to be a list"), ("\xff", "no demonst")],
)
def test_prompts_that_are_none_are_told_in_one_line(content: Any, said: str, tmp_path: Path) -> None:
    (tmp_path / "instruction.md").write_text("Play.")
    if content is not None:
        (tmp_path / "demonstrations.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(UserError, match=said) as error:
        Openings(Settings(prompts=str(tmp_path)))
    assert "\n" not in str(error.value)


def test_a_task_of_something_else_is_refused() -> None:
    with pytest.raises(TaskFault, match="is no household task"):
        opening(Task("t", "alfworld", "train", "test", {"question": "why?"}), Settings())
