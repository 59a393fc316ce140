"""Log-probabilities by the trainer's own forward pass: what is measured here is what training saw, packed rows, chunked
logits and all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch

from serve.general.readings import Reading, Row, rows
from train.model import sharding, weights
from train.model.model import PackedModel, build_on_meta, configuration
from train.model.ranks import device_kind
from train.model.tensor_batch import TensorBatch
from train.settings import Compute

Dtype = Literal["float32", "bfloat16"]
_LOGITS_AT_ONCE = 256  # positions: 50 MB in float32 for a vocabulary of 49,152


class Scorer:
    """A model on its device, ready to be asked."""

    def __init__(self, model_dir: str, dtype: Dtype, device: Literal["auto", "cpu", "cuda"], row_tokens: int) -> None:
        """Raises `UserError` for a folder that is no model, or one of a family that the trainer does not compute."""
        self.row_tokens = row_tokens
        self._device = torch.device(device_kind(device))
        self._model: PackedModel = build_on_meta(
            configuration(model_dir), precision=dtype, sequence_tokens=row_tokens, loss_chunk_tokens=_LOGITS_AT_ONCE
        )
        sharding.apply(self._model, Compute(precision=dtype), None, self._device, shared_prefixes=True)
        weights.load(self._model, model_dir, self._device)
        self._model.eval()

    def log_probabilities(
        self, readings: Sequence[Reading], owners: int, step: Callable[[int], None] = lambda tokens: None
    ) -> npt.NDArray[np.float64]:
        """For each of `owners` the sum over its targets. `step` is told the tokens of each row that is done."""
        sums = torch.zeros(owners, dtype=torch.float64)
        for row in rows(readings, self.row_tokens):
            sums.index_add_(0, torch.from_numpy(row.owners_N), -self._losses(row))
            step(len(row.batch.ids_T))
        found: npt.NDArray[np.float64] = sums.numpy()
        return found

    @torch.no_grad()
    def _losses(self, row: Row) -> torch.Tensor:
        at_N, labels_N = (torch.from_numpy(array).to(self._device) for array in (row.at_N, row.labels_N))
        batch: TensorBatch = self._model.on_device(row.batch, self._device)
        losses = self._model(batch._replace(trained_N=at_N, labels_N=labels_N, streams_N=torch.zeros_like(labels_N)))
        wide: torch.Tensor = losses.per_token_N.double().cpu()
        return wide
