"""A batch on the device where the model is, with its attention rule prepared."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from train.attention import Backend, Layout, layout
from train.data.batch import IGNORED, Batch


class TensorBatch(NamedTuple):
    """A row of T tokens (int64). `trained_N` are the positions that are trained on, and `labels_N`, `streams_N` belong
    to these.

    They were found on the host: finding them on a GPU would stop it once a batch.
    """

    ids_1T: torch.Tensor
    positions_1T: torch.Tensor
    trained_N: torch.Tensor
    labels_N: torch.Tensor
    streams_N: torch.Tensor
    layout: Layout


def to_device(batch: Batch, device: torch.device, backend: Backend) -> TensorBatch:
    """Copies the batch; `backend` is what `train.attention.backend` chose.

    Raises `UserError` where that can't do its segments.
    """

    def moved(array: npt.NDArray[Any]) -> torch.Tensor:
        return torch.from_numpy(array.astype(np.int64, copy=False)).to(device, non_blocking=True)

    trained_N = np.flatnonzero(batch.labels_T != IGNORED)
    return TensorBatch(
        ids_1T=moved(batch.ids_T)[None],
        positions_1T=moved(batch.positions_T)[None],
        trained_N=moved(trained_N),
        labels_N=moved(batch.labels_T[trained_N]),
        streams_N=moved(batch.streams_T[trained_N]),
        layout=layout(batch, device, backend),
    )
