"""The request as it is sent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.llms.llm import Sampling
from actors.llms.openai_api.wire import RequestWriter
from environments.message import ImagePart, Message, TextPart, Tool, ToolCall


def written(
    sampling: Sampling, extra: dict[str, Any] | None = None, attempt: int = 0, text: str = "hi"
) -> dict[str, Any]:
    body = RequestWriter("m", sampling, "max_tokens", extra or {}).body([Message("user", text, loss=False)], attempt)
    request: dict[str, Any] = json.loads(body)
    return request


def test_the_request_has_what_was_asked_and_no_more() -> None:
    message = {"role": "user", "content": "hi"}
    assert written(Sampling()) == {"model": "m", "messages": [message], "temperature": 0.0, "max_tokens": 512}
    full = written(Sampling(temperature=0.5, top_p=0.9, stop=("\n",), seed=7, max_tokens=9), {"top_k": 3}, attempt=2)
    assert full == {
        "model": "m",
        "messages": [message],
        "temperature": 0.5,
        "top_p": 0.9,
        "stop": ["\n"],
        "seed": 9,
        "max_tokens": 9,
        "top_k": 3,
    }


def test_extra_body_wins_and_a_null_leaves_a_field_out() -> None:
    assert "temperature" not in written(Sampling(), {"temperature": None})
    assert set(written(Sampling(), {"temperature": None, "max_tokens": None})) == {"model", "messages"}
    assert written(Sampling(seed=1), {"seed": 5})["seed"] == 5


@pytest.mark.parametrize("text", ["", "NUL \x00", "ünï ☃ 🐍", 'quote " and \\', "lone \ud800 surrogate"])
def test_any_text_can_be_sent(text: str) -> None:
    assert written(Sampling(), text=text)["messages"][0]["content"] == text.replace("\ud800", "\ufffd")


def test_a_stream_is_asked_for_with_its_usage() -> None:
    body = RequestWriter("m", Sampling(), "max_tokens", {}, stream=True).body([Message("user", "hi")], 0)
    request = json.loads(body)
    assert (request["stream"], request["stream_options"]) == (True, {"include_usage": True})


def test_empty_messages_are_filled_only_when_asked() -> None:
    writer = RequestWriter("m", Sampling(), "max_tokens", {})
    conversation = [Message("user", "hi"), Message("assistant", " \n"), Message("user", "go on")]
    for fill, sent in ((False, ["hi", " \n", "go on"]), (True, ["hi", "(empty)", "go on"])):
        assert [message["content"] for message in json.loads(writer.body(conversation, 0, fill))["messages"]] == sent


CALL = ToolCall("call-1", "look", '{"at": "x"}')
TOOL = Tool("look", "Look at it.", {"type": "object", "properties": {"at": {"type": "string"}}})


def test_tools_calls_and_their_answers_are_sent_as_the_api_has_them() -> None:
    conversation = [
        Message("user", "hi"),
        Message("assistant", "", True, "I had better look.", (CALL,)),
        Message("tool", "a wall", tool_call_id="call-1"),
    ]
    request = json.loads(RequestWriter("m", Sampling(), "max_tokens", {}).body(conversation, 0, tools=[TOOL]))
    function = {"name": "look", "description": "Look at it.", "parameters": TOOL.parameters}
    assert request["tools"] == [{"type": "function", "function": function}]
    called = {"id": "call-1", "type": "function", "function": {"name": "look", "arguments": '{"at": "x"}'}}
    assert request["messages"] == [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "", "tool_calls": [called]},
        {"role": "tool", "content": "a wall", "tool_call_id": "call-1"},
    ]
    assert "tools" not in json.loads(RequestWriter("m", Sampling(), "max_tokens", {}).body(conversation, 0))


@given(st.text() | st.text(alphabet='{}[]":,\\\ud800 1n'))
def test_whatever_a_model_wrote_as_arguments_goes_back_as_a_json_object(arguments: str) -> None:
    call = ToolCall("call-1", "look", arguments)
    body = RequestWriter("m", Sampling(), "max_tokens", {}).body([Message("assistant", "", True, "", (call,))], 0)
    sent = json.loads(body)["messages"][0]["tool_calls"][0]["function"]["arguments"]
    assert isinstance(json.loads(sent or "{}"), dict)


def test_an_image_is_sent_as_a_part_and_a_call_without_text_is_not_filled() -> None:
    parts = (TextPart("See."), ImagePart("data:image/png;base64,AA=="))
    conversation = [Message("user", "See.", parts=parts), Message("assistant", "", True, "", (CALL,))]
    sent = json.loads(RequestWriter("m", Sampling(), "max_tokens", {}).body(conversation, 0, fill_empty=True))
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
    assert sent["messages"][0]["content"] == [{"type": "text", "text": "See."}, image]
    assert sent["messages"][1]["content"] == ""
