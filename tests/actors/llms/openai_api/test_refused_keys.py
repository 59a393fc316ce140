"""A key that is refused: for good or in passing, at the start or under way; and a key is never shown."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import msgspec
import pytest

from actors.llms.llm import ProviderFault
from actors.llms.openai_api.keys import NEW_DOUBTS
from actors.llms.openai_api.limiter import LocalLimiter
from actors.llms.openai_api.limits import RateLimits
from actors.llms.openai_api.openai_llm import OpenAILLM
from actors.llms.practice_provider import Answer, Practice
from actors.program.user_error import UserError
from environments.message import Message
from tests.actors.llms.openai_api.practised import EPISODE, PARTS, QUESTION, SECRET, key_names, keys, playing


@pytest.mark.parametrize("fault", ["401", "quota"])
async def test_a_key_refused_for_good_names_the_variable_not_the_key(fault: str) -> None:
    practice = Practice(keys=keys(1), script=(fault,) * (NEW_DOUBTS + 1))
    async with playing(practice, api_key_env=key_names(1), max_retries=0) as (llm, provider):
        with pytest.raises(UserError, match="PRACTICE_KEY_0") as caught:
            await llm.reply(QUESTION, EPISODE)
        assert SECRET not in str(caught.value)
        assert provider.counts["calls"] == NEW_DOUBTS + 1
        with pytest.raises(UserError):
            await llm.reply(QUESTION, EPISODE)
        assert provider.counts["calls"] == NEW_DOUBTS + 1


@pytest.mark.parametrize("refusal", ["401", Answer(403, {"error": {"message": "forbidden"}})])
async def test_one_refusal_of_the_first_call_of_a_new_process_takes_the_key_from_nobody(refusal: str | Answer) -> None:
    """A second or a replaced actor, before an allowance that all share."""
    shared = LocalLimiter(RateLimits())
    async with playing(Practice(keys=keys(1), script=("ok", refusal)), shared, api_key_env=key_names(1)) as (
        old,
        provider,
    ):
        await old.reply(QUESTION, EPISODE)
        new = OpenAILLM(old.settings, shared)
        await new.start()
        replies = [await llm.reply(QUESTION, EPISODE) for llm in (new, old)]
        await new.stop()
        assert [bool(reply.text) for reply in replies] == [True, True]
        assert provider.counts["calls"] == 4


async def test_an_ordinary_word_that_is_a_local_servers_made_up_key_is_said_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PRACTICE_KEY_0", "password123")
    choice = {"message": {"content": "Act: bash\n\necho password123 password1"}, "token_ids": [1, 2]}
    answer = Answer(body={"choices": [choice], "usage": PARTS["usage"]})
    async with playing(Practice(keys=("password123",), answer=lambda _: answer), api_key_env=key_names(1)) as (llm, _):
        reply = await llm.reply(QUESTION, EPISODE)
    assert (reply.text, reply.token_ids) == ("Act: bash\n\necho password123 password1", [1, 2])


async def test_with_several_keys_a_refused_one_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    practice = Practice(keys=(keys(4)[0], keys(4)[2], keys(4)[3]))
    async with playing(practice, api_key_env=key_names(4)) as (llm, provider):  # key 1 is unknown to the provider
        await asyncio.gather(*(llm.reply(QUESTION, EPISODE) for _ in range(30)))
        assert provider.counts["accepted"] == 30
        assert provider.counts["refused_key"] == 0
        assert "PRACTICE_KEY_1" in caplog.text
        assert SECRET not in caplog.text


async def test_a_wrong_key_ends_in_one_line_at_start() -> None:
    with pytest.raises(UserError, match="PRACTICE_KEY_0") as caught:
        async with playing(Practice(keys=("another",)), api_key_env=key_names(1)):
            pass
    assert SECRET not in str(caught.value)


async def test_a_missing_key_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PRACTICE_KEY_0")
    with pytest.raises(UserError, match="PRACTICE_KEY_0 is not set"):
        async with playing(Practice(), api_key_env=key_names(1)):
            pass


QUOTA = {
    "error": {"code": 429, "message": "You exceeded your current quota, please check your plan. Please retry in 0.3s."}
}
PASSING = {
    "401": "401",
    "403 page": Answer(403, "<html>Just a moment...</html>"),
    "403": Answer(403, {"error": {"message": "forbidden"}}),
    "quota of the minute": Answer(429, [QUOTA]),
    "model": Answer(404, {"error": {"code": "model_not_found", "message": "The model does not exist"}}),
}


@pytest.mark.parametrize("refusal", PASSING.values(), ids=PASSING)
async def test_one_refusal_among_good_calls_costs_one_more_call(refusal: str | Answer) -> None:
    async with playing(Practice(keys=keys(1), script=("ok", refusal)), api_key_env=key_names(1)) as (llm, provider):
        for _ in range(4):
            assert (await llm.reply(QUESTION, EPISODE)).text
        assert provider.counts["calls"] == 5


async def test_a_quota_of_the_minute_is_waited_for() -> None:
    async with playing(Practice(script=(Answer(429, [QUOTA]),))) as (llm, _):
        began = time.monotonic()
        assert (await llm.reply(QUESTION, EPISODE)).limit_s >= 0.2
        assert time.monotonic() - began >= 0.3


@pytest.mark.parametrize(
    "refusal",
    [
        Answer(403, {"error": {"message": "forbidden"}}),
        Answer(403, {"error": {"message": "Your input was flagged"}}),
        Answer(400, {"error": {"code": "invalid_type", "message": "Invalid type for messages[2]"}}),
        Answer(404, {"error": {"code": "model_not_found", "message": "The model does not exist"}}),
    ],
)
async def test_one_refused_input_ends_its_own_episode_only(refusal: Answer) -> None:
    def answer(request: dict[str, Any]) -> Answer | None:
        return refusal if "evil" in request["messages"][-1]["content"] else None

    practice = Practice(keys=keys(1), answer=answer)
    async with playing(practice, api_key_env=key_names(1), max_retries=8, backoff_s=0.001, backoff_limit_s=0.01) as (
        llm,
        _,
    ):
        await llm.reply(QUESTION, EPISODE)
        for _ in range(4):
            with pytest.raises(ProviderFault):
                await llm.reply([Message("user", "evil")], EPISODE)
        assert (await llm.reply(QUESTION, EPISODE)).text


async def test_a_key_that_is_revoked_under_way_ends_the_run_when_episode_after_episode_is_refused() -> None:
    practice = Practice(keys=keys(1), script=("ok", *("401",) * 100))
    async with playing(practice, api_key_env=key_names(1), backoff_limit_s=0.02) as (llm, _):
        await llm.reply(QUESTION, EPISODE)
        episodes = [msgspec.structs.replace(EPISODE, id=str(number)) for number in range(3)]
        outcomes = await asyncio.gather(*(llm.reply(QUESTION, episode) for episode in episodes), return_exceptions=True)
        with pytest.raises(UserError, match="PRACTICE_KEY_0: HTTP 401"):
            raise next(outcome for outcome in outcomes if isinstance(outcome, UserError))


@pytest.mark.parametrize("status", [400, 401, 403, 429, 500, 200])
async def test_a_key_that_is_echoed_is_shown_nowhere(status: int, caplog: pytest.LogCaptureFixture) -> None:
    key = keys(1)[0]
    echo = Answer(
        status, {"error": {"message": "x" * 250 + f" bad credential: {key}", "code": 500 if status == 200 else key}}
    )
    async with playing(Practice(keys=keys(1), answer=lambda _: echo), api_key_env=key_names(1), max_retries=0) as (
        llm,
        _,
    ):
        with pytest.raises((ProviderFault, UserError)) as caught:
            await llm.reply(QUESTION, EPISODE)
    assert SECRET[3:12] not in str(caught.value) + caplog.text


async def test_a_key_in_a_reply_is_hidden() -> None:
    choice = {"message": {"content": f"Think: Bearer {keys(1)[0]}"}, "token_ids": [1, 2]}
    answer = Answer(body={"choices": [choice], "usage": PARTS["usage"]})
    async with playing(Practice(keys=keys(1), answer=lambda _: answer), api_key_env=key_names(1)) as (llm, _):
        reply = await llm.reply(QUESTION, EPISODE)
    assert (reply.text, reply.token_ids) == ("Think: Bearer …", None)
