"""The model that is trained: a transformers decoder over packed rows, with its loss in the same module.

The loss is inside because FSDP2 gathers the root's parameters, the output matrix among them, only while the root's
forward runs.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Literal, NamedTuple, cast

import torch
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM, PretrainedConfig, PreTrainedModel

from actors.program.terminal import one_line
from actors.program.user_error import UserError
from train.attention import IMPLEMENTATION, Backend
from train.data.batch import Batch
from train.model import lora as adapters
from train.model.linear_loss import linear_loss
from train.model.model_support import check
from train.model.tensor_batch import TensorBatch, to_device
from train.settings import Lora

__all__ = ["Losses", "PackedModel", "Precision", "TensorBatch", "build_on_meta", "configuration", "to_device"]

Precision = Literal["float32", "mixed", "bfloat16"]


class Losses(NamedTuple):
    """`total` is the cross-entropy summed over the row's N trained tokens, with gradient; theirs are detached, float32
    or wider.
    """

    total: torch.Tensor
    per_token_N: torch.Tensor
    streams_N: torch.Tensor


class PackedModel(nn.Module):
    """`causal_lm` over packed rows; the root that is sharded."""

    def __init__(self, causal_lm: PreTrainedModel, loss_chunk_tokens: int) -> None:
        super().__init__()
        self.causal_lm = causal_lm
        self.loss_chunk_tokens = loss_chunk_tokens
        self.backend: Backend = "sdpa"  # which the sharding, knowing the device, may change
        # around the forwards and backwards of a step: where the sharding has put a copy of the weights to compute with
        self.computing: Callable[[], AbstractContextManager[None]] = nullcontext

    def forward(self, batch: TensorBatch) -> Losses:
        hidden_1TD = self.causal_lm.base_model(
            input_ids=batch.ids_1T, position_ids=batch.positions_1T, use_cache=False, layout=batch.layout
        ).last_hidden_state
        trained_ND = hidden_1TD[0].index_select(0, batch.trained_N)
        losses = linear_loss(trained_ND, self.head.weight, batch.labels_N, self.loss_chunk_tokens)
        return Losses(*losses, batch.streams_N)

    def on_device(self, batch: Batch, device: torch.device) -> TensorBatch:
        """The batch as `forward` wants it. Raises `UserError` if the attention's backend cannot do its segments."""
        return to_device(batch, device, self.backend)

    @property
    def blocks(self) -> nn.ModuleList:
        """The decoder's layers, from the first to the last."""
        return cast(nn.ModuleList, self.causal_lm.base_model.layers)

    @property
    def head(self) -> nn.Linear:
        return cast(nn.Linear, self.causal_lm.lm_head)

    @property
    def tied(self) -> bool:
        """Whether the output matrix is the embedding's."""
        return bool(self.causal_lm.config.tie_word_embeddings)


def configuration(model_dir: str) -> PretrainedConfig:
    """A model folder's config. Raises `UserError` if there is none that transformers can read."""
    path = Path(model_dir).expanduser()
    if not (path / "config.json").is_file():
        raise UserError(f"model '{model_dir}' is not a Hugging Face model folder: it has no config.json")
    try:
        config: PretrainedConfig = AutoConfig.from_pretrained(path, local_files_only=True)
    except Exception as error:  # the library raises whatever its parts raise; all of it is about this file
        raise UserError(
            f"model '{model_dir}': config.json cannot be read: {one_line(str(error) or type(error).__name__, 200)}"
        ) from error
    return config


def build_on_meta(
    config: PretrainedConfig,
    *,
    precision: Precision,
    sequence_tokens: int,
    loss_chunk_tokens: int = 1024,
    lora: Lora | None = None,
    freeze_embeddings: bool = False,
    seed: int = 0,
) -> PackedModel:
    """The model without memory for its weights, in the dtype of its masters; `seed` is the adapters'.

    Raises `UserError` for a model that would not be trained as it is defined.
    """
    check(config, sequence_tokens)
    dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
    own = type(config).from_dict(config.to_dict())  # transformers writes the attention into it
    try:
        with torch.device("meta"):
            causal_lm = AutoModelForCausalLM.from_config(own, dtype=dtype, attn_implementation=IMPLEMENTATION)  # type: ignore[no-untyped-call]
    except Exception as error:  # the library raises whatever its parts raise; all of it is about this config
        raise UserError(
            f"a '{config.model_type}' model cannot be built from its config:"
            f" {one_line(str(error) or type(error).__name__, 200)}"
        ) from error
    _refuse_parts(causal_lm)
    if lora is not None:
        adapters.apply(causal_lm, lora, seed)
    if freeze_embeddings:
        for module in (causal_lm.get_input_embeddings(), causal_lm.get_output_embeddings()):
            module.requires_grad_(False)
    return PackedModel(causal_lm, loss_chunk_tokens)


def _refuse_parts(causal_lm: PreTrainedModel) -> None:
    """What only the built model shows."""
    kind, head = causal_lm.config.model_type, getattr(causal_lm, "lm_head", None)
    if not causal_lm._supports_attention_backend or not isinstance(
        getattr(causal_lm.base_model, "layers", None), nn.ModuleList
    ):
        raise UserError(f"a '{kind}' model cannot be trained here: its layers take no attention from outside")
    if type(head) is not nn.Linear or head.bias is not None:
        raise UserError(f"a '{kind}' model cannot be trained here: its output layer is not a plain matrix")
    if any(name.rpartition(".")[2] == "sinks" for name, _ in causal_lm.named_parameters()):
        raise UserError(f"a '{kind}' model cannot be trained here: it has attention sinks")
