"""What of a message a reader of text alone sees, and what two messages are compared by."""

from __future__ import annotations

from environments.message import ImagePart, Message, TextPart, ToolCall


def test_a_message_is_plain_where_text_is_all_that_was_said_or_done() -> None:
    assert Message("assistant", "Say: 1", True, reasoning="I count.").plain
    assert not Message("assistant", "", True, tool_calls=(ToolCall("1", "say", "{}"),)).plain
    assert not Message("tool", "I heard 1.", tool_call_id="1").plain
    assert not Message("user", "See.", parts=(TextPart("See."), ImagePart("data:,"))).plain


def test_equal_calls_are_equal_whatever_their_ids_and_thoughts() -> None:
    one, two = (
        Message("assistant", "", True, thought, (ToolCall(number, "say", '{"n": 1}'),))
        for number, thought in (("1", "a"), ("2", "b"))
    )
    assert one.said == two.said == '\nsay({"n": 1})'
    assert Message("assistant", "say").said == "say"
