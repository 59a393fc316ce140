"""The client against the practice provider: every fault, with counts of calls."""

from __future__ import annotations

import asyncio
import time

import msgspec
import pytest
from pydantic import ValidationError

from actors.llms.llm import ContextOverflow, ProviderFault, Sampling
from actors.llms.openai_api.limiter import LocalLimiter
from actors.llms.openai_api.limits import RateLimits
from actors.llms.openai_api.openai_llm import OpenAILLM
from actors.llms.openai_api.settings import OpenAISettings
from actors.llms.practice_provider import Practice, PracticeProvider
from actors.program.user_error import UserError
from environments.message import Message
from tests.actors.llms.openai_api.practised import EPISODE, QUESTION, key_names, keys, playing


async def test_reply_carries_text_and_usage() -> None:
    async with playing(Practice(replies=("first", "second"))) as (llm, provider):
        reply = await llm.reply(QUESTION, EPISODE)
        assert (reply.text, reply.finish_reason) == ("first", "stop")
        assert reply.usage.prompt_tokens > 0
        assert reply.usage.completion_tokens == 32
        assert reply.usage.cost is None
        again = await llm.reply([*QUESTION, Message("assistant", "first", loss=True)], EPISODE)
        assert again.text == "second"
        sent = msgspec.json.decode(provider.bodies[-1])
        assert sent["messages"][-1] == {"role": "assistant", "content": "first"}
        assert sent["temperature"] == 0.0


@pytest.mark.parametrize("fault", ["429", "429-after", "500", "503", "cut", "garbage", "empty", "slow"])
async def test_a_passing_fault_costs_one_more_call_and_no_reply(fault: str) -> None:
    practice = Practice(script=(fault,), retry_after="0.05", slow_s=2.0)
    async with playing(practice, request_timeout_s=0.3) as (llm, provider):
        assert (await llm.reply(QUESTION, EPISODE)).text
        assert provider.counts["calls"] == 2
        assert provider.counts[f"fault_{fault}"] == 1
        assert provider.counts["accepted"] == 1


async def test_a_system_prompt_goes_before_conversations_that_have_none() -> None:
    async with playing(Practice(), system_prompt="As trained.") as (llm, provider):
        for asked, sent in ((QUESTION[1:], "As trained."), (QUESTION, "You act.")):
            await llm.reply(asked, EPISODE)
            messages = msgspec.json.decode(provider.bodies[-1])["messages"]
            assert messages == [{"role": "system", "content": sent}, {"role": "user", "content": "What now?"}]
        assert llm.settings.identity()["system_prompt"] == "As trained."
    async with playing(Practice()) as (llm, _):
        assert "system_prompt" not in llm.settings.identity()


async def test_many_faults_lose_no_reply() -> None:
    shares = {"429": 0.1, "429-after": 0.05, "500": 0.1, "503": 0.05, "cut": 0.05, "garbage": 0.05, "empty": 0.05}
    async with playing(Practice(faults=shares, retry_after="0.02", seed=5), max_retries=20) as (llm, provider):
        replies = await asyncio.gather(*(llm.reply(QUESTION, EPISODE) for _ in range(200)))
        assert all(reply.text for reply in replies)
        faults = sum(count for name, count in provider.counts.items() if name.startswith("fault_"))
        assert faults > 50
        assert provider.counts["calls"] == 200 + faults
        assert provider.counts["accepted"] == 200


@pytest.mark.parametrize("fault", ["429", "500", "cut", "garbage", "empty"])
async def test_retries_end(fault: str) -> None:
    async with playing(Practice(faults={fault: 1.0}), max_retries=3) as (llm, provider):
        with pytest.raises(ProviderFault, match="in 4 calls") as caught:
            await llm.reply(QUESTION, EPISODE)
        assert provider.counts["calls"] == 4
        assert "\n" not in str(caught.value)


async def test_the_deadline_ends_retries_too() -> None:
    async with playing(Practice(faults={"500": 1.0}), max_retries=1000, deadline_s=0.3, backoff_s=0.05) as (llm, _):
        began = time.monotonic()
        with pytest.raises(ProviderFault):
            await llm.reply(QUESTION, EPISODE)
        assert time.monotonic() - began < 2


async def test_retry_after_is_honoured() -> None:
    async with playing(Practice(script=("429-after",), retry_after="0.5")) as (llm, _):
        began = time.monotonic()
        reply = await llm.reply(QUESTION, EPISODE)
        assert time.monotonic() - began >= 0.5
        assert reply.limit_s >= 0.4


