"""One optimiser step over one rank's micro-batches: the loss is the sum over trained tokens divided by their number in
the whole step.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.tensor import DTensor

from actors.program.terminal import one_line
from actors.program.user_error import UserError
from train.data.batch import Batch
from train.model.model import PackedModel
from train.model.optimizer import set_rate
from train.model.ranks import Ranks
from train.run.held_out import by_stream
from train.run.surroundings import ControlRequest


class MicroBatch(NamedTuple):
    """One micro-batch and the conversations in it, for the case that its loss is not a number."""

    batch: Batch
    conversations: Sequence[str]


class StepResult(NamedTuple):
    """What a step did: mean losses in nats a trained token, seconds in its parts, what any rank was asked for."""

    loss: float
    loss_by_stream: dict[str, float]
    grad_norm: float
    data_s: float
    compute_s: float
    requested: ControlRequest


class StepRunner:
    """Takes steps with `model` and `optimizer`; knows nothing of data order, files or schedules."""

    def __init__(
        self,
        model: PackedModel,
        optimizer: torch.optim.Optimizer,
        ranks: Ranks,
        streams: Sequence[str],
        clip_norm: float,
    ) -> None:
        self._model = model
        self._optimizer = optimizer
        self._ranks = ranks
        self._streams = streams
        self._clip_norm = clip_norm

    def step(
        self, number: int, micros: Iterable[MicroBatch], trained: int, learning_rate: float, requested: ControlRequest
    ) -> StepResult:
        """Step `number` with `trained` tokens over all ranks. Raises `UserError`, before anything changes, where the
        loss or the gradient is not finite: it names the step and the conversations."""
        began = time.monotonic()
        data_s = 0.0
        sums = torch.zeros(2, len(self._streams) + len(ControlRequest), dtype=torch.float64, device=self._ranks.device)
        totals: list[torch.Tensor] = []
        seen: list[MicroBatch] = []
        asked = time.monotonic()
        with self._model.computing():
            for micro in micros:
                data_s += time.monotonic() - asked
                totals.append(self._backward(micro.batch, trained, sums))
                seen.append(micro)
                asked = time.monotonic()
        flags = sums[:, len(self._streams) :]
        flags[0, requested] = 1
        flags[1, 0] = float(not bool(torch.isfinite(torch.stack(totals)).all()))
        dist.all_reduce(sums)
        if flags[1, 0] > 0:
            self._refuse(
                f"step {number}: the loss is not finite",
                [m for m, total in zip(seen, totals, strict=True) if not total.isfinite()],
            )
        of_streams = sums[:, : len(self._streams)]
        if (
            counted := int(of_streams[1].sum())
        ) != trained:  # the sum would have been divided by a number that is not its own
            raise RuntimeError(
                f"step {number}: {counted} trained tokens were in the batches of all ranks, {trained} in the plan"
            )
        norm = self._clip()
        if not math.isfinite(norm):
            self._refuse(f"step {number}: the gradient is not finite (norm {norm}), though the loss is", seen)
        self._update(learning_rate)
        loss = float(of_streams[0].sum()) / max(1, trained)
        strongest = max(requested for requested in ControlRequest if flags[0, requested] > 0)
        return StepResult(
            loss=loss,
            loss_by_stream=by_stream(of_streams, self._streams),
            grad_norm=norm,
            data_s=data_s,
            compute_s=time.monotonic() - began - data_s,
            requested=strongest,
        )

    def _backward(self, batch: Batch, trained: int, sums: torch.Tensor) -> torch.Tensor:
        losses = self._model(self._model.on_device(batch, self._ranks.device))
        # FSDP averages over ranks what must be summed
        (losses.total * (self._ranks.world / max(1, trained))).backward()
        sums[0].index_add_(0, losses.streams_N, losses.per_token_N.double())
        sums[1].index_add_(0, losses.streams_N, torch.ones_like(losses.per_token_N, dtype=torch.float64))
        total: torch.Tensor = losses.total.detach()
        return total

    def _clip(self) -> float:
        parameters = [parameter for group in self._optimizer.param_groups for parameter in group["params"]]
        norm = nn.utils.clip_grad_norm_(parameters, self._clip_norm)
        return float(norm.full_tensor() if isinstance(norm, DTensor) else norm)

    def _update(self, learning_rate: float) -> None:
        set_rate(self._optimizer, learning_rate)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)

    def _refuse(self, what: str, micros: Sequence[MicroBatch]) -> None:
        """Every rank raises the same line."""
        mine = [name for micro in micros for name in micro.conversations]
        gathered: list[list[str] | None] = [None] * self._ranks.world
        dist.all_gather_object(gathered, mine)
        names = [name for rank in gathered for name in rank or []]
        shown = one_line(", ".join(names[:8]), 300) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
        raise UserError(
            f"{what}; no step was taken. In it: conversations {shown}. Look at them with 'python -m train preview', or"
            " lower the rate"
        )
