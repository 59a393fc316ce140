"""Attention over packed rows, as an implementation that any transformers decoder can be told to use.

A row's segments attend causally to themselves and to their parent, to nothing else (train/data/batch.py). `layout`
prepares that rule once a batch, in the form its backend wants: SDPA segment by segment (any device; the CPU's default),
FlexAttention with a block mask (CUDA's default), or the varlen kernel (CUDA, half precision, no shared prefixes). The
layout then travels through the model's keyword arguments to every layer, and `packed` is all that transformers sees of
it.
"""

from __future__ import annotations

from typing import Any, Literal, Protocol

import torch
from torch import nn
from transformers import AttentionInterface

from actors.program.user_error import UserError
from train.attention.flex import FlexLayout
from train.attention.sdpa import SdpaLayout
from train.attention.varlen import VarlenLayout
from train.data.batch import Batch

IMPLEMENTATION = "agenttuning_packed"
Backend = Literal["sdpa", "flex", "varlen"]


class Layout(Protocol):
    """One batch's attention rule, ready for a backend."""

    def attend(
        self, query_1HTD: torch.Tensor, key_1KTD: torch.Tensor, value_1KTD: torch.Tensor, scale: float
    ) -> torch.Tensor:
        """The attended values [1, T, H, D]. K key heads serve H query heads, H a multiple of K."""


def backend(
    asked: Literal["auto", "sdpa", "flex", "varlen"], device: torch.device, dtype: torch.dtype, shared_prefixes: bool
) -> Backend:
    """The backend for `asked` on this device.

    `dtype` is what is computed in. Raises `UserError` where it can't do the work.
    """
    if asked == "auto":
        return "flex" if device.type == "cuda" else "sdpa"
    if asked != "sdpa" and device.type != "cuda":
        raise UserError(
            f"compute.attention is '{asked}', which needs CUDA, but the device is '{device.type}': use 'auto' or 'sdpa'"
        )
    if asked == "varlen" and dtype not in (torch.bfloat16, torch.float16):
        raise UserError(
            "compute.attention 'varlen' computes in half precision only: set compute.precision to 'mixed', or use"
            " 'flex'"
        )
    if asked == "varlen" and shared_prefixes:
        raise UserError(
            "compute.attention 'varlen' cannot share prefixes: set packing.shared_prefixes to false, or use 'flex'"
        )
    return asked


def layout(batch: Batch, device: torch.device, chosen: Backend) -> Layout:
    """The rule of this batch's segments for the `chosen` backend."""
    if chosen == "flex":
        return FlexLayout.of(batch, device)
    if chosen == "varlen":
        return VarlenLayout.of(batch, device)
    return SdpaLayout.of(batch)


def packed(
    module: nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: None,
    *,
    scaling: float,
    layout: Layout,
    **others: Any,
) -> tuple[torch.Tensor, None]:
    """What transformers calls in every layer.

    `others` (dropout, windows) was refused beforehand where it would matter.
    """
    return layout.attend(query, key, value, scaling), None


AttentionInterface.register(IMPLEMENTATION, packed)