async def test_retry_after_beyond_the_deadline_is_a_fault_at_once() -> None:
    async with playing(Practice(script=("429-after",), retry_after="3600")) as (llm, provider):
        with pytest.raises(ProviderFault, match="must rest"):
            await llm.reply(QUESTION, EPISODE)
        assert provider.counts["calls"] == 1


async def test_a_resting_key_does_not_stop_the_others() -> None:
    practice = Practice(keys=keys(2), script=("429-after",), retry_after="30")
    async with playing(practice, api_key_env=key_names(2)) as (llm, provider):
        async with asyncio.timeout(5):
            for _ in range(6):
                await llm.reply(QUESTION, EPISODE)
        assert provider.counts["calls"] == 7
        assert len(provider.by_key) == 1


async def test_context_overflow_is_told_apart_and_not_repeated() -> None:
    async with playing(Practice(script=("overflow",))) as (llm, provider):
        with pytest.raises(ContextOverflow):
            await llm.reply(QUESTION, EPISODE)
        assert provider.counts["calls"] == 1


async def test_content_filter_is_a_reply() -> None:
    async with playing(Practice(script=("filter",))) as (llm, _):
        assert (await llm.reply(QUESTION, EPISODE)).finish_reason == "content_filter"


async def test_an_unknown_model_names_those_there_are() -> None:
    with pytest.raises(UserError, match=r"unknown model 'practise'.*practice"):
        async with playing(Practice(), model="practise"):
            pass


async def test_an_unreachable_server_ends_in_one_line_at_start() -> None:
    async with PracticeProvider(Practice()) as provider:
        address = provider.base_url
    llm = OpenAILLM(OpenAISettings(model="m", base_url=address, api_key_env=(), prices=None))
    with pytest.raises(UserError, match="no answer from"):
        await llm.start()


async def test_limits_on_four_keys_hold_in_a_real_run() -> None:
    """Windows of 3 s, with room for a busy machine; what share is used is for the benchmark and the simulation to
    show.
    """
    limits = RateLimits(keys=4, requests=90, window_s=3.0, guard_s=0.6)
    practice = Practice(keys=keys(4), rpm=90, window_s=3.0, latency_s=0.02)
    async with playing(practice, LocalLimiter(limits), api_key_env=key_names(4)) as (llm, provider):
        began = time.monotonic()

        async def loop() -> None:
            while time.monotonic() - began < 5:
                await llm.reply(QUESTION, EPISODE)

        await asyncio.gather(*(loop() for _ in range(32)))
        assert provider.counts["refused_requests"] <= 0.02 * provider.counts["calls"]
        assert provider.counts["accepted"] >= 0.6 * 4 * 90 * 5 / 3
        assert max(provider.by_key.values()) - min(provider.by_key.values()) <= 10


async def test_a_cancelled_call_gives_its_place_back() -> None:
    limiter = LocalLimiter(RateLimits(requests=10, window_s=60))
    async with playing(Practice(latency_s=0.2), limiter) as (llm, provider):
        tasks = [asyncio.create_task(llm.reply(QUESTION, EPISODE)) for _ in range(50)]
        await asyncio.sleep(0.1)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        sent = provider.counts["calls"]
        assert sent <= 2
        async with asyncio.timeout(14):  # the next place, not the fifty-first
            await llm.reply(QUESTION, EPISODE)


def test_identity_is_what_matters_and_no_secret() -> None:
    one = OpenAISettings(model="m", base_url="http://a/v1")
    two = OpenAISettings(model="m", base_url="http://b/v1", api_key_env=("OTHER",), requests_per_minute=3)
    assert one.identity() == two.identity()
    assert one.identity() != OpenAISettings(model="m", sampling=Sampling(temperature=1)).identity()


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ValidationError, match="modle"):
        OpenAISettings(model="m", modle="x")  # type: ignore[call-arg]


@pytest.mark.parametrize("value", ["1e9", "inf"])
async def test_an_absurd_pause_does_not_stop_the_run(value: str) -> None:
    async with playing(Practice(script=("429-after",), retry_after=value)) as (llm, provider):
        async with asyncio.timeout(5):
            assert (await llm.reply(QUESTION, EPISODE)).text
        assert provider.counts["calls"] == 2
