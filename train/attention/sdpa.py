"""Packed attention with torch's scaled_dot_product_attention, one call a segment.

Runs anywhere. A call on a segment costs some 0.1 ms of Python and dispatch against seconds for the row's matrix
products, so that a loop beats one call with a block-diagonal mask, whose masked part is computed all the same. The
slices come from one `split`, whose backward is one concatenation; indexing would fill a whole row of zeros a segment.
Masks are made once a batch as what is added to the scores: from a mask of booleans SDPA would make that in every layer,
and keep it there for the backward.

On the CPU attention is float32 whatever the rest is: short segments are a fifth faster so, and torch 2.13 keeps a
compiled bfloat16 kernel of megabytes for every pair of lengths, for ever, so that a run would grow by 50 MiB a step.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from torch.nn.functional import scaled_dot_product_attention

from train.data.batch import Batch

Masks = tuple[torch.Tensor | None, ...]


@dataclass(frozen=True, eq=False)
class SdpaLayout:
    """The segments' lengths and parents (-1: none)."""

    lengths: tuple[int, ...]
    parents: tuple[int, ...]
    _masks: dict[torch.dtype, Masks] = field(default_factory=dict)

    @classmethod
    def of(cls, batch: Batch) -> SdpaLayout:
        lengths = tuple(int(length) for length in np.diff(batch.starts_S1))
        return cls(lengths, tuple(int(parent) for parent in batch.parents_S))

    def masks(self, like: torch.Tensor) -> Masks:
        """Of each segment: [L, P + L], for a continuation of L tokens over its parent's P and its own; None for the
        others.
        """
        if like.dtype not in self._masks:
            self._masks[like.dtype] = tuple(
                None if parent < 0 else _lower_right(length, self.lengths[parent] + length, like)
                for length, parent in zip(self.lengths, self.parents, strict=True)
            )
        return self._masks[like.dtype]

    # the lengths change with every batch: traced, each would be compiled anew
    @torch.compiler.disable  # type: ignore[untyped-decorator]
    def attend(
        self, query_1HTD: torch.Tensor, key_1KTD: torch.Tensor, value_1KTD: torch.Tensor, scale: float
    ) -> torch.Tensor:
        dtype, grouped = query_1HTD.dtype, query_1HTD.shape[1] != key_1KTD.shape[1]
        if query_1HTD.device.type == "cpu" and dtype == torch.bfloat16:
            query_1HTD, key_1KTD, value_1KTD = query_1HTD.float(), key_1KTD.float(), value_1KTD.float()
        queries, keys, values = (
            torch.split(states, list(self.lengths), dim=2) for states in (query_1HTD, key_1KTD, value_1KTD)
        )
        attended = []
        for query, key, value, parent, mask in zip(
            queries, keys, values, self.parents, self.masks(query_1HTD), strict=True
        ):
            if mask is not None:
                key, value = torch.cat((keys[parent], key), dim=2), torch.cat((values[parent], value), dim=2)
            attended.append(
                scaled_dot_product_attention(
                    query, key, value, mask, is_causal=mask is None, scale=scale, enable_gqa=grouped
                ).transpose(1, 2)
            )
        return torch.cat(attended, dim=1).to(dtype)


def _lower_right(rows: int, columns: int, like: torch.Tensor) -> torch.Tensor:
    return torch.full((rows, columns), -torch.inf, dtype=like.dtype, device=like.device).triu(columns - rows + 1)
