"""The client against the practice provider: every fault, with counts of calls."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest
from pydantic import ValidationError

from actors.llms.llm import BudgetExhausted, ContextOverflow, Episode, ProviderFault, Sampling
from actors.llms.openai_api.keys import NEW_DOUBTS
from actors.llms.openai_api.limiter import LocalLimiter
from actors.llms.openai_api.limits import RateLimits
from actors.llms.openai_api.openai_llm import OpenAILLM
from actors.llms.openai_api.settings import OpenAISettings
from actors.llms.practice_provider import Answer, Practice, PracticeProvider
from actors.program.user_error import UserError
from environments.contract import Message, Task

EPISODE = Episode("e", Task("t", "operating_system", "dev", "test", {}))
QUESTION = [Message("system", "You act."), Message("user", "What now?")]
SECRET = "sk-practice-0123456789abcdef"


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        monkeypatch.setenv(f"PRACTICE_KEY_{number}", f"{SECRET}{number}")


def key_names(count: int) -> tuple[str, ...]:
    return tuple(f"PRACTICE_KEY_{number}" for number in range(count))


def keys(count: int) -> tuple[str, ...]:
    return tuple(f"{SECRET}{number}" for number in range(count))


@asynccontextmanager
async def playing(
    practice: Practice, limiter: LocalLimiter | None = None, **settings: Any
) -> AsyncIterator[tuple[OpenAILLM, PracticeProvider]]:
    async with PracticeProvider(practice) as provider:
        fields = {
            "model": practice.model,
            "base_url": provider.base_url,
            "api_key_env": (),
            "backoff_s": 0.01,
            "prices": None,
        }
        llm = OpenAILLM(OpenAISettings(**{**fields, **settings}), limiter)
        await llm.start()
        try:
            yield llm, provider
        finally:
            await llm.stop()


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
        assert llm.identity()["system_prompt"] == "As trained."
    async with playing(Practice()) as (llm, _):
        assert "system_prompt" not in llm.identity()


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


PRICES = "models:\n  practice: {input: 10000, cached_input: 5000, output: 20000}\n"


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
    one = OpenAILLM(OpenAISettings(model="m", base_url="http://a/v1"))
    two = OpenAILLM(OpenAISettings(model="m", base_url="http://b/v1", api_key_env=("OTHER",), requests_per_minute=3))
    assert one.identity() == two.identity()
    assert one.identity() != OpenAILLM(OpenAISettings(model="m", sampling=Sampling(temperature=1))).identity()


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ValidationError, match="modle"):
        OpenAISettings(model="m", modle="x")  # type: ignore[call-arg]


PARTS = {
    "choices": [{"message": {"content": [{"type": "text", "text": "Act: finish"}]}}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 2},
}
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


@pytest.mark.parametrize("value", ["1e9", "inf"])
async def test_an_absurd_pause_does_not_stop_the_run(value: str) -> None:
    async with playing(Practice(script=("429-after",), retry_after=value)) as (llm, provider):
        async with asyncio.timeout(5):
            assert (await llm.reply(QUESTION, EPISODE)).text
        assert provider.counts["calls"] == 2


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
