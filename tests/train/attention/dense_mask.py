"""Who sees whom in a packed row, as one square mask that every backend is held against."""

from __future__ import annotations

import torch

from train.attention.visibility import owners
from train.data.batch import Batch


def dense(batch: Batch, device: torch.device) -> torch.Tensor:
    """[T, T], True where the row's position sees the column's."""
    segment_T, parent_T = owners(batch, device)
    at_T = torch.arange(len(segment_T), device=device)
    own = (segment_T[:, None] == segment_T[None, :]) & (at_T[:, None] >= at_T[None, :])
    return own | (parent_T[:, None] == segment_T[None, :])
