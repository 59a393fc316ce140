"""Intervals of the general check by bootstrap: drawn from a fixed seed, so that the same answers give the same interval."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

_RESAMPLES = 2000
_AT_ONCE = 200


class Estimate(msgspec.Struct, frozen=True):
    """A value over `number` independent pieces, and its 95 % interval."""

    value: float
    low: float
    high: float
    number: int


def ratio_of_sums(tops: Sequence[float], bottoms: Sequence[float]) -> Estimate:
    """sum(tops) / sum(bottoms), resampled by piece: a mean, where every bottom is 1. Raises `ValueError` without any."""
    if not tops:
        raise ValueError("nothing to estimate from")
    tops_N, bottoms_N = np.asarray(tops, np.float64), np.asarray(bottoms, np.float64)
    random = np.random.default_rng(0)
    drawn = []
    for _ in range(_RESAMPLES // _AT_ONCE):
        chosen_RN = random.integers(0, len(tops_N), (_AT_ONCE, len(tops_N)))
        drawn.append(tops_N[chosen_RN].sum(axis=1) / bottoms_N[chosen_RN].sum(axis=1))
    low, high = np.percentile(np.concatenate(drawn), [2.5, 97.5])
    return Estimate(float(tops_N.sum() / bottoms_N.sum()), float(low), float(high), len(tops_N))
