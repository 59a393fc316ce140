"""Who sees whom in a packed row: the rule of train/data/batch.py, written as segment numbers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from train.data.batch import Batch

_NO_PARENT = -1  # is no segment's number, so that nothing matches it


class Owners(NamedTuple):
    """Of every position: its segment, and its segment's parent (-1: none). int32."""

    segment_T: torch.Tensor
    parent_T: torch.Tensor


def owners(batch: Batch, device: torch.device) -> Owners:
    lengths_S = np.diff(batch.starts_S1)
    segment_T = np.repeat(np.arange(len(lengths_S), dtype=np.int32), lengths_S)
    parent_T = np.where(batch.parents_S < 0, _NO_PARENT, batch.parents_S).astype(np.int32)[segment_T]
    return Owners(torch.from_numpy(segment_T).to(device), torch.from_numpy(parent_T).to(device))
