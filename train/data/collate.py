"""Bins into one batch: reads the tokens, shifts the labels, counts the positions; vectorised, one gather for each
array.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from train.data.batch import IGNORED, Batch
from train.data.documents import Dataset
from train.data.packing import Bin


def collate(dataset: Dataset, bins: Sequence[Bin], pad_to: int | None = None) -> Batch:
    """One row with `bins` one behind the other; `pad_to` fills it with a last segment that trains nothing.

    No segment begins with a trained token: the cache marks none where a document begins, and `prefixes` ends no prefix
    before one. So the last token of a segment predicts nothing, whatever comes behind it in the row. No bins give one
    token that trains nothing, so that a rank without work still takes part in the step. Raises `ValueError` if the bins
    hold more than `pad_to` tokens.
    """
    batch = _row(dataset, bins) if bins else _padding(pad_to or 1)
    missing = 0 if pad_to is None else pad_to - len(batch.ids_T)
    if missing < 0:
        raise ValueError(f"the bins hold {len(batch.ids_T)} tokens, more than the {pad_to} to pad to")
    return _joined(batch, _padding(missing)) if missing else batch


def _row(dataset: Dataset, bins: Sequence[Bin]) -> Batch:
    segments_S4 = np.array([segment for bin in bins for segment in bin.segments], np.int64)
    documents_S, begins_S, ends_S, parents_S = segments_S4.T
    starts_S1 = np.concatenate([[0], np.cumsum(ends_S - begins_S)])
    lengths_S, total = ends_S - begins_S, int(starts_S1[-1])
    positions_T = np.arange(total) + np.repeat(begins_S - starts_S1[:-1], lengths_S)
    places_T = positions_T + np.repeat(dataset.offsets[documents_S], lengths_S)
    ids_T = dataset.tokens[places_T].astype(np.int64)
    trained_T = dataset.trained[places_T]
    labels_T = np.full(total, IGNORED, np.int64)
    labels_T[:-1] = np.where(trained_T[1:], ids_T[1:], IGNORED)
    first_segments = np.repeat(
        np.cumsum([0, *(len(bin.segments) for bin in bins[:-1])]), [len(bin.segments) for bin in bins]
    )
    return Batch(
        ids_T=ids_T,
        labels_T=labels_T,
        positions_T=positions_T,
        streams_T=np.repeat(dataset.stream_of[documents_S].astype(np.int64), lengths_S),
        starts_S1=starts_S1.astype(np.int32),
        parents_S=np.where(parents_S >= 0, parents_S + first_segments, -1).astype(np.int32),
    )


def _padding(tokens: int) -> Batch:
    zeros = np.zeros(tokens, np.int64)
    starts, parents = np.array([0, tokens], np.int32), np.array([-1], np.int32)
    return Batch(
        ids_T=zeros,
        labels_T=np.full(tokens, IGNORED, np.int64),
        positions_T=np.arange(tokens),
        streams_T=zeros,
        starts_S1=starts,
        parents_S=parents,
    )


def _joined(one: Batch, other: Batch) -> Batch:
    starts_S1 = np.concatenate([one.starts_S1, other.starts_S1[1:] + one.starts_S1[-1]]).astype(np.int32)
    return Batch(
        ids_T=np.concatenate([one.ids_T, other.ids_T]),
        labels_T=np.concatenate([one.labels_T, other.labels_T]),
        positions_T=np.concatenate([one.positions_T, other.positions_T]),
        streams_T=np.concatenate([one.streams_T, other.streams_T]),
        starts_S1=starts_S1,
        parents_S=np.concatenate([one.parents_S, other.parents_S]),
    )
