"""AgentBench's history trimming: the rule itself as oracle."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from actors.episodes.history import segments, trim
from environments.message import Message, ToolCall


def segments_by_the_rule(text: str) -> int:
    count = run = 0
    for character in text:
        if character.isalpha():
            run += 1
            count += run % 7 == 1
        else:
            run = 0
            count += character not in " \n"
    return count


@given(st.text(max_size=200))
def test_segments_follow_the_rule_for_any_text(text: str):
    assert segments(text) == segments_by_the_rule(text)


@given(st.text("abcdefghij .,é漢\n\t_1", max_size=200))
def test_segments_follow_the_rule_for_words(text: str):
    assert segments(text) == segments_by_the_rule(text)


@given(st.lists(st.integers(0, 60), min_size=0, max_size=12), st.integers(10, 200))
def test_trimming_keeps_the_first_and_the_newest_that_fit(sizes: list[int], limit: int):
    sizes = sizes if len(sizes) % 2 == 0 else sizes[:-1]
    messages = [Message("user", "start")]
    messages += [Message("assistant" if i % 2 == 0 else "user", "." * size) for i, size in enumerate(sizes)]
    shown, omitted = trim(messages, limit)
    assert len(shown) + omitted == len(messages)
    assert list(shown[1:]) == messages[1 + omitted :]
    if omitted:
        assert shown[0].content == f"start\n\n[NOTICE] {omitted} messages are omitted."
        assert len(shown) == 1 or shown[1].role == "assistant"
    kept = [segments(message.content) for message in messages[1 + omitted :]]
    assert not kept or segments("start") + sum(kept) < limit
    if omitted >= 2:  # one more pair would not have fitted
        assert (
            segments("start") + sum(kept) + sum(segments(m.content) for m in messages[omitted - 1 : omitted + 1])
            >= limit
        )


@given(st.integers(0, 400))
def test_no_answer_is_shown_without_its_call_and_a_call_weighs_what_it_says(limit: int):
    call = ToolCall("1", "look", '{"at": "' + "." * 40 + '"}')
    turn = [
        Message("assistant", "", True, tool_calls=(call, msgspec.structs.replace(call, id="2"))),
        Message("tool", "." * 10, tool_call_id="1"),
        Message("tool", "." * 10, tool_call_id="2"),
    ]
    messages = [Message("user", "start"), *turn, *turn, *turn]
    shown, omitted = trim(messages, limit)
    assert len(shown) == 1 or shown[1].role == "assistant"
    assert omitted in (0, 3, 6, 9)
    assert omitted == 9 or limit > sum(segments(message.said) for message in messages[1 + omitted :])
