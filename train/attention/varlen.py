"""Packed attention with torch's variable-length flash kernel: CUDA, half precision, segments without parents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch.nn.attention.varlen import varlen_attn

from actors.program.user_error import UserError
from train.data.batch import Batch

_CAUSAL = (-1, 0)  # varlen_attn's window: all of the past, nothing of the future


@dataclass(frozen=True, eq=False)
class VarlenLayout:
    """The segments' first tokens and, last, T (int32, on the device); and the longest segment."""

    starts_S1: torch.Tensor
    longest: int

    @classmethod
    def of(cls, batch: Batch, device: torch.device) -> VarlenLayout:
        """Raises `UserError` for shared prefixes: the kernel's log-sum-exp, which would merge the two parts, has no
        gradient.
        """
        if (batch.parents_S >= 0).any():
            raise UserError(
                "compute.attention 'varlen' cannot share prefixes: set packing.shared_prefixes to false, or use 'flex'"
            )
        starts_S1 = torch.from_numpy(batch.starts_S1.astype(np.int32)).to(device)
        return cls(starts_S1, int(np.diff(batch.starts_S1).max(initial=0)))

    def attend(
        self, query_1HTD: torch.Tensor, key_1KTD: torch.Tensor, value_1KTD: torch.Tensor, scale: float
    ) -> torch.Tensor:
        query_THD, key_TKD, value_TKD = (states[0].transpose(0, 1) for states in (query_1HTD, key_1KTD, value_1KTD))
        grouped = query_THD.shape[1] != key_TKD.shape[1]
        starts, longest = self.starts_S1, self.longest
        attended = varlen_attn(
            query_THD,
            key_TKD,
            value_TKD,
            starts,
            starts,
            longest,
            longest,
            scale=scale,
            window_size=_CAUSAL,
            enable_gqa=grouped,
        )
        return cast(torch.Tensor, attended)[None]
