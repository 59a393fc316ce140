"""The request as it is sent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from actors.llms.llm import Sampling
from actors.llms.openai_api.wire import RequestWriter
from environments.message import Message


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
