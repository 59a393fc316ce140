"""95 % intervals by resampling tasks: 10,000 resamples with replacement, the 2.5th and 97.5th percentile (Efron's
bootstrap).

What is drawn is a task with all its attempts, for attempts at one task are not independent. Strata (an environment, or
a category of an environment) are resampled on their own and combined resample by resample: a statistic over several has
a joint interval.

Where all tasks of a stratum agree, as in 0 of 30, resampling finds no variance and would claim certainty. There Clopper
and Pearson's exact bound takes over: of n tasks all alike, the share of tasks that are not is at most 1 − 0.025^(1/n),
two-sided 95 %: 0.116 for 30 tasks (the "rule of three", 3/n, approximates the one-sided bound). Such a stratum has that
bound's distribution, Beta(1, n), as its resamples, at the end to which the unseen tasks could pull.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 10_000
LEVEL = 0.95
_BATCH_ITEMS = 1 << 21  # drawn at once: bounds the memory, not the result's meaning

Floats = NDArray[np.float64]


class Interval(NamedTuple):
    """A value and the ends of its 95 % interval; all NaN where there was nothing to average."""

    value: float
    low: float
    high: float


class Resampled(NamedTuple):
    """A statistic and its resamples. `low_R` and `high_R` are the same but where a stratum's tasks all agree."""

    value: float
    low_R: Floats
    high_R: Floats

    def interval(self) -> Interval:
        """The percentiles, stretched to the value itself where a skewed ratio left it outside."""
        if math.isnan(self.value):
            return Interval(math.nan, math.nan, math.nan)
        tail = (1 - LEVEL) / 2
        low, high = (float(np.quantile(r, q, method="hazen")) for r, q in ((self.low_R, tail), (self.high_R, 1 - tail)))
        return Interval(self.value, min(low, self.value), max(high, self.value))


NOTHING = Resampled(math.nan, np.full(RESAMPLES, math.nan), np.full(RESAMPLES, math.nan))


def mean(sums_T: Floats, counts_T: Floats, key: str) -> Resampled:
    """The mean of scores between 0 and 1: task t's `counts_T[t]` > 0 attempts add up to `sums_T[t]`.

    `key` seeds the draws.
    """
    if not len(sums_T):
        return NOTHING
    value = float(sums_T.sum() / counts_T.sum())
    if np.ptp(sums_T / counts_T) < 1e-12:
        other = _unseen_share(len(sums_T), key)
        return Resampled(value, value * (1 - other), value * (1 - other) + other)
    ratios_R = _ratios(np.stack([sums_T], 1), np.stack([counts_T], 1), key)[:, 0]
    return Resampled(value, ratios_R, ratios_R)


def difference(first: tuple[Floats, Floats], second: tuple[Floats, Floats], key: str) -> Resampled:
    """The mean of `second` less that of `first`, each (sums_T, counts_T) over the same tasks in the same order, drawn
    together.
    """
    if not len(first[0]):
        return NOTHING
    sums_TM, counts_TM = np.stack([first[0], second[0]], 1), np.stack([first[1], second[1]], 1)
    a, b = (sums_TM.sum(0) / counts_TM.sum(0)).tolist()
    means_TM = sums_TM / counts_TM
    if np.ptp(means_TM[:, 1] - means_TM[:, 0]) < 1e-12:
        other = _unseen_share(len(sums_TM), key)
        return Resampled(b - a, (b - a) * (1 - other) - other, (b - a) * (1 - other) + other)
    ratios_RM = _ratios(sums_TM, counts_TM, key)
    difference_R = ratios_RM[:, 1] - ratios_RM[:, 0]
    return Resampled(b - a, difference_R, difference_R)


def combine(parts: Sequence[Resampled], weights: Sequence[float]) -> Resampled:
    """The sum of `parts` times their `weights` (none negative), resample by resample."""
    pairs = list(zip(parts, weights, strict=True))
    low_R = np.sum([part.low_R * weight for part, weight in pairs], axis=0)
    high_R = np.sum([part.high_R * weight for part, weight in pairs], axis=0)
    return Resampled(math.fsum(part.value * weight for part, weight in pairs), low_R, high_R)


def _ratios(sums_TM: Floats, counts_TM: Floats, key: str) -> Floats:
    """Sum of sums over sum of counts of each of M columns, in every resample of the T tasks: shape (RESAMPLES, M)."""
    tasks = len(sums_TM)
    random = np.random.default_rng(zlib.crc32(key.encode()))
    parts, left = [], RESAMPLES
    while left:
        batch = min(left, max(1, _BATCH_ITEMS // tasks))
        drawn_BT = random.integers(0, tasks, size=(batch, tasks))
        parts.append(sums_TM[drawn_BT].sum(1) / counts_TM[drawn_BT].sum(1))
        left -= batch
    return np.concatenate(parts)


def _unseen_share(tasks: int, key: str) -> Floats:
    """RESAMPLES evenly spaced quantiles of Beta(1, tasks), shuffled so that strata are independent of each other."""
    quantiles_R = (np.arange(RESAMPLES) + 0.5) / RESAMPLES
    shares_R: Floats = 1 - (1 - quantiles_R) ** (1 / tasks)
    return np.random.default_rng(zlib.crc32(key.encode())).permutation(shares_R)
