"""Answers as servers have been seen to send them, and as no server should."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.llms.llm import Reply
from actors.llms.openai_api.answer import GarbledAnswer, RefusedAnswer, read_reply
from actors.llms.openai_api.errors import Meaning, status_of, verdict
from actors.records.trajectory import Usage
from environments.message import ToolCall

GOOD = "Thought: done.\n\nAct: finish"
PAID = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}


def answer(
    content: Any = GOOD, finish: Any = "stop", usage: Any = PAID, choice: dict[str, Any] | None = None, **top: Any
) -> bytes:
    choices = [
        {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": finish, **(choice or {})}
    ]
    return json.dumps({"choices": choices, "usage": usage, **top}).encode()


def test_a_vllm_answer_keeps_token_ids_and_logprobs() -> None:
    answer = {
        "choices": [
            {
                "message": {"role": "assistant", "content": "ab", "tool_calls": []},
                "finish_reason": "length",
                "logprobs": {
                    "content": [{"token": "a", "logprob": -0.5, "bytes": [97]}, {"token": "b", "logprob": -1.5}]
                },
                "token_ids": [5, 6],
            }
        ],
        "usage": {"prompt_tokens": 10, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 8}},
    }
    reply = read_reply(json.dumps(answer).encode())
    assert (reply.text, reply.finish_reason, reply.token_ids, reply.logprobs) == ("ab", "length", [5, 6], [-0.5, -1.5])
    assert (reply.usage.prompt_tokens, reply.usage.cached_tokens, reply.usage.completion_tokens) == (10, 8, 2)


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
def test_what_was_thought_is_kept_apart_from_the_reply(name: str) -> None:
    message = {"role": "assistant", "content": GOOD, name: "the machine is fine"}
    reply = read_reply(answer(choice={"message": message}))
    assert (reply.text, reply.reasoning) == (GOOD, "the machine is fine")
    pieces: list[dict[str, Any]] = [{"delta": {name: "the machine"}}, {"delta": {name: " is fine"}}]
    pieces.append({"delta": {"content": GOOD}, "finish_reason": "stop"})
    stream = "".join(f"data: {json.dumps({'choices': [piece]})}\n\n" for piece in pieces)
    assert read_reply(stream.encode()) == Reply(GOOD, reasoning="the machine is fine")


def called(*calls: Any, **fields: Any) -> tuple[ToolCall, ...]:
    message = {"role": "assistant", "content": None, "tool_calls": list(calls), **fields}
    return read_reply(answer(choice={"message": message, "finish_reason": "tool_calls"})).tool_calls


def test_tool_calls_are_read_in_their_order_each_with_an_id_of_its_own() -> None:
    look = {"id": "a", "type": "function", "function": {"name": "look", "arguments": '{"at": 1}'}}
    assert called(look, {**look, "id": None}, look, {**look, "id": "call-1"}) == tuple(
        ToolCall(number, "look", '{"at": 1}') for number in ("a", "call-1", "call-2", "call-3")
    )


def test_calls_of_other_shapes_are_read_as_what_they_mean() -> None:
    assert called({"function": {"name": "look", "arguments": {"at": "x"}}}) == (
        ToolCall("call-0", "look", '{"at": "x"}'),
    )
    assert called({"function": None}, "no call") == (ToolCall("call-0", "", ""), ToolCall("call-1", "", ""))
    legacy = {"name": "look", "arguments": "{}"}
    assert called(tool_calls=None, function_call=legacy) == (ToolCall("call-0", "look", "{}"),)


def test_a_stream_puts_the_pieces_of_its_calls_together() -> None:
    pieces = [
        [{"index": 0, "id": "a", "function": {"name": "look", "arguments": ""}}],
        [{"index": 0, "function": {"arguments": '{"at"'}}, {"index": 1, "id": "b", "function": {"name": "go"}}],
        [{"index": 0, "function": {"arguments": ": 1}"}}],
    ]
    events = [{"choices": [{"delta": {"tool_calls": piece}}]} for piece in pieces]
    events.append({"choices": [{"delta": {}, "finish_reason": "tool_calls"}]})
    stream = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
    assert read_reply(stream.encode()).tool_calls == (ToolCall("a", "look", '{"at": 1}'), ToolCall("b", "go", ""))


THOUGHT = {"type": "thinking", "thinking": [{"type": "text", "text": "the machine is fine"}]}
TOLD = {
    "parts": answer([THOUGHT, {"type": "text", "text": GOOD}]),
    "one part": answer({"type": "output_text", "text": GOOD}),
    "several parts": answer([{"text": "Thought: done."}, "\n\n", {"type": "text", "text": "Act: finish"}]),
    "byte order mark": b"\xef\xbb\xbf" + answer(),
    "blank lines before": b"\n\n  \n" + answer(),
    "counts as floats": answer(usage={"prompt_tokens": 11.0, "completion_tokens": 6.5}),
    "odd details": answer(usage={**PAID, "prompt_tokens_details": []}),
    "odd finish": answer(finish=1),
    "no log-probabilities": answer(choice={"logprobs": []}),
    "a null among them": answer(choice={"logprobs": {"content": [{"token": "a", "logprob": None}]}}),
    "NaN": answer(choice={"score": float("nan"), "logprobs": {"content": [{"logprob": float("nan")}]}}),
    "raw control characters": answer().replace(b"\\n", b"\n"),
    "a list of one": b"[" + answer() + b"]",
    "a null error": answer(error=None),
    "odd token ids": answer(choice={"token_ids": ["a"]}),
}


@pytest.mark.parametrize("body", TOLD.values(), ids=TOLD)
def test_what_hangs_on_nothing_is_read_tolerantly(body: bytes) -> None:
    assert read_reply(body) == Reply(GOOD, "stop", Usage(11, 0, 7))


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        (b"caf\\ud83d done", "caf\ufffd done"),
        (b"\\ud83d\\ude00", "\U0001f600"),
        (b"S\xe4y", "S\ufffdy"),
    ],
)
def test_half_a_character_becomes_a_replacement_and_can_be_recorded(sent: bytes, text: str) -> None:
    reply = read_reply(answer("@").replace(b"@", sent))
    assert reply.text == text
    assert msgspec.json.decode(msgspec.json.encode(reply), type=Reply) == reply


@pytest.mark.parametrize(
    ("usage", "read"),
    [
        (PAID, Usage(11, 0, 7)),
        ({**PAID, "prompt_tokens_details": {"cached_tokens": 8}}, Usage(11, 8, 7)),
        ({**PAID, "prompt_cache_hit_tokens": 800}, Usage(11, 11, 7)),  # no more than there were
        ({"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 100}, Usage(11, 0, 89)),  # thoughts
        ({"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 10**15}, Usage(11, 0, 7)),
        ({"prompt_tokens": -10, "completion_tokens": 7}, Usage()),
        ({"prompt_tokens": 11, "completion_tokens": -5}, Usage()),
        ({"prompt_tokens": 10**30, "completion_tokens": 7}, Usage()),
        ({"prompt_tokens": True, "completion_tokens": "7"}, Usage()),
        ({"prompt_tokens": float("inf"), "completion_tokens": float("nan")}, Usage()),
        ({}, Usage()),
        ([], Usage()),
        (None, Usage()),
    ],
)
def test_a_usage_that_cannot_be_is_not_believed(usage: Any, read: Usage) -> None:
    assert read_reply(answer(usage=usage)).usage == read


def events(*chunks: dict[str, Any], done: bool = True) -> bytes:
    lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
    return "".join([": keep-alive\n\n", *lines, "data: [DONE]\n\n" if done else ""]).encode()


def piece(content: Any, finish: str | None = None, **more: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": content}, "finish_reason": finish, **more}]}


def test_a_stream_is_read_as_the_answer_that_it_amounts_to() -> None:
    scores = [
        {"logprobs": {"content": [{"logprob": -0.5}]}, "token_ids": [5]},
        {"logprobs": {"content": [{"logprob": -1}]}, "token_ids": [6]},
    ]
    other = {"choices": [{"index": 1, "delta": {"content": "another choice"}}]}
    chunks = (
        piece("\ud83d", **scores[0]),
        other,
        piece("\ude00", **scores[1]),
        piece(None, "stop"),
        {"choices": [], "usage": PAID},
    )
    for body in (events(*chunks), events(*chunks).replace(b"\n", b"\r\n"), events(*chunks, done=False)):
        assert read_reply(body) == Reply("\U0001f600", "stop", Usage(11, 0, 7), [5, 6], [-0.5, -1.0])


def test_a_stream_of_parts_keeps_thoughts_out_and_one_that_was_cut_is_no_answer() -> None:
    parts = (piece([THOUGHT]), piece([{"type": "text", "text": "Act: "}]), piece("finish", "length"))
    assert read_reply(events(*parts)).text == "Act: finish"
    with pytest.raises(GarbledAnswer, match="ended before"):
        read_reply(events(piece("Act: fin"), done=False))
    with pytest.raises(GarbledAnswer, match="no JSON"):
        read_reply(b'data: {"choices": [{"delta"\n\ndata: [DONE]\n\n')
    with pytest.raises(RefusedAnswer):
        read_reply(events(piece("Act: fin"), {"error": {"code": 502, "message": "gone"}}, done=False))


ERRORS = [
    (
        {"error": {"message": "Upstream is overloaded", "code": 502}, "user_id": "u"},
        Meaning.RETRY,
        "HTTP 502: Upstream is overloaded",
    ),
    ({"error": {"message": "Rate limit exceeded", "code": 429}}, Meaning.RATE, "HTTP 429: Rate limit exceeded"),
    (
        {"choices": None, "error": {"message": "returned nothing", "code": 500}},
        Meaning.RETRY,
        "HTTP 500: returned nothing",
    ),
    (
        {"error": {"message": "model overloaded", "type": "server_error"}},
        Meaning.RETRY,
        "HTTP 500 server_error: model overloaded",
    ),
    (
        {"error": {"message": "slow down", "type": "rate_limit_error"}},
        Meaning.RATE,
        "HTTP 429 rate_limit_error: slow down",
    ),
    ({"error": {"message": "prompt is too long: 9 > 8"}}, Meaning.OVERFLOW, "HTTP 400: prompt is too long: 9 > 8"),
    ({"error": {"message": "bad key", "code": "invalid_api_key"}}, Meaning.KEY, "HTTP 401 invalid_api_key: bad key"),
    ({"error": "busy"}, Meaning.RETRY, "HTTP 500: busy"),
    ({"object": "error", "message": "no such luck", "code": 503}, Meaning.RETRY, "HTTP 503: no such luck"),
]


@pytest.mark.parametrize(("body", "meaning", "reason"), ERRORS)
def test_an_error_inside_an_answer_is_the_providers_with_its_message_and_costs_nothing(
    body: Any, meaning: Meaning, reason: str
) -> None:
    with pytest.raises(RefusedAnswer) as caught:
        read_reply(json.dumps(body).encode())
    assert verdict(status_of(caught.value.body), {}, caught.value.body) == (meaning, reason, None)
    assert caught.value.usage == Usage()


@pytest.mark.parametrize("finish", ["error", "abort"])
@pytest.mark.parametrize(("completion", "charged"), [(0, Usage()), (3, Usage(11, 0, 3))])
def test_a_choice_that_ended_in_an_error_is_no_reply_of_the_agents(
    finish: str, completion: int, charged: Usage
) -> None:
    usage = {"prompt_tokens": 11, "completion_tokens": completion}
    with pytest.raises(RefusedAnswer) as caught:
        read_reply(answer("Thought: I will", finish, usage))
    assert verdict(status_of(caught.value.body), {}, caught.value.body).meaning is Meaning.RETRY
    assert caught.value.usage == charged


@pytest.mark.parametrize(
    "usage",
    [{"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}, {"prompt_tokens": 11, "completion_tokens": 0}],
)
def test_where_nothing_was_generated_there_is_no_reply(usage: dict[str, int]) -> None:
    with pytest.raises(GarbledAnswer, match="nothing was generated") as caught:
        read_reply(answer("", "stop", usage))
    assert caught.value.usage == Usage(usage["prompt_tokens"])
    with pytest.raises(GarbledAnswer, match="nothing was generated"):
        read_reply(answer(None, None, None))


@pytest.mark.parametrize(
    "body",
    [
        answer("", "stop"),  # it said nothing, which is its own doing
        answer(None, "length", {"prompt_tokens": 11, "completion_tokens": 0, "total_tokens": 60}),  # all thoughts
        answer("", "stop", None),
        answer("", "content_filter", {"prompt_tokens": 11, "completion_tokens": 0}),
        answer(None, "tool_calls", choice={"message": {"content": None, "tool_calls": [{"id": "1"}]}}),
    ],
)
def test_an_empty_reply_of_the_agents_stays_one(body: bytes) -> None:
    assert read_reply(body).text == ""


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b"null", b"[]", b"{}", b"data", b'{"choices": []}', b'{"choices": [{}]}',
     answer(5), answer()[:-30], answer() * 2,
     b'{"choices":' + b"[" * 100_000],
)  # fmt: skip
def test_garbage_is_called_garbage(body: bytes) -> None:
    with pytest.raises(GarbledAnswer):
        read_reply(body)


def test_a_web_page_is_no_answer_and_costs_nothing() -> None:
    with pytest.raises(GarbledAnswer, match="a web page") as caught:
        read_reply(b"<html><head><title>Sign in</title></head></html>")
    assert caught.value.usage == Usage()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FIELDS = [
    "choices",
    "usage",
    "error",
    "message",
    "content",
    "delta",
    "logprobs",
    "logprob",
    "token_ids",
    "finish_reason",
    "prompt_tokens",
]


@settings(max_examples=50)
@given(
    st.recursive(
        VALUES,
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=5),
        max_leaves=15,
    ),
    st.booleans(),
)
def test_any_answer_is_a_reply_that_can_be_recorded_or_one_of_two_errors(value: Any, streamed: bool) -> None:
    text = json.dumps(value)
    body = f"data: {text}\n\ndata: [DONE]\n\n" if streamed else text
    try:
        reply = read_reply(body.encode())
    except (GarbledAnswer, RefusedAnswer):
        return
    assert msgspec.json.decode(msgspec.json.encode(reply), type=Reply) == reply
