"""The stream of optimiser steps: windows of the training order, packed into bins, cut into steps of a fixed number of
bins.

Every window is packed for itself and its bins are shuffled, all by pure functions of (seed, window): the state of a run
is a `Position`, two integers, whatever the number of workers. Every rank walks the same plan, which needs lengths
alone, and takes the bins rank::world of each step; so all know the trained tokens of the whole step before the first
backward pass.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from actors.program.user_error import UserError
from train.data.counter_hash import draw, key_of, unit
from train.data.documents import I32, I64, Dataset
from train.data.mixing import Order, probabilities
from train.data.packing import Bin, Cluster, Lengths, bin_of, pack
from train.settings import Batch, Data, Packing

BINS_IN_WINDOW = 128  # at least: a window's last bin is only partly full, which then costs 0.5 % at most


class Position(NamedTuple):
    """The next bin of a run: all that a resume needs."""

    window: int
    bin: int


class Counts(NamedTuple):
    """Of each stream, in the dataset's order."""

    conversations: I64
    tokens: I64
    trained_tokens: I64


class Step(NamedTuple):
    """The bins of one optimiser step, for all ranks together.

    `represented` tokens were to be learnt from, `tokens` are computed for it.
    """

    position_after: Position
    bins: tuple[Bin, ...]
    tokens: int
    represented: int
    trained: int
    counts: Counts


def evenly_spread(kinds_N: I32, key: np.uint64) -> I64:
    """A random order of N things in which each kind's lie evenly: the one of rank r among m in a random place of its
    own mth.
    """
    bits_2N = unit(draw(key, np.arange(2 * len(kinds_N), dtype=np.uint64))).reshape(2, -1)
    places_N = np.empty(len(kinds_N))
    for kind in np.unique(kinds_N):
        own = np.flatnonzero(kinds_N == kind)
        places_N[own[np.argsort(bits_2N[0, own])]] = (np.arange(len(own)) + bits_2N[1, own]) / len(own)
    return np.argsort(places_N)


