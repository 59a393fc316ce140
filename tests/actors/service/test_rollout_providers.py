"""Whole runs against a provider that misbehaves, and against a budget: nothing lost, nothing paid for twice, no
overshoot.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from actors.episodes.journal import spent
from actors.files.append_log import read_log
from actors.llms.practice_provider import Answer, Practice, PracticeProvider
from environments.contract import Status
from tests.actors.running import Running, nothing_lost_or_doubled

pytestmark = [pytest.mark.ray, pytest.mark.timeout(240)]

EPISODES = 40
REPLIES = (*(f"Say: {n}" for n in range(1, 10)), "Say: done")
CONCURRENCY = 4
PRICE = 0.01  # of one call: 32 reply tokens


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRACTICE_KEY", "practice")


def config(folder: Path, url: str) -> dict[str, Any]:
    prices = folder / "prices.yaml"
    prices.write_text(f"currency: USD\nmodels:\n  practice: {{input: 0, output: {PRICE / 32 * 1e6}}}\n")
    llm = {
        "kind": "openai",
        "model": "practice",
        "base_url": url,
        "api_key_env": ["PRACTICE_KEY"],
        "prices": str(prices),
        "backoff_s": 0.05,
    }
    return {
        "store": str(folder / "run"),
        "tasks": [{"environment": "practice", "generate": EPISODES}],
        "llm": llm,
        "llm_actors": {"actors": 2, "concurrency": CONCURRENCY},
    }


async def test_a_faulty_provider_loses_no_episode_and_every_call_is_accounted_for(tmp_path: Path):
    faults = {"429": 0.03, "429-after": 0.01, "500": 0.03, "503": 0.02, "cut": 0.02, "garbage": 0.02, "empty": 0.01}
    practice = Practice(keys=("practice",), replies=REPLIES, faults=faults, retry_after="0.2", seed=3)
    async with PracticeProvider(practice) as provider:
        run = Running(config(tmp_path, provider.base_url), tmp_path)
        assert await asyncio.to_thread(run.wait) == 0, run.log
        counts = dict(provider.counts)
    nothing_lost_or_doubled(run.store, EPISODES, len(REPLIES))
    assert counts["answered"] == EPISODES * len(REPLIES)
    met = {name: number for name, number in counts.items() if name.startswith("fault_")}
    assert set(met) == {f"fault_{name}" for name in faults}
    assert counts["calls"] == counts["answered"] + sum(met.values())


async def test_a_provider_that_is_down_ends_episodes_without_reward_and_the_next_start_plays_them(tmp_path: Path):
    async with PracticeProvider(Practice(keys=("practice",), replies=REPLIES, faults={"503": 1.0})) as provider:
        content = config(tmp_path, provider.base_url)
        content["llm"]["max_retries"] = 1
        content["retries"] = {"max_tries": 1}
        run = Running(content, tmp_path)
        assert await asyncio.to_thread(run.wait) == 1, run.log
    statuses = {(trajectory.status, trajectory.reward) for trajectory in run.store.trajectories()}
    assert statuses == {(Status.PROVIDER_ERROR, None)}
    async with PracticeProvider(Practice(keys=("practice",), replies=REPLIES)) as provider:
        content["llm"]["base_url"] = provider.base_url
        again = Running(content, tmp_path)
        assert await asyncio.to_thread(again.wait) == 0, again.log
    nothing_lost_or_doubled(again.store, EPISODES, len(REPLIES))


async def test_a_budget_stops_the_run_and_raising_it_goes_on_without_paying_twice(tmp_path: Path):
    budget = 1.5
    async with PracticeProvider(Practice(keys=("practice",), replies=REPLIES, latency_s=0.02)) as provider:
        run = Running(config(tmp_path, provider.base_url), tmp_path, f"budget={budget}")
        assert await asyncio.to_thread(run.wait) == 3, run.log
        paid = provider.counts["answered"] * PRICE
        assert budget - PRICE <= paid <= budget + 2 * CONCURRENCY * PRICE + 1e-9
        assert spent(run.store) <= paid + 1e-9
        again = Running(config(tmp_path, provider.base_url), tmp_path, "budget=100")
        assert await asyncio.to_thread(again.wait) == 0, again.log
        paid_in_all = provider.counts["answered"]
    index = again.store.index()
    assert len(index) == EPISODES
    assert all(entry.reward == 1.0 for entry in index.values())
    assert paid_in_all <= EPISODES * len(REPLIES) + 2 * CONCURRENCY
    assert spent(again.store) == pytest.approx(EPISODES * len(REPLIES) * PRICE, abs=2 * CONCURRENCY * PRICE)


async def test_a_key_that_the_provider_echoes_is_written_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    key, password = "practice-key-0123456789", "gateway-0123456789"
    monkeypatch.setenv("PRACTICE_KEY", key)
    monkeypatch.setenv("GATEWAY", password)

    def answer(request: dict[str, Any]) -> Answer | None:
        turn = sum(message["role"] == "assistant" for message in request["messages"])
        if turn < 2:
            said = f"{key} and {password}\nSay: {turn + 1}"
            return Answer(body={"choices": [{"message": {"content": said}, "finish_reason": "stop"}]})
        return Answer(400, {"error": {"message": f"credential {key} of {password} has no access"}})

    async with PracticeProvider(Practice(keys=(key,), answer=answer)) as provider:
        content = config(tmp_path, provider.base_url)
        content["tasks"][0]["generate"] = 3
        content["llm"]["query"] = {"key": "${GATEWAY}"}
        content["environments"] = {"webshop": {"settings": {"url": f"http://me:{password}@localhost:1"}}}
        content["retries"] = {"max_tries": 1}
        run = Running(content, tmp_path)
        await asyncio.to_thread(run.wait)
    errors = {trajectory.error for trajectory in run.store.trajectories()}
    assert errors == {"'practice' refused the request: HTTP 400: credential … of … has no access"}
    assert next(iter(run.store.trajectories())).messages[-2].content.startswith("… and …")
    written = [
        run.log.encode(),
        *(path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file() and path.suffix != ".zst"),
    ]
    written += [record.line for name in ("trajectories", "journal") for record in read_log(run.store.folder, name)]
    assert len(written) > 8
    assert [text for text in written if key.encode() in text or password.encode() in text] == []


async def test_a_wrong_key_and_an_unknown_model_end_the_run_in_one_line(tmp_path: Path):
    async with PracticeProvider(Practice(keys=("another",), replies=REPLIES)) as provider:
        run = Running(config(tmp_path, provider.base_url), tmp_path)
        assert await asyncio.to_thread(run.wait) == 2
        assert "PRACTICE_KEY" in run.log.strip().splitlines()[-1]
        assert "Traceback" not in run.log
