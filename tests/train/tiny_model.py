"""A tiny model with random weights as a Hugging Face folder, and batches for it: what the tests of the model side
share.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel

from train.data.batch import IGNORED, Batch
from train.model import sharding, weights
from train.model.model import PackedModel, build_on_meta, configuration
from train.settings import Compute, Lora

CPU = torch.device("cpu")
VOCABULARY = 96
SIZES = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "vocab_size": VOCABULARY,
}


def write_model(
    folder: Path, model_type: str = "llama", *, tied: bool = False, key_heads: int = 2, **fields: Any
) -> Path:
    """Write one to `folder`, with weights large enough for its outputs to differ from token to token."""
    settings = {**SIZES, "num_key_value_heads": key_heads, "tie_word_embeddings": tied, "max_position_embeddings": 256}
    config = AutoConfig.for_model(model_type, **{**settings, "initializer_range": 0.3, **fields})
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:  # norms and biases: not all one, not all zero
                parameter.add_(0.1 * torch.randn(parameter.shape))
    model.save_pretrained(folder)
    return folder


def load_packed(
    folder: Path, compute: Compute | None = None, *, mesh: Any = None, lora: Lora | None = None, chunk: int = 16
) -> PackedModel:
    """The folder's model, ready to train on the CPU; sharded if there is a mesh."""
    compute = compute or Compute(precision="float32")
    precision = sharding.precision(compute, CPU)
    model = build_on_meta(
        configuration(str(folder)), precision=precision, sequence_tokens=256, loss_chunk_tokens=chunk, lora=lora, seed=1
    )
    sharding.apply(model, compute, mesh, CPU)
    weights.load(model, str(folder), CPU)
    return model


def reference(folder: Path, dtype: torch.dtype = torch.float32) -> PreTrainedModel:
    """The same model by transformers alone."""
    return AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, attn_implementation="eager")


def documents(lengths: Sequence[int], seed: int = 0) -> list[tuple[list[int], list[bool]]]:
    """Token ids, and which of them are trained on."""
    random = np.random.default_rng(seed)
    return [(random.integers(0, VOCABULARY, n).tolist(), (random.random(n) < 0.6).tolist()) for n in lengths]


def pack(items: Sequence[tuple[list[int], list[bool]]], prefixes: Sequence[int] | None = None) -> Batch:
    """One row of the documents. With `prefixes`, document i is a continuation of document prefixes[i] (-1: of none)."""
    parents = list(prefixes or [-1] * len(items))
    columns: dict[str, list[int]] = {"ids": [], "labels": [], "positions": [], "streams": []}
    starts = [0]
    for number, (ids, trained) in enumerate(items):
        offset = len(items[parents[number]][0]) if parents[number] >= 0 else 0
        columns["ids"] += ids
        columns["labels"] += [*(new if on else IGNORED for new, on in zip(ids[1:], trained[1:], strict=True)), IGNORED]
        columns["positions"] += range(offset, offset + len(ids))
        columns["streams"] += [number] * len(ids)
        starts.append(len(columns["ids"]))
    arrays = (np.array(column, dtype=np.int64) for column in columns.values())
    return Batch(*arrays, np.array(starts, dtype=np.int32), np.array(parents, dtype=np.int32))


def loss_of(model: PackedModel, batch: Batch) -> torch.Tensor:
    total: torch.Tensor = model(model.on_device(batch, CPU)).total
    return total


def reference_loss(model: PreTrainedModel, items: Sequence[tuple[list[int], list[bool]]]) -> torch.Tensor:
    """The sum over the documents, one by one, of transformers' own logits' cross-entropy."""
    total = torch.zeros((), dtype=torch.float64)
    for ids, trained in items:
        logits = model(torch.tensor([ids])).logits[0, :-1]
        labels = torch.tensor([new if on else IGNORED for new, on in zip(ids[1:], trained[1:], strict=True)])
        total = total + torch.nn.functional.cross_entropy(
            logits.double(), labels, ignore_index=IGNORED, reduction="sum"
        )
    return total


def gradients(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """By transformers' names, whole, as float64."""
    found = {}
    for name, parameter in model.named_parameters():
        if parameter.grad is not None:
            grad = parameter.grad.full_tensor() if hasattr(parameter.grad, "full_tensor") else parameter.grad
            found[name.removeprefix("causal_lm.")] = grad.double()
    return found


def assert_same(found: dict[str, torch.Tensor], expected: dict[str, torch.Tensor], tolerance: float = 1e-5) -> None:
    """Relative to the largest number of each tensor."""
    assert found.keys() == expected.keys()
    for name, wanted in expected.items():
        error = (found[name] - wanted).abs().max() / wanted.abs().max().clamp(min=1e-12)
        assert error < tolerance, f"{name}: {error:.2e}"
