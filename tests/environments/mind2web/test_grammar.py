"""What a reply means (SPEC 2.3), corner by corner."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.mind2web.grammar import LETTERS, OPERATIONS, Answer, gold_action, parse, render


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("Thought: x\nAnswer: C.\nAction: SELECT\nValue: Pickup", Answer("C", "SELECT Pickup")),
        ("Answer: D.\nAction: CLICK", Answer("D", "CLICK ")),
        ("Answer: A.", Answer("A", " ")),
        ("", Answer("", " ")),
        ("C.\nAction: CLICK", Answer("", "CLICK ")),  # AgentInstruct's own replies, as they were published
        ("answer: C", Answer("", " ")),
        ("Answer:C", Answer("", " ")),
        ("Answer:  C", Answer("", " ")),
        ("Answer: Cancel the order", Answer("C", " ")),
        ("Answer: G. Answer: B.", Answer("B", " ")),
        ("Answer: B. No, Answer: C.", Answer("B", " ")),
        ("Answer: B\nAction: SET\nValue: 5", Answer("B", " 5")),
        ("Answer: B\nAction: HOVER, then Action: TYPE", Answer("B", "TYPE ")),
        ("Answer: B\nAction: CLICKED", Answer("B", "CLICK ")),
        ("Answer: B\nAction: CLICK\nValue: twice", Answer("B", "CLICK twice")),
        ("Answer: B\nAction: TYPE\nValue:  a\nb", Answer("B", "TYPE a")),
        ("Answer: B\nAction: TYPE\nValue: a\rb", Answer("B", "TYPE a\rb")),
        ("Answer: B\nAction: TYPE\nValue:", Answer("B", "TYPE ")),
        ("Answer: B\nAction: TYPE\nThe Value: a, Value: b", Answer("B", "TYPE a, Value: b")),
        ("\ud800Answer: E.\0Action: TYPE\nValue: \udfff", Answer("E", "TYPE \udfff")),
    ],
)
def test_the_three_patterns_match_what_they_match(reply: str, answer: Answer) -> None:
    assert parse(reply) == answer


@pytest.mark.parametrize(
    ("operation", "value", "action"),
    [
        ("CLICK", "ignored", "CLICK "),
        ("TYPE", " two words ", "TYPE two words"),
        ("SELECT", "", "SELECT "),
        ("TYPE", "first\nsecond", "TYPE first"),
        ("TYPE", "\nsecond", "TYPE "),
        ("HOVER", "x", " x"),
    ],
)
def test_a_recorded_operation_is_read_as_a_reply_would_be(operation: str, value: str, action: str) -> None:
    assert gold_action(operation, value) == action


@given(st.text())
def test_any_reply_is_read(reply: str) -> None:
    letter, action = parse(reply)
    assert letter in ("", *LETTERS)
    assert action.partition(" ")[0] in ("", *OPERATIONS)


@given(st.sampled_from(LETTERS), st.sampled_from(OPERATIONS), st.text(st.characters(exclude_characters="\n")))
def test_a_rendered_reply_reads_back(letter: str, operation: str, value: str) -> None:
    said = value if operation != "CLICK" else ""
    assert parse(render("I think.", letter, operation, said)) == Answer(letter, gold_action(operation, said))
