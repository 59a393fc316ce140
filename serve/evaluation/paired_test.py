"""Whether a paired difference is more than chance: a test that flips signs, exact where its outcomes can be counted.

If two LLMs are equally good, what a task gains could as well have been lost. The p-value is the share of all ways to
give signs to the tasks' gains whose sum is at least as far from 0 as the one that was found (two-sided). For yes/no
scores of equal weight that is McNemar's exact test. A task is one unit with all its attempts (their mean), and weighs
what it weighs in the difference that is shown.

Several differences are tested at once, one for each row of a comparison: Holm's step-down correction keeps the chance
that any of them is called real by mistake below the level.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEVEL = 0.05
DRAWS = 100_000
_COUNTED = 1 << 20  # outcomes; beyond them signs are drawn
_BATCH_ITEMS = 1 << 21
_SAME = 1e-9  # of the largest gain


class PairedTest(NamedTuple):
    """A p-value, and from how many `draws` it was estimated; 0: all outcomes were counted."""

    p: float
    draws: int


def sign_flip_test(gains_T: Floats, key: str) -> PairedTest:
    """The test of what each task adds to a difference. `key` seeds the draws where there are too many outcomes."""
    largest = float(np.max(np.abs(gains_T), initial=0.0))
    if not largest:
        return PairedTest(1.0, 0)
    gains_T = np.round(gains_T / largest, 9)
    found = abs(float(gains_T.sum())) - len(gains_T) * _SAME
    sizes, counts = np.unique(np.abs(gains_T[gains_T != 0]), return_counts=True)
    if math.prod(int(count) + 1 for count in counts) <= _COUNTED:
        return PairedTest(_counted(sizes.tolist(), counts.tolist(), found), 0)
    return PairedTest(_drawn(gains_T[gains_T != 0], found, key), DRAWS)


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values adjusted for being as many as they are, in the order given."""
    adjusted, highest = [1.0] * len(p_values), 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, p_values[index] * (len(p_values) - rank)))
        adjusted[index] = highest
    return adjusted


def _counted(sizes: Sequence[float], counts: Sequence[int], found: float) -> float:
    """Gains of one size give a binomial sum; the sizes' sums are independent of each other."""
    sums_O, shares_O = np.zeros(1), np.ones(1)
    for size, count in zip(sizes, counts, strict=True):
        positive = range(count + 1)
        steps = np.array([size * (2 * k - count) for k in positive])
        shares = np.array([math.comb(count, k) / (1 << count) for k in positive])
        sums_O = np.add.outer(sums_O, steps).ravel()
        shares_O = np.multiply.outer(shares_O, shares).ravel()
    return min(1.0, float(shares_O[np.abs(sums_O) >= found].sum()))


def _drawn(gains_T: Floats, found: float, key: str) -> float:
    """One outcome more than those drawn, the one that was found, so that p is never 0."""
    random, hits, left = np.random.default_rng(zlib.crc32(key.encode())), 0, DRAWS
    while left:
        batch = min(left, max(1, _BATCH_ITEMS // len(gains_T)))
        signs_BT = random.integers(0, 2, size=(batch, len(gains_T)), dtype=np.int8) * 2 - 1
        hits += int(np.count_nonzero(np.abs(signs_BT @ gains_T) >= found))
        left -= batch
    return (1 + hits) / (1 + DRAWS)
