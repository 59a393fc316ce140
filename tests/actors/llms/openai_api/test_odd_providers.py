"""Providers that answer in ways of their own: without end, in streams alone, with no empty message."""

from __future__ import annotations

import gzip
import json
from typing import Any

import msgspec
import psutil
import pytest

from actors.llms.llm import ProviderFault
from actors.llms.practice_provider import Answer, Practice
from actors.program.user_error import UserError
from environments.message import Message
from tests.actors.llms.openai_api.practised import EPISODE, QUESTION, playing


@pytest.mark.parametrize("encoding", ["", "gzip"])
async def test_an_answer_without_end_is_cut_off(encoding: str) -> None:
    piece = b" " * 2**20
    body = gzip.compress(piece * 32, 1) if encoding else piece
    answer = Answer(
        body=body, times=1 if encoding else 10_000, headers={"Content-Encoding": encoding} if encoding else {}
    )
    async with playing(Practice(answer=lambda _: answer), max_retries=0) as (llm, _):
        before = psutil.Process().memory_info().rss
        with pytest.raises(ProviderFault, match="an answer of more than 18 MiB"):
            await llm.reply(QUESTION, EPISODE)
        assert psutil.Process().memory_info().rss - before < 100 * 2**20


def only_streams(request: dict[str, Any]) -> Answer:
    if not request.get("stream"):
        return Answer(
            400, {"error": {"message": "This model only supports stream mode, please enable the stream parameter"}}
        )
    pieces = [{"choices": [{"delta": {"content": text}}]} for text in ("Act: ", "finish")] + [
        {"choices": [{"delta": {}, "finish_reason": "stop"}]}
    ]
    return Answer(
        body="".join(f"data: {json.dumps(piece)}\n\n" for piece in pieces),
        headers={"Content-Type": "text/event-stream"},
    )


@pytest.mark.parametrize(("stream", "calls"), [(False, 5), (True, 4)])
async def test_a_model_that_only_streams_is_asked_for_streams(stream: bool, calls: int) -> None:
    async with playing(Practice(answer=only_streams), stream=stream) as (llm, provider):
        for _ in range(4):
            assert (await llm.reply(QUESTION, EPISODE)).text == "Act: finish"
        assert provider.counts["calls"] == calls


async def test_one_that_refuses_streams_as_well_ends_in_one_line() -> None:
    refusal = {"error": {"message": "enable_thinking must be set to false for non-streaming calls"}}
    async with playing(Practice(answer=lambda _: Answer(400, refusal))) as (llm, provider):
        with pytest.raises(UserError, match="mend the `llm` settings"):
            await llm.reply(QUESTION, EPISODE)
        assert provider.counts["calls"] == 2


def no_empty_message(request: dict[str, Any]) -> Answer | None:
    if all(message["content"].strip() for message in request["messages"]):
        return None
    return Answer(400, {"error": {"message": "messages.1: all messages must have non-empty content"}})


async def test_an_empty_message_that_is_refused_is_sent_as_something() -> None:
    async with playing(Practice(answer=no_empty_message)) as (llm, provider):
        for _ in range(2):
            assert (
                await llm.reply([*QUESTION, Message("assistant", "", loss=True), Message("user", "go on")], EPISODE)
            ).text
        assert provider.counts["calls"] == 3
        assert msgspec.json.decode(provider.bodies[-1])["messages"][2]["content"] == "(empty)"
