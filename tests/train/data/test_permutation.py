"""The keyed order of 0 … n-1."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from train.data.permutation import LARGEST, permuted

KEYS = st.integers(0, 2**64 - 1).map(np.uint64)


@given(st.integers(1, 3000), KEYS)
def test_every_element_stands_at_exactly_one_place(size: int, key: np.uint64) -> None:
    assert np.array_equal(np.sort(permuted(np.arange(size), size, key)), np.arange(size))


@given(st.integers(1, LARGEST), KEYS, st.lists(st.integers(0, 2**40), min_size=1, max_size=50, unique=True))
def test_large_orders_answer_for_any_place_without_doubles(size: int, key: np.uint64, places: list[int]) -> None:
    asked = np.unique(np.array(places) % size)
    found = permuted(asked, size, key)
    assert found.min() >= 0
    assert found.max() < size
    assert np.unique(found).size == asked.size


@given(st.integers(2, 500), st.lists(KEYS, min_size=1, max_size=20), st.randoms())
def test_a_key_for_each_place_is_the_same_as_one_key_at_a_time(size: int, keys: list[np.uint64], random) -> None:
    places = np.array([random.randrange(size) for _ in keys])
    together = permuted(places, size, np.array(keys, np.uint64))
    assert list(together) == [permuted(places[i : i + 1], size, key)[0] for i, key in enumerate(keys)]


def test_the_order_never_changes_between_versions() -> None:
    assert list(permuted(np.arange(10), 10, np.uint64(7))) == [8, 0, 2, 4, 3, 1, 7, 9, 6, 5]


@pytest.mark.parametrize("size", [2, 3, 5, 12])
def test_every_element_comes_first_equally_often(size: int) -> None:
    trials = 12_000
    keys = np.random.default_rng(0).integers(0, 2**64, trials, np.uint64)
    for place in range(size):
        counts = np.bincount(permuted(np.full(trials, place), size, keys), minlength=size)
        expected = trials / size
        assert ((counts - expected) ** 2 / expected).sum() < 5 * size + 20  # far beyond the 99.99 % point of chi-square


def test_neighbours_do_not_stay_neighbours() -> None:
    found = permuted(np.arange(100_000), 100_000, np.uint64(3))
    assert abs(np.corrcoef(found[:-1], found[1:])[0, 1]) < 0.02
    assert np.mean(np.abs(np.diff(found)) == 1) < 0.001


def test_impossible_sizes_are_refused() -> None:
    for size in (0, LARGEST + 1):
        with pytest.raises(ValueError, match="permutation"):
            permuted(np.arange(1), size, np.uint64(0))
