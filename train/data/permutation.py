"""A pseudo-random order of 0 … n-1 that answers for any place at once, without a list of n.

A Feistel network over Z_a x Z_b with a·b just above n (Black and Rogaway 2002, 'Ciphers with arbitrary finite
domains'): every round adds a hash of one half to the other half, which can be undone, so that the whole is a bijection.
What falls outside of n is enciphered again until it falls inside (cycle walking), which needs one more round trip for
about 1 in √n.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from train.data.counter_hash import U64, draw, key_of

I64 = npt.NDArray[np.int64]

LARGEST = 2**40
_ROUND_KEYS = np.array([key_of("round", i) for i in range(8)], np.uint64)


def permuted(places: I64, size: int, keys: U64 | np.uint64) -> I64:
    """What stands at `places` of the order of range(`size`) that the key names; `keys` is one, or one for each
    place.
    """
    if not 1 <= size <= LARGEST:
        raise ValueError(f"a permutation of {size} elements: 1 to {LARGEST} are possible")
    wide = math.isqrt(size - 1) + 1
    high = -(-size // wide)
    found = places.astype(np.uint64)
    keys_N = np.broadcast_to(np.asarray(keys, np.uint64), found.shape)
    outside = np.arange(found.size)
    while outside.size:
        found[outside] = _rounds(found[outside], keys_N[outside], wide, high)
        outside = outside[found[outside] >= size]
    return found.astype(np.int64)


def _rounds(values: U64, keys: U64, wide: int, high: int) -> U64:
    left, right = values % np.uint64(wide), values // np.uint64(wide)
    for i in range(0, len(_ROUND_KEYS), 2):
        left = _plus(left, draw(keys ^ _ROUND_KEYS[i], right), wide)
        right = _plus(right, draw(keys ^ _ROUND_KEYS[i + 1], left), high)
    return right * np.uint64(wide) + left


def _plus(half: U64, bits: U64, modulus: int) -> U64:
    """half + bits (mod modulus), where the upper 32 bits are scaled to the modulus instead of divided: no slow
    division.
    """
    total = half + (((bits >> np.uint64(32)) * np.uint64(modulus)) >> np.uint64(32))
    return np.where(total >= modulus, total - np.uint64(modulus), total)
