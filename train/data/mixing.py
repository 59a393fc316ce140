"""Which conversation stands at which position of the endless training order: a pure function of (seed, position).

The stream of a position is drawn by a hash of (seed, position), as the AgentTuning paper draws: from the agent side
with probability η, else from the general side. The k-th position that takes a stream gets the k-th conversation of the
stream's order, which is a new permutation in every epoch, so that nothing comes twice before its stream is through.
Nothing of it depends on the number of workers or on what was asked before: resume needs the position alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from actors.program.user_error import UserError
from train.data.counter_hash import draw, key_of, unit
from train.data.documents import I64, Stream
from train.data.permutation import permuted
from train.settings import Data

F64 = npt.NDArray[np.float64]

_COUNTED_AT_ONCE = 2**16  # positions: fits the caches


def probabilities(streams: Sequence[Stream], data: Data) -> F64:
    """How likely a position takes each stream. Raises `UserError` for labels and sides that cannot be drawn from.

    A stream's share, of what `ratio_counts` counts, is its side's share times its label's weight (none given: its
    size); its probability is the share divided by the mean size of its conversations.
    """
    sizes = np.array([[s.conversations, s.tokens, s.trained_tokens] for s in streams], np.float64).reshape(-1, 3)
    counted = sizes[:, ("conversations", "tokens", "trained_tokens").index(data.ratio_counts)]
    weights = _label_weights(streams, data.label_weights)
    shares = np.zeros(len(streams))
    for side, share in (("agent", data.eta), ("general", 1 - data.eta)):
        of_side = np.array([stream.side == side for stream in streams], np.bool_)
        within = weights if side == "general" and weights is not None else counted
        if share > 0:
            _refuse_empty(side, sizes[of_side, 0].sum(), within[of_side].sum())
            shares[of_side] = share * within[of_side] / within[of_side].sum()
    means = np.divide(counted, sizes[:, 0], out=np.ones(len(streams)), where=sizes[:, 0] > 0)
    likely = shares / means
    normalised: F64 = likely / likely.sum()
    return normalised


def _refuse_empty(side: str, conversations: float, weight: float) -> None:
    if not conversations:
        raise UserError(
            f"the {side} side has no conversation to train on: name other sources under 'data.{side}', or change"
            " 'data.eta'"
        )
    if not weight:
        raise UserError("'data.label_weights' gives every label 0: give at least one of them a weight")


def _label_weights(streams: Sequence[Stream], weights: dict[str, float]) -> F64 | None:
    if not weights:
        return None
    known = {stream.label: stream for stream in streams if stream.side == "general"}
    names = ", ".join(f"'{label}'" for label in sorted(known)) or "none"
    for label in weights:
        if label not in known:
            raise UserError(
                f"'data.label_weights' names '{label}', which no conversation of the general side has: known are"
                f" {names}"
            )
        if weights[label] > 0 and not known[label].conversations:
            raise UserError(
                f"'data.label_weights' names '{label}', which has no conversation to train on: leave it out, or give"
                " it 0"
            )
    for label, stream in known.items():
        if label not in weights and stream.conversations:
            raise UserError(
                f"'data.label_weights' says nothing about '{label}': give each of {names} a weight (0: never drawn)"
            )
    return np.array([weights.get(stream.label, 0.0) for stream in streams])


class Drawn(NamedTuple):
    """The stream and the document of each position asked for."""

    streams: I64
    documents: I64


class Order:
    """The training order. `take` answers for any positions; it remembers how far it has counted, so that walking on is
    cheap.
    """

    def __init__(self, streams: Sequence[Stream], likely: F64, seed: int) -> None:
        self._streams = streams
        self._drawn = np.flatnonzero(likely > 0)
        self._bounds = np.cumsum(likely[self._drawn])[:-1]
        self._key = np.uint64(key_of("stream of a position", seed))
        self._epoch_keys = [np.uint64(key_of("order of a stream", seed, stream.name)) for stream in streams]
        self._counted = 0, np.zeros(len(streams), np.int64)

    def take(self, begin: int, end: int) -> Drawn:
        """The documents at positions `begin` to `end` (exclusive)."""
        before = self.counts(begin)
        streams = self._streams_at(begin, end)
        documents = np.empty(end - begin, np.int64)
        for number in np.unique(streams):
            places = np.flatnonzero(streams == number)
            documents[places] = self._nth(number, before[number] + np.arange(len(places)))
        self._counted = end, before + np.bincount(streams, minlength=len(self._streams))
        return Drawn(streams, documents)

    def counts(self, position: int) -> I64:
        """How many of the positions before `position` took each stream."""
        start, counts = self._counted if self._counted[0] <= position else (0, np.zeros(len(self._streams), np.int64))
        counts = counts.copy()
        for begin in range(start, position, _COUNTED_AT_ONCE):
            streams = self._streams_at(begin, min(begin + _COUNTED_AT_ONCE, position))
            counts += np.bincount(streams, minlength=len(self._streams))
        return counts

    def _streams_at(self, begin: int, end: int) -> I64:
        numbers = unit(draw(self._key, np.arange(begin, end, dtype=np.uint64)))
        choice = np.zeros(end - begin, np.int64)
        for bound in self._bounds:
            choice += numbers >= bound
        return self._drawn[choice]

    def _nth(self, number: int, counts: I64) -> I64:
        stream = self._streams[number]
        epochs, places = np.divmod(counts, stream.conversations)
        keys = draw(self._epoch_keys[number], epochs.astype(np.uint64))
        return stream.train[permuted(places, stream.conversations, keys)]
