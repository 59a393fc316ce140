"""Limits and budget, in simulated time."""

from __future__ import annotations

import heapq
import random
from bisect import bisect_right

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.llms.openai_api.limits import Budget, Limits, RateLimits, Report


def most_in_any_window(events: list[tuple[float, int]], window_s: float) -> int:
    """The largest sum over (end - window, end] for any end."""
    events = sorted(events)
    most = total = first = 0
    for when, amount in events:
        total += amount
        while events[first][0] <= when - window_s:
            total -= events[first][1]
            first += 1
        most = max(most, total)
    return most


arrivals = st.lists(st.tuples(st.floats(0, 20), st.integers(1, 400)), min_size=1, max_size=120)


@settings(max_examples=60, deadline=None)
@given(arrivals=arrivals, requests=st.integers(1, 30), tokens=st.integers(400, 4000), keys=st.integers(1, 3))
def test_no_window_holds_more_than_the_allowance(
    arrivals: list[tuple[float, int]], requests: int, tokens: int, keys: int
) -> None:
    limits = Limits(RateLimits(keys=keys, requests=requests, tokens=tokens))
    calls: dict[int, list[tuple[float, int]]] = {key: [] for key in range(keys)}
    now = 0.0
    for gap, amount in arrivals:
        now += gap
        grant = limits.reserve(now, amount)
        calls[grant.key].append((now + grant.delay_s, amount))
    for events in calls.values():
        assert most_in_any_window([(when, 1) for when, _ in events], 60.0) <= requests
        assert most_in_any_window(events, 60.0) <= tokens


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_releases_and_settlements_never_let_a_window_overflow(data: st.DataObject) -> None:
    limits = Limits(RateLimits(requests=20, tokens=2000))
    used: dict[int, tuple[float, int]] = {}
    waiting: list[tuple[float, int]] = []
    now = 0.0
    for _ in range(data.draw(st.integers(1, 120))):
        now += data.draw(st.floats(0, 8))
        match data.draw(st.sampled_from(["reserve", "reserve", "release", "settle"])):
            case "reserve":
                grant = limits.reserve(now, 100)
                used[grant.id] = (now + grant.delay_s, 100)
                waiting.append((now + grant.delay_s, grant.id))
            case "release" if waiting and waiting[-1][0] > now:
                _, grant_id = waiting.pop()
                limits.release(grant_id)
                del used[grant_id]
            case "settle" if waiting and waiting[0][0] <= now:
                started, grant_id = waiting.pop(0)
                limits.settle(grant_id, 40)
                if started > now - 60:
                    used[grant_id] = (started, 40)
    assert most_in_any_window([(when, 1) for when, _ in used.values()], 60.0) <= 20


def test_burst_is_bounded_by_the_tolerance() -> None:
    limits = Limits(RateLimits(requests=600, burst_s=1.0))
    at_once = sum(limits.reserve(0.0).delay_s == 0 for _ in range(100))
    assert 9 <= at_once <= 12  # ten a second


@pytest.mark.parametrize(
    ("requests", "tokens", "per_call"), [(500, None, 0), (None, 90_000, 900), (500, 90_000, 150), (10, None, 0)]
)
def test_at_least_95_percent_of_the_allowance_is_used(requests: int | None, tokens: int | None, per_call: int) -> None:
    limits = Limits(RateLimits(keys=4, requests=requests, tokens=tokens))
    starts = [limits.reserve(0.0, per_call).delay_s for _ in range(20_000)]
    ten_minutes = bisect_right(starts, 600.0)
    allowed = min(requests or 1e9, (tokens or 1e9) / max(1, per_call)) * 4 * 10
    assert 0.95 * allowed <= ten_minutes <= 1.01 * allowed


def refused_and_used(
    limits: Limits, tokens: int, estimate: int, deviation: int, loops: int, until: float
) -> tuple[float, float]:
    """Closed loops of calls whose tokens vary, against a provider that counts what is used in sliding windows: the
    shares of calls refused and of the allowance used."""
    chance = random.Random(3)
    events: list[tuple[float, int, int]] = [
        (chance.random(), 0, 0) for _ in range(loops)
    ]  # when, ended grant, its tokens
    calls: list[tuple[float, int, int]] = []
    line, ask_at = 0, 0.0
    heapq.heapify(events)
    while events[0][0] < until:
        now, ended, used = heapq.heappop(events)
        if ended >= 0:
            limits.settle(ended, used)
            line += 1
        if now < ask_at:
            continue
        grants, again_s = limits.offer(now, [estimate] * line)
        line -= len(grants)
        for grant in grants:
            start, really = now + grant.delay_s, max(1, int(chance.gauss(estimate, deviation)))
            calls.append((start, grant.key, really))
            heapq.heappush(events, (start + chance.uniform(0.5, 4), grant.id, really))
        if line:
            ask_at = now + again_s
            heapq.heappush(events, (ask_at, -1, 0))
    windows: dict[int, list[tuple[float, int]]] = {}
    refused = accepted = 0
    for start, key, really in sorted(calls):
        window = windows[key] = [call for call in windows.get(key, []) if call[0] > start - 60]
        if sum(amount for _, amount in window) + really > tokens:
            refused += 1
        else:
            window.append((start, really))
            accepted += really
    return refused / len(calls), accepted / (tokens * limits.limits.keys * until / 60)


