"""What each call costs: answered, cut off, cancelled or without a reply; and where the budget ends."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from actors.llms.llm import BudgetExhausted, ProviderFault
from actors.llms.openai_api.limiter import LocalLimiter
from actors.llms.openai_api.limits import RateLimits
from actors.llms.openai_api.settings import OpenAISettings
from actors.llms.practice_provider import Answer, Practice
from actors.program.user_error import UserError
from tests.actors.llms.openai_api.practised import EPISODE, PARTS, PRICES, QUESTION, playing


async def test_the_budget_stops_calls_with_an_overshoot_of_those_in_flight(tmp_path: Path) -> None:
    (tmp_path / "prices.yaml").write_text(PRICES)
    limiter = LocalLimiter(RateLimits(), budget=20.0)
    practice = Practice(latency_s=0.01)
    async with playing(practice, limiter, prices=str(tmp_path / "prices.yaml")) as (llm, provider):

        async def loop() -> float:
            cost = 0.0
            try:
                while True:
                    cost += (await llm.reply(QUESTION, EPISODE)).usage.cost or 0.0
            except BudgetExhausted:
                return cost

        costs = await asyncio.gather(*(loop() for _ in range(8)))
        spent, per_call = sum(costs), sum(costs) / provider.counts["accepted"]
        assert 20.0 <= spent <= 20.0 + 8 * per_call
        assert await limiter.spent() == pytest.approx(spent)


def test_a_budget_without_a_price_names_file_and_model(tmp_path: Path) -> None:
    (tmp_path / "prices.yaml").write_text(PRICES)
    settings = OpenAISettings(model="practise", prices=str(tmp_path / "prices.yaml"))
    assert settings.price(budgeted=False) is None
    with pytest.raises(UserError, match=r"prices.yaml' has no model 'practise'.*nearest: 'practice'"):
        settings.price(budgeted=True)
    (tmp_path / "prices.yaml").write_text("models:\n  practice: {input: cheap}\n")
    with pytest.raises(UserError, match=r"prices.yaml': 'models.practice.input'"):
        settings.price(budgeted=True)


EMPTY = {"choices": [], "usage": {"prompt_tokens": 100, "completion_tokens": 0}}
NOTHING = {
    "choices": [{"message": {"content": ""}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 0, "completion_tokens": 0},
}
OVERLOADED = {"error": {"message": "Upstream is overloaded, come back later", "code": 502}}
TOO_FAST = {"error": {"message": "Rate limit exceeded", "code": 429}}


async def test_a_tolerable_answer_costs_one_call(tmp_path: Path) -> None:
    (tmp_path / "prices.yaml").write_text(PRICES)
    async with playing(Practice(answer=lambda _: Answer(body=PARTS)), prices=str(tmp_path / "prices.yaml")) as (
        llm,
        provider,
    ):
        reply = await llm.reply(QUESTION, EPISODE)
        assert (reply.text, reply.usage.cost) == ("Act: finish", pytest.approx(0.05))
        assert provider.counts["calls"] == 1


@pytest.mark.parametrize(
    ("body", "cost", "said"),
    [
        (OVERLOADED, 0.0, "HTTP 502: Upstream is overloaded, come back later"),
        (TOO_FAST, 0.0, "HTTP 429: Rate limit exceeded"),
        (NOTHING, 0.0, "nothing was generated"),
        (EMPTY, 1.0, "an answer without a message"),
        ("<html>Sign in</html>", 0.0, "a web page"),
    ],
)
async def test_an_answer_without_a_reply_is_tried_again_and_costs_what_it_says(
    tmp_path: Path, body: Any, cost: float, said: str
) -> None:
    (tmp_path / "prices.yaml").write_text(PRICES)
    limiter = LocalLimiter(RateLimits())
    wasted: list[float] = []
    episode = msgspec.structs.replace(EPISODE, wasted=wasted.append)
    practice = Practice(answer=lambda _: Answer(body=body))
    async with playing(practice, limiter, prices=str(tmp_path / "prices.yaml"), max_retries=2) as (llm, provider):
        with pytest.raises(ProviderFault, match=said):
            await llm.reply(QUESTION, episode)
        assert provider.counts["calls"] == 3
        assert await limiter.spent() == pytest.approx(3 * cost) == pytest.approx(sum(wasted))


async def test_a_call_that_was_cut_off_or_cancelled_is_accounted_for_and_one_that_reached_nobody_is_free(
    tmp_path: Path,
) -> None:
    (tmp_path / "prices.yaml").write_text(PRICES)
    limiter = LocalLimiter(RateLimits())
    wasted: list[float] = []
    episode = msgspec.structs.replace(EPISODE, wasted=wasted.append)
    arrived = asyncio.Event()
    practice = Practice(script=("cut",), answer=lambda _: arrived.set(), latency_s=5.0)
    async with playing(practice, limiter, prices=str(tmp_path / "prices.yaml"), max_retries=1) as (llm, provider):
        asked = asyncio.create_task(llm.reply(QUESTION, episode))
        await arrived.wait()
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        assert len(wasted) == 2
        assert await limiter.spent() == pytest.approx(sum(wasted))
        await provider.__aexit__()
        with pytest.raises(ProviderFault, match="Cannot connect"):
            await llm.reply(QUESTION, episode)
        assert len(wasted) == 2


async def test_usage_that_is_not_told_costs_by_estimate_in_the_record_too(tmp_path: Path) -> None:
    (tmp_path / "prices.yaml").write_text(PRICES)
    limiter = LocalLimiter(RateLimits())
    untold = {"choices": PARTS["choices"], "usage": {"prompt_tokens": -1, "completion_tokens": 10**30}}
    async with playing(
        Practice(answer=lambda _: Answer(body=untold)), limiter, prices=str(tmp_path / "prices.yaml")
    ) as (llm, _):
        cost = (await llm.reply(QUESTION, EPISODE)).usage.cost
        assert cost == pytest.approx(await limiter.spent())
        assert 10 < (cost or 0) < 20  # 512 tokens of reply and a few of prompt
