"""One process in mixed precision computes what FSDP2's mixed precision computes, and its model stays float32."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.train.tiny_model import CPU, assert_same, documents, gradients, load_packed, loss_of, pack, write_model
from train.model import sharding
from train.model.ranks import joined
from train.settings import Compute, Lora

ITEMS = documents([25, 14, 31, 9])


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("checkpointing", ["none", "alternate"])
def test_gradients_of_two_micro_batches_are_those_of_fsdp2(tied: bool, checkpointing: str, tmp_path: Path) -> None:
    folder = write_model(tmp_path, tied=tied)
    compute = Compute.model_validate({"precision": "mixed", "checkpointing": checkpointing})
    with joined("cpu"):
        sharded = load_packed(folder, compute, mesh=sharding.mesh(compute, CPU, 1))
        for items in (ITEMS[:2], ITEMS[2:]):
            loss_of(sharded, pack(items)).backward()
        expected = gradients(sharded)
    alone = load_packed(folder, compute)
    with alone.computing():
        for items in (ITEMS[:2], ITEMS[2:]):
            loss_of(alone, pack(items)).backward()
    assert_same(gradients(alone), expected, 1e-6)


def test_inside_the_model_computes_in_bfloat16_and_outside_it_is_the_masters(tmp_path: Path) -> None:
    model = load_packed(write_model(tmp_path, tied=True), Compute(precision="mixed"))
    masters = dict(model.named_parameters())
    with model.computing():
        assert {parameter.dtype for parameter in model.parameters()} == {torch.bfloat16}
        assert model.head.weight is model.causal_lm.get_input_embeddings().weight
    after = dict(model.named_parameters())
    assert all(after[name] is master and master.dtype == torch.float32 for name, master in masters.items())


def test_the_copy_follows_what_the_optimiser_did(tmp_path: Path) -> None:
    model, batch = load_packed(write_model(tmp_path), Compute(precision="mixed")), pack(ITEMS)
    losses = []
    for _ in range(2):
        with model.computing():
            loss_of(model, batch).backward()
            losses.append(loss_of(model, batch).item())
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.sub_(1e-3 * parameter.grad.sign())
    assert losses[1] < losses[0] * 0.99


def test_of_an_adapted_model_the_adapters_alone_get_gradients(tmp_path: Path) -> None:
    model = load_packed(write_model(tmp_path), Compute(precision="mixed"), lora=Lora(rank=4, targets=("q_proj",)))
    with model.computing():
        loss_of(model, pack(ITEMS)).backward()
    assert {name.rpartition(".")[2] for name in gradients(model)} == {"lora_A", "lora_B"}
