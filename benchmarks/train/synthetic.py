"""Packed rows of random tokens in segments like an agent run's: for speed alone, nothing can be learnt from them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np

from train.data.batch import IGNORED, Batch

PREFIX = 600  # tokens: an instruction and its demonstration
MEDIAN, SPREAD = 700, 0.6  # of a trajectory behind it, log-normal: AgentInstruct's are about so long
SHORTEST = 64
TRAINED = 0.3  # of a segment, its end: what an agent says among what its world answers


def rows(tokens: int, vocabulary: int, shared: bool, seed: int) -> Iterator[Batch]:
    """Full rows of `tokens`, without end. `shared`: a row's trajectories continue one prefix, else each has its own."""
    random = np.random.default_rng(seed)
    while True:
        lengths = _lengths(tokens, random, shared)
        starts = np.cumsum([0, *lengths])
        ids, labels = random.integers(0, vocabulary, tokens), np.full(tokens, IGNORED, np.int64)
        positions = np.arange(tokens) - np.repeat(starts[:-1], lengths)
        if shared:
            positions[lengths[0] :] += lengths[0]
        for begin, end in zip(starts[int(shared) : -1], starts[1 + int(shared) :], strict=True):
            first = end - max(1, round(TRAINED * (end - begin)))
            labels[first : end - 1] = ids[first + 1 : end]
        parents = np.array([-1, *([0 if shared else -1] * (len(lengths) - 1))], np.int32)
        yield Batch(ids, labels, positions, np.zeros(tokens, np.int64), starts.astype(np.int32), parents)


def together(source: Iterator[Batch], number: int) -> Iterator[Batch]:
    """`number` rows of `source` one behind the other, as one batch."""
    for first in source:
        batch = first
        for other in islice(source, number - 1):
            batch = _joined(batch, other)
        yield batch


def _joined(one: Batch, other: Batch) -> Batch:
    segments, tokens = len(one.parents_S), one.starts_S1[-1]
    return Batch(
        np.concatenate([one.ids_T, other.ids_T]),
        np.concatenate([one.labels_T, other.labels_T]),
        np.concatenate([one.positions_T, other.positions_T]),
        np.concatenate([one.streams_T, other.streams_T]),
        np.concatenate([one.starts_S1, other.starts_S1[1:] + tokens]).astype(np.int32),
        np.concatenate([one.parents_S, np.where(other.parents_S >= 0, other.parents_S + segments, -1)]).astype(
            np.int32
        ),
    )


def represented(batch: Batch) -> int:
    """Tokens of the conversations: a shared prefix once for each that continues it."""
    lengths, parents = np.diff(batch.starts_S1), batch.parents_S
    of_children = int(lengths[parents[parents >= 0]].sum())
    prefixes = int(lengths[np.unique(parents[parents >= 0])].sum())
    return int(lengths.sum()) - prefixes + of_children


def _lengths(tokens: int, random: np.random.Generator, shared: bool) -> list[int]:
    """Of the row's segments; the last one takes what is left."""
    lengths = [min(PREFIX, tokens // 4)] if shared else []
    while sum(lengths) < tokens:
        wanted = int(MEDIAN * np.exp(SPREAD * random.standard_normal())) + (0 if shared else PREFIX)
        left = tokens - sum(lengths)
        lengths.append(left if left - wanted < SHORTEST else max(SHORTEST, wanted))
    return lengths