def test_estimates_that_are_wrong_still_fill_the_allowance_without_refusals() -> None:
    limits = Limits(RateLimits(keys=4, tokens=90_000))
    refused, used = refused_and_used(limits, tokens=90_000, estimate=600, deviation=150, loops=400, until=1200)
    assert refused < 0.01
    assert used >= 0.95


def test_an_offer_ends_at_the_horizon_and_says_when_to_ask_again() -> None:
    limits = Limits(RateLimits(requests=60, burst_s=0.0))
    grants, again_s = limits.offer(0.0, [0] * 100)
    assert 1 <= len(grants) <= 2
    assert 0.4 < again_s < 2
    more, _ = limits.offer(again_s, [0] * 98)
    assert more


def test_keys_share_the_load_evenly() -> None:
    for limits in (Limits(RateLimits(keys=4, requests=100)), Limits(RateLimits(keys=4))):
        used = [limits.reserve(i * 0.01).key for i in range(400)]
        assert {used.count(key) for key in range(4)} <= set(range(95, 106))


def test_a_penalised_key_rests_and_the_others_go_on() -> None:
    limits = Limits(RateLimits(keys=2, requests=600))
    limits.penalise(0, 30.0)
    early = [limits.reserve(i * 0.2) for i in range(100)]
    assert all(grant.key == 1 or i * 0.2 + grant.delay_s >= 30.0 for i, grant in enumerate(early))
    assert {limits.reserve(40 + i * 0.2).key for i in range(10)} == {0, 1}


def test_when_all_keys_rest_the_grant_says_for_how_long() -> None:
    limits = Limits(RateLimits(keys=2))
    limits.penalise(0, 50.0)
    limits.penalise(1, 20.0)
    grant = limits.reserve(10.0)
    assert (grant.key, grant.delay_s, grant.penalty_s) == (1, 10.0, 10.0)
    limits.penalise(0, float("inf"))
    limits.penalise(1, float("inf"))
    assert limits.reserve(10.0).penalty_s == float("inf")


def test_a_mass_cancellation_gives_the_time_back() -> None:
    limits = Limits(RateLimits(requests=60))
    grants = [limits.reserve(0.0) for _ in range(500)]
    for grant in grants[1:]:
        limits.release(grant.id)
    assert limits.reserve(0.0).delay_s <= 1.1


def test_settling_twice_or_an_unknown_grant_changes_nothing() -> None:
    limits = Limits(RateLimits(tokens=1000))
    grant = limits.reserve(0.0, 500)
    for _ in range(3):
        limits.settle(grant.id, 400)
    limits.settle(999, 5)
    limits.release(grant.id)
    assert limits.reserve(0.0, 600).delay_s < 60
    assert limits.reserve(0.0, 100).delay_s >= 60


def test_a_call_larger_than_the_allowance_goes_alone() -> None:
    limits = Limits(RateLimits(tokens=1000))
    assert limits.reserve(0.0, 5000).delay_s == 0
    assert limits.reserve(0.0, 10).delay_s >= 60


def test_budget_counts_each_total_once() -> None:
    budget = Budget(10.0, base=2.0)
    for _ in range(3):
        budget.report("a", Report(3.0))
        budget.report("b", Report(1.5))
    assert budget.spent == 6.5
    budget.report("a", Report(2.0))  # an old report, late
    assert budget.spent == 6.5
    budget.report("a", Report(6.5))
    assert not budget.may_spend


def test_a_new_budget_remembers_what_dead_clients_had_spent() -> None:
    first = Budget(100.0, base=1.0)
    first.report("dead", Report(10.0))
    first.report("living", Report(5.0))
    first.report("late", Report(2.0))
    seen = first.spent
    second = Budget(100.0, base=1.0)
    second.report("living", Report(8.0, acknowledged=5.0, seen=seen))
    second.report("late", Report(2.5, acknowledged=2.0, seen=seen - 1))
    assert second.spent == pytest.approx(1 + 10 + 8 + 2.5)
    second.report("fresh", Report(1.0))
    assert second.spent == pytest.approx(1 + 10 + 8 + 2.5 + 1)
