"""The loss on conversations that are never trained on, by stream."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.distributed as dist

from train.data.batch import Batch
from train.model.model import PackedModel
from train.model.ranks import Ranks


def held_out_losses(
    model: PackedModel, batches: Sequence[Batch], streams: Sequence[str], ranks: Ranks
) -> dict[str, float]:
    """Mean cross-entropy in nats a trained token, by stream.

    `batches` are this rank's; every rank must give as many.
    """
    sums = torch.zeros(2, len(streams), dtype=torch.float64, device=ranks.device)
    model.eval()
    with torch.no_grad(), model.computing():
        for batch in batches:
            losses = model(model.on_device(batch, ranks.device))
            sums[0].index_add_(0, losses.streams_N, losses.per_token_N.double())
            sums[1].index_add_(0, losses.streams_N, torch.ones_like(losses.per_token_N, dtype=torch.float64))
    model.train()
    dist.all_reduce(sums)
    return by_stream(sums, streams)


def by_stream(sums_2S: torch.Tensor, streams: Sequence[str]) -> dict[str, float]:
    """Mean losses of the streams that have trained tokens; `sums_2S` are loss sums and token counts."""
    totals, counts = sums_2S.tolist()
    return {name: total / count for name, total, count in zip(streams, totals, counts, strict=True) if count}
