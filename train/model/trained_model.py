"""The model of a run, from its config to its Hugging Face folder: what the loop and `python -m train export` share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from torch.distributed.checkpoint.state_dict import StateDictOptions

from actors.records.trajectory import digest
from train.model import sharding, weights
from train.model.export import export
from train.model.model import PackedModel, build_on_meta, configuration
from train.model.ranks import Ranks
from train.renderers import Renderer
from train.renderers.text_encoder import TextEncoder
from train.settings import TrainSettings


def assembled(settings: TrainSettings, ranks: Ranks) -> PackedModel:
    """The model that `settings` begin with, sharded over `ranks`, its weights loaded. Raises `UserError`."""
    compute, offload = settings.compute, settings.optimizer.offload
    precision = sharding.precision(compute, ranks.device)
    sharding.refuse_unlike(precision, ranks)
    model = build_on_meta(
        configuration(settings.model),
        precision=precision,
        sequence_tokens=settings.batch.sequence_tokens,
        loss_chunk_tokens=compute.loss_chunk_tokens,
        lora=settings.lora,
        freeze_embeddings=settings.freeze_embeddings,
        seed=settings.seed,
    )
    mesh = (
        None
        if sharding.alone(compute, ranks.device, ranks.world, offload)
        else sharding.mesh(compute, ranks.device, ranks.world)
    )
    sharding.apply(
        model, compute, mesh, ranks.device, offload=offload, shared_prefixes=settings.packing.shared_prefixes
    )
    weights.load(model, settings.model, ranks.device, offload=offload)
    return model


def state_options(settings: TrainSettings) -> StateDictOptions:
    """What of a model a checkpoint holds: where some of it is frozen, what is trained alone; the rest is the model that
    it began with.
    """
    whole = settings.trains_embeddings
    return StateDictOptions(ignore_frozen_params=not whole, strict=whole)


def write(model: PackedModel, settings: TrainSettings, renderer: Renderer, place: Path, dtype: torch.dtype) -> None:
    """The folder `place`, with the stop tokens and the template that were trained; called by every rank.

    Raises `UserError`.
    """
    stops, template = renderer.stop_token_ids, renderer.missing_template
    export(
        model, settings.model, place, dtype, stop_ids=stops, chat_template=template, trained=rendering_record(renderer)
    )


def rendering_record(renderer: Renderer) -> dict[str, Any]:
    """How conversations were written for the model, so that `python -m serve check` can hold what serves it against
    that, on a machine that knows nothing of the run."""
    template = renderer.missing_template or renderer.encoder.chat_template
    return {
        "renderer": renderer.name,
        "renderer_fingerprint": renderer.fingerprint,
        "system_prompt": renderer.system_prompt,
        "chat_template": renderer.encoder.replaced_by,
        "stop_token_ids": list(renderer.stop_token_ids),
        "tokenizer": tokenizer_fingerprint(renderer.encoder, template),
    }


def tokenizer_fingerprint(encoder: TextEncoder, template: str | None) -> str:
    """A hash of the tokenizer with `template` as its chat template: all that a folder's own files make of a
    conversation.
    """
    backend = json.loads(encoder.tokenizer.backend_tokenizer.to_str())
    state = {
        name: part for name, part in backend.items() if name not in ("truncation", "padding")
    }  # a call of the tokenizer sets these
    return digest(state, template, {name: str(token) for name, token in encoder.tokenizer.special_tokens_map.items()})
