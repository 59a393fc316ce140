"""Packed attention with FlexAttention: one fused CUDA kernel that skips the blocks which nobody sees, shared prefixes
included.

The block mask is built once a batch and shared by all layers. Only the forward runs on a CPU.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import cast

import torch
from torch.nn.attention.flex_attention import BlockMask, create_block_mask, flex_attention

from train.attention.visibility import Owners, owners
from train.data.batch import Batch

MaskMod = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]


@dataclass(frozen=True, eq=False)
class FlexLayout:
    """`mask` is [1, 1, T, T] in blocks of 128."""

    mask: BlockMask

    @classmethod
    def of(cls, batch: Batch, device: torch.device) -> FlexLayout:
        tokens = len(batch.ids_T)
        return cls(_build_mask(device.type)(rule(owners(batch, device)), 1, None, tokens, tokens, device=device))

    def attend(
        self, query_1HTD: torch.Tensor, key_1KTD: torch.Tensor, value_1KTD: torch.Tensor, scale: float
    ) -> torch.Tensor:
        grouped = query_1HTD.shape[1] != key_1KTD.shape[1]
        kernel = _kernel(query_1HTD.device.type)
        attended = kernel(query_1HTD, key_1KTD, value_1KTD, block_mask=self.mask, scale=scale, enable_gqa=grouped)
        return attended.transpose(1, 2)


def rule(of: Owners) -> MaskMod:
    """Whether query position q sees key position k: FlexAttention's form of train/data/batch.py's rule."""
    segment_T, parent_T = of

    def sees(_batch: torch.Tensor, _head: torch.Tensor, q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
        return ((segment_T[q] == segment_T[k]) & (q >= k)) | (parent_T[q] == segment_T[k])

    return sees


# Without compilation both fall back to the whole T x T matrix: right on the CPU's small tests, ruinous on a GPU.
@cache
def _build_mask(device_type: str) -> Callable[..., BlockMask]:
    return torch.compile(create_block_mask) if device_type == "cuda" else create_block_mask


@cache
def _kernel(device_type: str) -> Callable[..., torch.Tensor]:
    return cast(Callable[..., torch.Tensor], torch.compile(flex_attention) if device_type == "cuda" else flex_attention)
