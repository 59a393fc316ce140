"""Token sequences and what is asked of them, as rows for the trainer's forward pass: what they begin alike with is
computed once a row.

A reading asks for log-probabilities at its own positions: of several tokens at one position, if need be (the letters A
to D), so that a question is read once and not once for every answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from train.data.batch import IGNORED, Batch
from train.data.packing import best_fit_decreasing


class Target(NamedTuple):
    """How likely is the token `label` behind position `at` of the reading? The answer counts for `owner`."""

    at: int
    label: int
    owner: int


class Reading(NamedTuple):
    """One sequence of ids and what is asked of it, at least one thing."""

    ids: tuple[int, ...]
    targets: tuple[Target, ...]


class Row(NamedTuple):
    """One batch without labels of its own, and the N things that are asked of it, by position in the row."""

    batch: Batch
    at_N: npt.NDArray[np.int64]
    labels_N: npt.NDArray[np.int64]
    owners_N: npt.NDArray[np.int64]


def whole(ids: Sequence[int], trained: Sequence[bool], owner: int) -> Reading:
    """A document of which every trained token is asked for; it is not read beyond the last of them."""
    targets = tuple(Target(i - 1, ids[i], owner) for i in range(1, len(ids)) if trained[i])
    return Reading(tuple(ids[: targets[-1].at + 1]) if targets else (), targets)


def answers(prompt: Sequence[int], candidates: Sequence[Sequence[int]], first_owner: int) -> list[Reading]:
    """The readings that tell how likely each candidate is behind `prompt`; candidate i counts for `first_owner` + i."""
    beginnings = {tuple(candidate[:-1]) for candidate in candidates}
    longest = sorted(b for b in beginnings if not any(b != other and other[: len(b)] == b for other in beginnings))
    targets: dict[tuple[int, ...], list[Target]] = {beginning: [] for beginning in longest}
    for number, candidate in enumerate(candidates):
        home = next(b for b in longest if b[: len(candidate) - 1] == tuple(candidate[:-1]))
        targets[home] += [Target(len(prompt) - 1 + i, token, first_owner + number) for i, token in enumerate(candidate)]
    return [Reading((*prompt, *beginning), tuple(asked)) for beginning, asked in targets.items()]


def shared_tokens(readings: Sequence[Reading]) -> int:
    """How many tokens all of them begin with, short of the first that something is asked of."""
    columns = zip(*(reading.ids for reading in readings), strict=False)
    alike = sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, columns))
    return min(alike, *(target.at for reading in readings for target in reading.targets)) if len(readings) > 1 else 0


def rows(readings: Sequence[Reading], row_tokens: int) -> Iterator[Row]:
    """All readings, packed into rows of at most `row_tokens` (one that is longer has a row to itself)."""
    shared = shared_tokens(readings)
    sizes = [len(reading.ids) - shared for reading in readings]
    capacity = max(row_tokens - shared, *sizes)
    for chosen in best_fit_decreasing(sizes, capacity):
        yield _row([readings[i] for i in chosen], shared if len(chosen) > 1 else 0)


def _row(readings: Sequence[Reading], shared: int) -> Row:
    segments = [readings[0].ids[:shared]] if shared else []
    segments += [reading.ids[shared:] for reading in readings]
    starts_S1 = np.cumsum([0, *(len(ids) for ids in segments)])
    firsts = starts_S1[1:] if shared else starts_S1
    ids_T = np.array([token for ids in segments for token in ids], np.int64)
    counted = [np.arange(shared)] if shared else []
    positions_T = np.concatenate([*counted, *(np.arange(shared, len(reading.ids)) for reading in readings)])
    asked = [
        (int(first) + target.at - shared, target.label, target.owner)
        for first, reading in zip(firsts, readings, strict=False)
        for target in reading.targets
    ]
    at_N, labels_N, owners_N = np.array(asked, np.int64).T
    parents_S = np.array([-1, *[0] * len(readings)] if shared else [-1] * len(readings), np.int32)
    batch = Batch(
        ids_T=ids_T,
        labels_T=np.full_like(ids_T, IGNORED),
        positions_T=positions_T,
        streams_T=np.zeros_like(ids_T),
        starts_S1=starts_S1.astype(np.int32),
        parents_S=parents_S,
    )
    return Row(batch, at_N, labels_N, owners_N)