class StepPlan:
    """The steps of a training run. `window` is the number of conversations that are packed together."""

    def __init__(self, dataset: Dataset, data: Data, packing: Packing, batch: Batch, seed: int) -> None:
        if dataset.manifest.sequence_tokens != batch.sequence_tokens:
            raise ValueError(
                f"a cache for {dataset.manifest.sequence_tokens} tokens cannot be packed into {batch.sequence_tokens}"
            )
        self._dataset = dataset
        self._batch = batch
        self._shared = packing.shared_prefixes
        self._likely = probabilities(dataset.streams, data)
        self._side = "agent" if data.eta > 0 else "general"
        self._order = Order(dataset.streams, self._likely, seed)
        self._key = np.uint64(key_of("bins of a window", seed))
        self.window = self._window(packing.window)
        self._clusters = lru_cache(maxsize=4)(self._packed)

    def _window(self, wanted: int) -> int:
        """`wanted`, or more where that makes less than `BINS_IN_WINDOW` bins; but no more than one pass over the agent
        side, so that a window does not hold conversations of several epochs (unless a single step does)."""
        own = self._dataset.lengths - self._dataset.prefix_tokens * self._shared
        drawn = [(stream, float(p)) for stream, p in zip(self._dataset.streams, self._likely, strict=True) if p > 0]
        # fsum: the same on every rank's processor, whatever its vector width
        in_a_bin = self._batch.sequence_tokens / math.fsum(p * float(own[stream.train].mean()) for stream, p in drawn)
        share = math.fsum(p for stream, p in drawn if stream.side == self._side)
        most = max(self._one_pass() / share, self._batch.sequences * in_a_bin)
        return max(1, min(max(wanted, math.ceil(BINS_IN_WINDOW * in_a_bin)), round(most)))

    def _one_pass(self) -> int:
        """The conversations of the side whose epochs are counted, as far as they are ever drawn."""
        drawn = zip(self._dataset.streams, self._likely, strict=True)
        return sum(stream.conversations for stream, likely in drawn if stream.side == self._side and likely > 0)

    def walk(self, position: Position = Position(0, 0)) -> Iterator[Step]:  # noqa: B008
        """Step after step from `position`, without end.

        Raises `UserError` for a position that this plan does not have.
        """
        if position.window < 0 or not 0 <= position.bin <= len(self._clusters(position.window)):
            raise UserError(
                f"the data has no bin {position.bin} in window {position.window}: the checkpoint is of other data or"
                " settings"
            )
        window, place = position
        while True:
            bins: list[Bin] = []
            while len(bins) < self._batch.sequences:
                planned = self._clusters(window)
                wanted = planned[place : place + self._batch.sequences - len(bins)]
                bins += [bin_of(self._dataset, clusters) for clusters in wanted]
                window, place = (window, place + len(wanted)) if place + len(wanted) < len(planned) else (window + 1, 0)
            yield self._step(Position(window, place), tuple(bins))

    def steps_in(self, epochs: float) -> int:
        """The steps after which `epochs` passes over the agent side (the general side where η is 0) are through. At
        least 1.
        """
        missing = epochs * self._one_pass()
        of_side = np.array([stream.side == self._side for stream in self._dataset.streams], np.bool_)
        bins = window = 0
        while True:
            planned = self._packed(window)
            seen = np.cumsum(
                [sum(int(of_side[self._dataset.stream_of[d]]) for c in clusters for d in c) for clusters in planned]
            )
            if seen[-1] >= missing:
                bins += int(np.searchsorted(seen, missing)) + 1
                return math.ceil(bins / self._batch.sequences)
            missing -= int(seen[-1])
            bins, window = bins + len(planned), window + 1

    def held_out_bins(self, name: str) -> list[Bin]:
        """The held-out conversations of the stream `name`, packed."""
        (stream,) = (stream for stream in self._dataset.streams if stream.name == name)
        return [bin_of(self._dataset, clusters) for clusters in self._pack(stream.held_out)]

    def _packed(self, window: int) -> list[list[Cluster]]:
        """The bins of a window, in a random order in which those of each stream are spread evenly: packing puts the
        long conversations first and a world's together, and steps should neither differ in length nor in their share of
        the agent side."""
        drawn = self._order.take(window * self.window, (window + 1) * self.window)
        bins = self._pack(drawn.documents)
        kinds = np.array([self._dataset.stream_of[clusters[0][0]] for clusters in bins])
        key = self._key ^ np.uint64(key_of("window", window))
        return [bins[i] for i in evenly_spread(kinds, key)]

    def _pack(self, documents: I64) -> list[list[Cluster]]:
        if not len(documents):
            return []
        groups = self._dataset.prefix_groups[documents] if self._shared else np.full(len(documents), -1)
        lengths = Lengths(
            self._dataset.lengths[documents].tolist(), self._dataset.prefix_tokens[documents].tolist(), groups.tolist()
        )
        numbers = documents.tolist()
        packed = pack(lengths, self._batch.sequence_tokens)
        return [[tuple(numbers[i] for i in cluster) for cluster in clusters] for clusters in packed]

    def _step(self, after: Position, bins: tuple[Bin, ...]) -> Step:
        documents = np.array([document for bin in bins for document in bin.documents], np.int64)
        sums = (sum(bin.tokens for bin in bins), sum(bin.represented for bin in bins), sum(bin.trained for bin in bins))
        return Step(after, bins, *sums, self._counts(documents))

    def _counts(self, documents: I64) -> Counts:
        of_stream, streams = self._dataset.stream_of[documents], len(self._dataset.streams)

        def summed(numbers: I64) -> I64:
            sums = np.zeros(streams, np.int64)
            np.add.at(sums, of_stream, numbers)
            return sums

        tokens, trained = self._dataset.lengths[documents], self._dataset.trained_counts[documents]
        return Counts(summed(np.ones(len(documents), np.int64)), summed(tokens), summed(trained.astype(np.int64)))
