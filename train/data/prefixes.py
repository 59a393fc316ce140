"""What the conversations of a stream begin alike with: chosen once, when the cache is made.

The trajectories of an environment share their instruction and demonstration, often the larger part of their tokens.
Where two documents in a bin begin with the same P tokens, these need to be computed only once. P is the end of a
message before the first trained token, and the token behind it is not trained on in any of them: what the prefix's last
position predicts is then nobody's business.

A prefix is known by a 128-bit BLAKE2 hash of its stream and tokens; the tokens themselves are not compared again.
Memory: 24 bytes for every boundary of a message before a first trained token.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from train.data.documents import I32, I64

SHORTEST = 16  # tokens: less is not worth a group


class Prefixes(NamedTuple):
    """For every document the length of its shared prefix (0: none) and its group (-1: none)."""

    tokens: I32
    groups: I32


class PrefixCollector:
    """Collects the boundaries of document after document; `choose` then finds what is worth sharing."""

    def __init__(self) -> None:
        self._documents = 0
        self._high, self._low = array("Q"), array("Q")
        self._tokens, self._owners = array("i"), array("i")

    def add(self, stream: int, ids: npt.NDArray[np.uint32], first_trained: int, message_ends: Sequence[int]) -> None:
        """The next document: its boundaries are the message ends before `first_trained`."""
        running, hashed = hashlib.blake2b(stream.to_bytes(8, "little"), digest_size=16), 0
        for end in message_ends:
            if end >= first_trained:
                break
            if end < SHORTEST or end <= hashed:
                continue
            running.update(ids[hashed:end].tobytes())
            hashed = end
            found = running.digest()
            self._high.append(int.from_bytes(found[:8], "little"))
            self._low.append(int.from_bytes(found[8:], "little"))
            self._tokens.append(end)
            self._owners.append(self._documents)
        self._documents += 1

    def choose(self) -> Prefixes:
        """For each document the boundary that saves most, P·(1 - 1/count); one whose sharers all chose another chooses
        again among what is really shared."""
        tokens, owners = np.array(self._tokens, np.int64), np.array(self._owners, np.int64)
        groups = _numbered(np.array(self._high, np.uint64), np.array(self._low, np.uint64))
        counts = np.bincount(groups)[groups]
        chosen = _best(owners, tokens, counts)
        taken = np.bincount(groups[chosen], minlength=len(groups))
        alone = np.isin(owners, owners[chosen[taken[groups[chosen]] == 1]])
        # a lonely document's own choice does not count as company
        company = taken - np.bincount(groups[chosen[taken[groups[chosen]] == 1]], minlength=len(groups))
        again = np.flatnonzero(alone)
        second = again[_best(owners[again], tokens[again], company[groups[again]] + 1)]
        settled = np.concatenate([chosen[taken[groups[chosen]] > 1], second])
        return self._result(owners[settled], tokens[settled], groups[settled])

    def _result(self, owners: I64, tokens: I64, groups: I64) -> Prefixes:
        lengths, numbers = np.zeros(self._documents, np.int32), np.full(self._documents, -1, np.int32)
        lengths[owners] = tokens
        numbers[owners] = np.unique(groups, return_inverse=True)[1]
        return Prefixes(lengths, numbers)


def _numbered(high: npt.NDArray[np.uint64], low: npt.NDArray[np.uint64]) -> I64:
    """A number for each different (high, low)."""
    order = np.lexsort((low, high))
    new = np.ones(len(order), np.bool_)
    new[1:] = (np.diff(high[order]) != 0) | (np.diff(low[order]) != 0)
    numbers = np.empty(len(order), np.int64)
    numbers[order] = np.cumsum(new) - 1
    return numbers


def _best(owners: I64, tokens: I64, counts: I64) -> I64:
    """For every owner the place of the boundary that saves most (of equals: the longest), where any saves something."""
    saved = tokens * (1 - 1 / counts)
    order = np.lexsort((tokens, saved, owners))
    order = order[saved[order] > 0]
    last = np.ones(len(order), np.bool_)
    last[:-1] = np.diff(owners[order]) != 0
    best: I64 = order[last]
    return best
