"""How many tokens each way of batching computes for each token of the conversations: arithmetic of lengths, no
training.

What can be timed on a small machine is a few dozen conversations; this says how typical they are.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.train.contender import OURS_PACKED, OURS_SHARED, PADDED, SORTED
from benchmarks.train.ours import packed
from benchmarks.train.workload import SEED
from train.data.documents import Dataset


def ratios(dataset: Dataset, documents: Sequence[int], sequence_tokens: int, batch: int) -> dict[str, float]:
    """Computed ÷ represented of each contender; batches of `batch` padded to their longest."""
    lengths = dataset.lengths[list(documents)][np.random.default_rng(SEED).permutation(len(documents))]
    together = batch * max(
        1, min(len(lengths) // (4 * batch), 50)
    )  # what transformers' LengthGroupedSampler sorts at once
    megabatches = [np.sort(lengths[i : i + together])[::-1] for i in range(0, len(lengths), together)]
    whole = int(lengths.sum())
    return {
        PADDED: _padded(lengths.tolist(), batch) / whole,
        "Trainer, padded, group_by_length": _padded(np.concatenate(megabatches).tolist(), batch) / whole,
        SORTED: _padded(np.sort(lengths).tolist(), batch) / whole,
        OURS_PACKED: sum(one.tokens for one in packed(dataset, documents, sequence_tokens, shared=False)) / whole,
        OURS_SHARED: sum(one.tokens for one in packed(dataset, documents, sequence_tokens, shared=True)) / whole,
    }


def _padded(lengths: Sequence[int], batch: int) -> int:
    batches = [lengths[i : i + batch] for i in range(0, len(lengths), batch)]
    return sum(len(one) * max(one) for one in batches)
