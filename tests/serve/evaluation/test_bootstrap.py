"""The intervals: what holds for any scores, and known cases."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serve.evaluation.bootstrap import combine, difference, mean

SCORES = st.lists(st.floats(0, 1), min_size=1, max_size=12)
PAIRS = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=12)


def once(scores: list[float]) -> tuple[np.ndarray, np.ndarray]:
    return np.array(scores, dtype=np.float64), np.ones(len(scores))


@settings(max_examples=40)
@given(scores=SCORES)
def test_an_interval_contains_its_value_and_stays_between_0_and_1(scores: list[float]) -> None:
    value, low, high = mean(*once(scores), "key").interval()
    assert value == pytest.approx(sum(scores) / len(scores))
    assert -1e-9 <= low <= value <= high <= 1 + 1e-9


@settings(max_examples=40)
@given(pairs=PAIRS)
def test_swapping_the_two_turns_a_difference_and_its_interval_around(pairs: list[tuple[float, float]]) -> None:
    first, second = once([a for a, _ in pairs]), once([b for _, b in pairs])
    there, back = difference(first, second, "key").interval(), difference(second, first, "key").interval()
    assert there == pytest.approx((-back.value, -back.high, -back.low), abs=1e-3)
    assert -1 - 1e-9 <= there.low <= there.value <= there.high <= 1 + 1e-9


@pytest.mark.parametrize(("outcome", "low", "high"), [(0.0, 0.0, 0.116), (1.0, 0.884, 1.0), (0.5, 0.442, 0.558)])
def test_thirty_tasks_alike_are_no_certainty(outcome: float, low: float, high: float) -> None:
    assert mean(*once([outcome] * 30), "key").interval() == pytest.approx((outcome, low, high), abs=0.001)


def test_the_bound_of_tasks_alike_is_clopper_and_pearsons() -> None:
    for n in (1, 3, 10, 200):
        assert mean(*once([0.0] * n), "key").interval().high == pytest.approx(1 - 0.025 ** (1 / n), rel=1e-6)


def test_an_interval_is_about_as_wide_as_the_normal_one() -> None:
    _, low, high = mean(*once([1.0] * 120 + [0.0] * 180), "key").interval()
    half = 1.96 * math.sqrt(0.4 * 0.6 / 300)
    assert (low, high) == pytest.approx((0.4 - half, 0.4 + half), abs=0.005)


def test_attempts_at_one_task_stay_together() -> None:
    """Ten tasks, each always or never solved: a hundred attempts make the interval no narrower than one."""
    solved = [1.0, 0.0] * 5
    single = mean(*once(solved), "key").interval()
    hundred = mean(np.array(solved) * 100, np.full(10, 100.0), "key").interval()
    assert hundred == pytest.approx(single)


def test_a_pair_is_drawn_together_so_that_hard_tasks_cancel() -> None:
    hard_and_easy = [0.0, 1.0] * 20
    better = [min(1.0, score + 0.1) if number % 4 else score for number, score in enumerate(hard_and_easy)]
    _, low, high = difference(once(hard_and_easy), once(better), "key").interval()
    apart = mean(*once(hard_and_easy), "key").interval()
    assert high - low < (apart.high - apart.low) / 4


def test_a_combination_of_strata_is_narrower_than_each() -> None:
    parts = [mean(*once([0.0, 1.0] * 20), name).interval() for name in ("a", "b")]
    joint = combine([mean(*once([0.0, 1.0] * 20), name) for name in ("a", "b")], [0.5, 0.5]).interval()
    assert joint.high - joint.low == pytest.approx((parts[0].high - parts[0].low) / math.sqrt(2), rel=0.1)


def test_the_draws_come_in_batches_without_changing_what_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    scores = once([0.0, 0.25, 0.5, 1.0])
    whole = mean(*scores, "key").low_R
    monkeypatch.setattr("serve.evaluation.bootstrap._BATCH_ITEMS", 400)
    assert np.array_equal(mean(*scores, "key").low_R, whole)


def test_no_task_is_no_number() -> None:
    assert all(math.isnan(end) for end in mean(*once([]), "key").interval())
