"""Limits shared through Ray: the service's logic without Ray, then real processes on a local cluster."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from actors.llms.llm import BudgetExhausted
from actors.llms.openai_api.limiter import KeysRefused, LocalLimiter
from actors.llms.openai_api.limits import RateLimits
from actors.llms.openai_api.limits_actor import Answer, Ask, Held, LimitsService, create, create_for
from actors.llms.openai_api.settings import OpenAISettings
from actors.llms.openai_api.shared_limiter import SharedLimiter, limiter_of

pytestmark = pytest.mark.timeout(300)  # a cluster may take a minute to start on a busy machine


def ask(client: str = "a", epoch: str = "", **fields: Any) -> Ask:
    empty: dict[str, Any] = {
        "reserve": [],
        "stock": 0,
        "stock_tokens": 0,
        "settled": [],
        "released": [],
        "penalties": [],
        "report": (0.0, 0.0, 0.0),
        "held": [],
    }
    return Ask(client=client, epoch=epoch, **{**empty, **fields})


def test_nothing_to_limit_makes_no_actor() -> None:
    settings = OpenAISettings(model="practice", prices=None)
    assert create_for(settings) is None
    assert isinstance(limiter_of(settings, None), LocalLimiter)


def test_a_stock_is_given_only_while_nobody_waits() -> None:
    service = LimitsService(RateLimits(requests=600))
    answer = service.answer(ask(reserve=[0], stock=5), 0.0)
    assert (len(answer.grants), len(answer.stock)) == (1, 5)
    answer = service.answer(ask(reserve=[0] * 50, stock=5), 0.0)
    assert len(answer.grants) < 50
    assert answer.stock == []
    assert answer.again_s > 0


def test_no_stock_near_the_end_of_the_budget() -> None:
    service = LimitsService(RateLimits(), budget=10.0)
    assert service.answer(ask(reserve=[0], stock=5), 0.0).stock == []  # nothing is known of what a call costs
    answer = service.answer(ask(settled=[(1, 0)], report=(0.01, 0.0, 0.0), reserve=[0], stock=5), 0.0)
    assert len(answer.stock) == 5
    assert service.answer(ask(settled=[(2, 0)], report=(9.9, 0.0, 0.0), reserve=[0], stock=5), 0.0).stock == []


def test_a_new_instance_asks_what_is_held_and_forgets_no_money() -> None:
    service = LimitsService(RateLimits(requests=60), budget=100.0, spent=1.0)
    answer = service.answer(ask("living", "lost", report=(8.0, 5.0, 18.0), reserve=[0]), 0.0)
    assert answer.restate
    assert answer.grants == []
    held = [Held(0, 0, 0.5), Held(0, 0, 5.0), Held(-1, 0, 0.0)]
    answer = service.answer(ask("living", "lost", report=(8.0, 5.0, 18.0), reserve=[0], held=held), 0.0)
    assert len(answer.restored) == 2
    assert answer.grants == []  # the next place is after those held
    assert answer.again_s > 4
    assert answer.spent == pytest.approx(18.0 + 3.0)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    os.environ["RAY_AUTH_MODE"] = "disabled"
    import ray

    root = str(Path(__file__).parents[4])
    ray.init(
        address="local",
        num_cpus=4,
        include_dashboard=False,
        runtime_env={"env_vars": {"PYTHONPATH": root}},
        log_to_driver=False,
    )
    yield ray
    ray.shutdown()


async def closed_loops(limiter: SharedLimiter, seconds: float, loops: int, cost: float) -> list[tuple[float, int]]:
    """Calls that take 10 ms each, as (wall-clock start, key); ends early when the budget does."""
    calls: list[tuple[float, int]] = []
    until = time.monotonic() + seconds

    async def loop() -> None:
        while time.monotonic() < until:
            leave = await limiter.acquire(0)
            calls.append((time.time(), leave.grant.key))
            await asyncio.sleep(0.01)
            limiter.settle(leave.grant, 0, cost)

    results = await asyncio.gather(*(loop() for _ in range(loops)), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, BudgetExhausted):
            raise result
    await limiter.close()
    return calls


def in_processes(
    ray: Any, handle: Any, processes: int, seconds: float, loops: int, cost: float = 0.0, keys: int = 1
) -> list[list[tuple[float, int]]]:
    def play() -> list[tuple[float, int]]:
        async def run() -> list[tuple[float, int]]:
            return await closed_loops(SharedLimiter(handle, keys), seconds, loops, cost)

        return asyncio.run(run())

    remote = ray.remote(num_cpus=1)(play)
    result: list[list[tuple[float, int]]] = ray.get([remote.remote() for _ in range(processes)], timeout=60)
    return result


@pytest.mark.ray
def test_processes_share_one_allowance(cluster: Any) -> None:
    handle = create(RateLimits(keys=2, requests=60, window_s=2.0))
    shares = in_processes(cluster, handle, processes=3, seconds=5, loops=8, keys=2)
    starts = sorted(start for share in shares for start, _ in share)
    elapsed = starts[-1] - starts[0]
    allowed = 2 * 60 * elapsed / 2
    assert 0.6 * allowed <= len(starts) <= 1.05 * allowed + 10
    assert min(len(share) for share in shares) >= 0.1 * len(starts)
    used = [key for share in shares for _, key in share]
    assert abs(used.count(0) - used.count(1)) <= 0.1 * len(used) + 2
    cluster.kill(handle)


@pytest.mark.ray
def test_the_budget_of_processes_overshoots_by_no_more_than_the_calls_in_flight(cluster: Any) -> None:
    handle = create(RateLimits(), budget=50.0, spent=10.0)
    shares = in_processes(cluster, handle, processes=3, seconds=20, loops=4, cost=0.1)
    calls = sum(len(share) for share in shares)
    assert 400 <= calls <= 400 + 12
    assert cluster.get(handle.spent.remote()) == pytest.approx(10 + calls * 0.1)
    cluster.kill(handle)


@pytest.mark.ray
def test_a_killed_limits_actor_comes_back_and_remembers(cluster: Any) -> None:
    handle = create(RateLimits(requests=6000), budget=1000.0, spent=5.0)

    async def run() -> tuple[float, float]:
        limiter, dead = SharedLimiter(handle), SharedLimiter(handle)
        for each, cost in ((dead, 20.0), (limiter, 3.0)):
            leave = await each.acquire(0)
            each.settle(leave.grant, 0, cost)
            await each.spent()
        before = await limiter.spent()
        cluster.kill(handle, no_restart=False)
        async with asyncio.timeout(60):
            leave = await limiter.acquire(0)
        limiter.settle(leave.grant, 0, 2.0)
        after = await limiter.spent()
        await limiter.close()
        return before, after

    before, after = asyncio.run(run())
    assert (before, after) == (pytest.approx(28.0), pytest.approx(30.0))
    cluster.kill(handle)


@pytest.mark.ray
def test_calls_waiting_together_share_remote_calls(cluster: Any) -> None:
    handle = create(RateLimits(requests=100_000))

    async def run() -> int:
        limiter = SharedLimiter(handle)
        for _ in range(5):
            leaves = await asyncio.gather(*(limiter.acquire(0) for _ in range(64)))
            for leave in leaves:
                limiter.settle(leave.grant, 0)
        await limiter.close()
        return limiter.exchanges

    assert asyncio.run(run()) <= 5 + 3
    cluster.kill(handle)


@pytest.mark.ray
def test_a_penalty_reaches_the_other_process_and_a_cancelled_wait_is_given_back(cluster: Any) -> None:
    handle = create(RateLimits(keys=2, requests=6000))

    async def run() -> None:
        one, other = SharedLimiter(handle, 2), SharedLimiter(handle, 2)
        one.penalise(0, 300.0)
        await one.spent()
        assert {(await other.acquire(0)).grant.key for _ in range(10)} == {1}
        other.penalise(1, 300.0)
        with pytest.raises(KeysRefused):
            await other.acquire(0, patience_s=1.0)
        waiting = asyncio.create_task(one.acquire(0))
        await asyncio.sleep(0.2)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        one.penalise(0, float("inf"))
        one.penalise(1, float("inf"))
        for each in (one, one, other, other):
            async with asyncio.timeout(20):
                with pytest.raises(KeysRefused):
                    await each.acquire(0)
                await each.spent()
        await one.close()
        await other.close()

    asyncio.run(run())
    cluster.kill(handle)


def test_answers_travel() -> None:
    import msgspec

    service = LimitsService(RateLimits(keys=2))
    payload = msgspec.msgpack.encode(ask(reserve=[1, 2], penalties=[(0, -1.0)]))
    answer = msgspec.msgpack.decode(service.exchange(payload), type=Answer)
    assert [grant[1] for grant in answer.grants] == [1, 1]
    assert answer.rests_s[0] == -1.0
