"""The model of a run, from its config to its Hugging Face folder: what the loop and `python -m train export` share."""

from __future__ import annotations

from pathlib import Path

import torch
from torch.distributed.checkpoint.state_dict import StateDictOptions

from train import sharding, weights
from train.export import export
from train.model import Packed, build_on_meta, configuration
from train.ranks import Ranks
from train.renderers import Renderer
from train.settings import Lora, TrainSettings


def assembled(settings: TrainSettings, ranks: Ranks) -> Packed:
    """The model that `settings` begin with, sharded over `ranks`, its weights loaded. Raises `UserError`."""
    compute, offload = settings.compute, settings.optimizer.offload
    model = build_on_meta(
        configuration(settings.model),
        precision=sharding.precision(compute, ranks.device),
        sequence_tokens=settings.batch.sequence_tokens,
        loss_chunk_tokens=compute.loss_chunk_tokens,
        lora=settings.lora,
        seed=settings.seed,
    )
    alone = ranks.world == 1 and not offload and sharding.precision(compute, ranks.device) != "mixed"
    mesh = None if alone else sharding.mesh(compute, ranks.device, ranks.world)  # nobody to share with: FSDP would only copy
    sharding.apply(model, compute, mesh, ranks.device, offload=offload, shared_prefixes=settings.packing.shared_prefixes)
    weights.load(model, settings.model, ranks.device, offload=offload)
    return model


def state_options(lora: Lora | None) -> StateDictOptions:
    """What of a model a checkpoint holds: of an adapted one what is trained alone, since the rest is the model that it began with."""
    return StateDictOptions(ignore_frozen_params=lora is not None, strict=lora is None)


def write(model: Packed, settings: TrainSettings, renderer: Renderer, place: Path, dtype: torch.dtype) -> None:
    """The folder `place`, with the stop tokens and the template that were trained; called by every rank. Raises `UserError`."""
    export(model, settings.model, place, dtype, stop_ids=renderer.stop_token_ids, chat_template=renderer.missing_template)
