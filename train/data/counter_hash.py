"""Random numbers as a pure function of a key and a counter: no generator has a state that a resume would have to
restore.

SplitMix64 (Steele, Lea, Flood 2014): the counter times an odd constant, plus the key, through a mixer of good
avalanche. The same on every machine; vectorised.
"""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

U64 = npt.NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def key_of(*parts: int | str) -> int:
    """A 64-bit key for `parts`: a BLAKE2 hash, so that near seeds give unrelated keys."""
    return int.from_bytes(hashlib.blake2b(repr(parts).encode(), digest_size=8).digest(), "little")


def draw(keys: U64 | np.uint64, counters: U64) -> U64:
    """64 random bits for each of `counters` (an array) under `keys` (an array of the same shape, or one key)."""
    z = counters * _GOLDEN
    z += keys
    z ^= z >> np.uint64(30)
    z *= _FIRST
    z ^= z >> np.uint64(27)
    z *= _SECOND
    z ^= z >> np.uint64(31)
    return z


def unit(bits: U64) -> npt.NDArray[np.float64]:
    """The upper 53 bits as a number in [0, 1)."""
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53
