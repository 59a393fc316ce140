"""The trainer's own forward over the folder's weights, in float32 on the CPU: what the served log-probabilities must
be.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from train.data.batch import IGNORED, Batch
from train.model import sharding, weights
from train.model.model import PackedModel, build_on_meta, configuration
from train.settings import Compute

_CPU = torch.device("cpu")
_LOGITS_AT_ONCE = 256  # tokens


def context_tokens(model_dir: str) -> int | None:
    """How many positions the model has, where its config says."""
    limit = getattr(configuration(model_dir), "max_position_embeddings", None)
    return limit if isinstance(limit, int) else None


def require_weights(model_dir: str) -> None:
    """Raises `UserError` where there is no model folder: no config.json, no safetensors, or a family that is not
    trained here.
    """
    build_on_meta(configuration(model_dir), precision="float32", sequence_tokens=1)
    weights.fingerprint(model_dir)


def log_probabilities(model_dir: str, sequences: Sequence[Sequence[int]]) -> list[list[float]]:
    """Of every id behind the first of each sequence, in nats; needs 4 bytes of memory a parameter, and frees them.

    Raises `UserError` where the weights are not what config.json says.
    """
    model = _loaded(model_dir, max(map(len, sequences)))
    return [_of(model, ids) for ids in sequences]


def _loaded(model_dir: str, sequence_tokens: int) -> PackedModel:
    config = configuration(model_dir)
    model = build_on_meta(
        config, precision="float32", sequence_tokens=sequence_tokens, loss_chunk_tokens=_LOGITS_AT_ONCE
    )
    sharding.apply(model, Compute(precision="float32"), None, _CPU)
    weights.load(model, model_dir, _CPU)
    return model.eval()


@torch.no_grad()
def _of(model: PackedModel, ids: Sequence[int]) -> list[float]:
    own_T = np.array(ids, dtype=np.int64)
    labels_T = np.append(own_T[1:], IGNORED)
    batch = Batch(
        ids_T=own_T,
        labels_T=labels_T,
        positions_T=np.arange(len(ids), dtype=np.int64),
        streams_T=np.zeros(len(ids), dtype=np.int64),
        starts_S1=np.array([0, len(ids)], dtype=np.int32),
        parents_S=np.array([-1], dtype=np.int32),
    )
    losses_N = model(model.on_device(batch, _CPU)).per_token_N
    return [-float(loss) for loss in losses_N]
