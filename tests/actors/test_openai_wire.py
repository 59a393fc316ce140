"""The request as it is sent, and answers as servers send them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from actors.llm import Sampling
from actors.openai_wire import GarbledAnswer, RequestWriter, read_reply
from environments.contract import Message


def written(sampling: Sampling, extra: dict[str, Any] | None = None, attempt: int = 0, text: str = "hi") -> dict[str, Any]:
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
    assert written(Sampling(), text=text)["messages"][0]["content"] == text.encode("utf-8", "replace").decode()


def test_a_vllm_answer_keeps_token_ids_and_logprobs() -> None:
    answer = {
        "choices": [
            {
                "message": {"role": "assistant", "content": "ab", "tool_calls": []},
                "finish_reason": "length",
                "logprobs": {"content": [{"token": "a", "logprob": -0.5, "bytes": [97]}, {"token": "b", "logprob": -1.5}]},
                "token_ids": [5, 6],
            }
        ],
        "usage": {"prompt_tokens": 10, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 8}},
    }
    reply = read_reply(json.dumps(answer).encode())
    assert (reply.text, reply.finish_reason, reply.token_ids, reply.logprobs) == ("ab", "length", [5, 6], [-0.5, -1.5])
    assert (reply.usage.prompt_tokens, reply.usage.cached_tokens, reply.usage.completion_tokens) == (10, 8, 2)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b"null", b"[]", b"{}", b'{"choices": []}', b'{"choices": [{}]}', b'{"choices": [{"message": {"content": 5}}]}'],
)
def test_garbage_is_called_garbage(body: bytes) -> None:
    with pytest.raises(GarbledAnswer):
        read_reply(body)


def test_an_answer_without_content_or_usage_is_an_empty_reply() -> None:
    reply = read_reply(b'{"choices": [{"message": {"content": null}, "finish_reason": null}], "usage": null}')
    assert (reply.text, reply.finish_reason, reply.usage.prompt_tokens) == ("", "stop", 0)
