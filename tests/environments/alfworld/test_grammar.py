"""What a reply means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.alfworld.grammar import (
    LIMIT_ACTION_CHARS,
    find_action,
    render_reply,
    render_turn,
    without_actions,
)

COMMANDS = st.sampled_from(["go to fridge 1", "take apple 1 from countertop 2", "put apple 1 in/on fridge 1", "look"])


@pytest.mark.parametrize(
    ("reply", "action"),
    [
        ("THOUGHT: I look around.\n ACTION: look\n", "look"),
        ("ACTION: Go To Fridge 1", "go to fridge 1"),
        ("ACTION: look\nACTION: inventory\n", "look"),
        ("ACTION:\nlook", ""),
        ("ACTION: a last line without an end, after ACTION: one", "a last line without an end, after action: one"),
        ("first line\nACTION: the only line with an end\n", "the only line with an end"),
        ("ACTION: cut off\nACTION: whole\n", "cut off"),
        ("I go to fridge 1\nand open it", "i go to fridge 1"),
        ("", ""),
    ],
)
def test_the_papers_harness_reads_any_reply_as_an_action(reply: str, action: str) -> None:
    assert find_action(reply, "old") == action


@pytest.mark.parametrize(
    ("reply", "action"),
    [("ACTION: look", "look"), ("I think. ACTION: look\nmore", "look"), ("look", None), ("action: look", None)],
)
def test_the_newer_harness_wants_the_word(reply: str, action: str | None) -> None:
    assert find_action(reply, "ab02") == action


@given(st.text(st.characters(exclude_categories=())), st.sampled_from(["old", "ab02"]))
def test_any_text_is_legal_and_gives_one_line_that_can_be_written(reply: str, harness: str) -> None:
    action = find_action(reply, harness)
    if action is not None:
        action.encode()
        assert "\n" not in action
        assert len(action) <= LIMIT_ACTION_CHARS


@given(st.text(st.characters(exclude_characters="\n", exclude_categories=("Cs",))), COMMANDS)
def test_what_is_rendered_is_read_again(thought: str, command: str) -> None:
    if "ACTION:" not in thought:
        for harness in ("old", "ab02"):
            assert find_action(render_reply(thought, command), harness) == command


def test_a_turn_has_no_number_of_a_location_and_lists_actions_where_it_is_asked_to() -> None:
    assert (
        render_turn("You arrive at loc 12. On the shelf 1, you see nothing.", None)
        == "On the shelf 1, you see nothing."
    )
    assert render_turn("You arrive at shelf 1. On it. Nothing.", None) == "You arrive at shelf 1. On it. Nothing."
    turn = render_turn("The safe 1 is closed.", ["look", "open safe 1"])
    assert turn == "The safe 1 is closed. AVAILABLE ACTIONS: look\nopen safe 1\n"
    assert without_actions(turn) == "The safe 1 is closed."
