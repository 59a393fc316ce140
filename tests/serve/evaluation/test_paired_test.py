"""The paired test against counting by hand, and Holm's correction."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serve.evaluation import paired_test
from serve.evaluation.paired_test import DRAWS, PairedTest, holm, sign_flip_test

GAINS = st.lists(st.sampled_from([-1.0, -0.5, 0.0, 1 / 3, 0.7, 1.0]), max_size=9)


def flipped(gains: list[float]) -> PairedTest:
    return sign_flip_test(np.array(gains, dtype=np.float64), "key")


@pytest.mark.parametrize(
    ("wins", "losses", "p"), [(0, 0, 1.0), (5, 0, 0.0625), (0, 5, 0.0625), (8, 2, 0.109375), (3, 3, 1.0), (4, 0, 0.125)]
)
def test_of_yes_no_scores_it_is_mcnemars_whatever_a_task_weighs(wins: int, losses: int, p: float) -> None:
    for weight in (1.0, 1 / 36):
        assert flipped([weight] * wins + [-weight] * losses + [0.0] * 3) == (p, 0)


@settings(max_examples=40)
@given(gains=GAINS)
def test_of_graded_scores_it_is_the_share_of_all_signs_that_are_as_far_from_nothing(gains: list[float]) -> None:
    sums = [
        abs(math.fsum(s * g for s, g in zip(signs, gains, strict=True)))
        for signs in product((1, -1), repeat=len(gains))
    ]
    share = sum(each >= abs(math.fsum(gains)) - 1e-7 for each in sums) / len(sums)
    assert flipped(gains) == (pytest.approx(share), 0)


def test_thousands_of_yes_no_tasks_are_counted() -> None:
    found = flipped([1.0] * 1100 + [-1.0] * 900)
    assert 0 < found.p < 1e-4
    assert found.draws == 0


def test_many_graded_scores_are_drawn_always_alike_and_near_what_counting_gives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gains = [0.01 * number - 0.05 for number in range(16)]
    counted = flipped(gains)
    monkeypatch.setattr(paired_test, "_COUNTED", 100)
    drawn = flipped(gains)
    assert (counted.draws, drawn.draws) == (0, DRAWS)
    assert drawn.p == pytest.approx(counted.p, abs=0.005)
    assert drawn == flipped(gains)


def test_a_p_value_that_was_drawn_is_never_nothing() -> None:
    assert flipped([1 + number / 1000 for number in range(60)]).p == 1 / (1 + DRAWS)


def test_holm_multiplies_the_smallest_most_and_keeps_the_order() -> None:
    assert holm([0.01, 0.04, 0.03, 0.9]) == pytest.approx([0.04, 0.09, 0.09, 0.9])
    assert holm([0.6, 0.7]) == [1.0, 1.0]
    assert holm([0.02]) == [0.02]
    assert holm([]) == []
