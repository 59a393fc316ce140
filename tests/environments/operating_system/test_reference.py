"""The reference player is pure: the conversation alone says what comes next."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.contract import Task, TaskFault
from environments.message import Message
from environments.operating_system.grammar import observation, opening, parse
from environments.operating_system.payload import Payload
from environments.operating_system.reference import reply

STEPS = [
    {"thought": "Which one?", "bash": "ps", "values": {"pid": r"^\s*(\d+) target"}},
    {"thought": "It is «pid».", "bash": "kill «pid» && echo ${pid} «other»", "values": {"last": r"(\w+)\s*\Z"}},
]


def task(answer: str | None) -> Task:
    reference: dict[str, Any] = {"steps": STEPS, "thought": "So it is «last».", "answer": answer}
    return Task("t", "operating_system", "train", "test", {"description": "x"}, reference=reference)


def played(answer: str | None, *outputs: str) -> list[str]:
    """The replies of an episode in which the machine prints `outputs`."""
    messages, replies = opening(Payload(description="x")), []
    for output in [*outputs, ""]:
        replies.append(reply(task(answer), messages))
        messages += [Message("assistant", replies[-1], loss=True), Message("user", observation(output))]
    return replies


def test_later_steps_and_the_answer_use_what_was_printed() -> None:
    first, second, last = played("«last» of «pid»", "  11 other\n  42 target\n", "all done\n")
    assert first == "Think: Which one?\n\nAct: bash\n\n```bash\nps\n```"
    assert second == "Think: It is 42.\n\nAct: bash\n\n```bash\nkill 42 && echo ${pid} «other»\n```"
    assert last == "Think: So it is done.\n\nAct: answer(done of 42)"


def test_without_an_answer_it_finishes_and_past_its_end_it_finishes_again() -> None:
    replies = played(None, "42 target", "", "", "")
    assert [parse(said).kind for said in replies] == ["bash", "bash", "finish", "finish", "finish"]
    assert parse(played("x", "", "", "")[-1]).kind == "finish"


def test_what_was_not_seen_is_unknown_and_never_invented() -> None:
    assert played("«pid»", "nothing here", "")[-1].endswith("Act: answer(unknown)")


def test_the_demonstration_does_not_count_as_its_own_turns() -> None:
    messages = opening(Payload(description="x"))
    assert sum(message.role == "assistant" for message in messages) == 2
    assert "ps" in reply(task(None), messages)


def test_a_task_without_a_reference_is_a_fault_of_the_task() -> None:
    with pytest.raises(TaskFault, match="'t' has no playable reference"):
        reply(Task("t", "operating_system", "train", "test", {}), [])


@given(st.lists(st.text(), min_size=2, max_size=2))
def test_any_output_gets_a_reply_that_the_grammar_reads(outputs: list[str]) -> None:
    assert [parse(said).kind for said in played("«last»", *outputs)] == ["bash", "bash", "answer"]
