"""Adapters: only they are trained, from nothing, exactly, and what is exported computes the same without them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from actors.program.user_error import UserError
from tests.train.tiny_model import (
    CPU,
    assert_same,
    documents,
    gradients,
    load_packed,
    loss_of,
    pack,
    reference,
    reference_loss,
    write_model,
)
from train.model.export import export
from train.model.lora import LoraLinear
from train.model.model import PackedModel
from train.settings import Lora

ITEMS = documents([20, 13])
LORA = Lora(rank=4, alpha=12)


def trained(folder: Path) -> PackedModel:
    """With adapters that do something."""
    model = load_packed(folder, lora=LORA)
    torch.manual_seed(3)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, LoraLinear):
                module.lora_B.normal_(std=0.1)
    return model


def test_fresh_adapters_change_nothing(tmp_path: Path) -> None:
    folder = write_model(tmp_path)
    assert (
        loss_of(load_packed(folder, lora=LORA), pack(ITEMS)).item() == loss_of(load_packed(folder), pack(ITEMS)).item()
    )


def test_only_adapters_get_gradients(tmp_path: Path) -> None:
    model = trained(write_model(tmp_path))
    loss_of(model, pack(ITEMS)).backward()
    found = gradients(model)
    assert len(found) == 3 * 7 * 2
    assert all(name.endswith((".lora_A", ".lora_B")) and grad.abs().max() > 0 for name, grad in found.items())


def test_gradients_are_those_of_the_merged_weight(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    model = trained(folder)
    loss_of(model, pack(ITEMS)).backward()
    export(model, str(folder), tmp_path / "out", torch.float32)
    plain = reference(tmp_path / "out")
    loss = reference_loss(plain, ITEMS)
    loss.backward()
    whole, expected = gradients(plain), {}
    for name, module in model.causal_lm.named_modules():
        if isinstance(module, LoraLinear):
            of_weight = whole[f"{name}.weight"]
            expected[f"{name}.lora_A"] = module.scale * module.lora_B.detach().double().T @ of_weight
            expected[f"{name}.lora_B"] = module.scale * of_weight @ module.lora_A.detach().double().T
    assert_same(gradients(model), expected, 1e-4)


@pytest.mark.parametrize("tied", [True, False])
def test_the_merged_model_computes_what_the_adapted_one_does(tied: bool, tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model", tied=tied)
    model = trained(folder)
    export(model, str(folder), tmp_path / "out", torch.float32)
    merged = reference_loss(reference(tmp_path / "out"), ITEMS).item()
    assert merged == pytest.approx(loss_of(model, pack(ITEMS)).item(), rel=1e-5)
    assert merged != pytest.approx(loss_of(load_packed(folder), pack(ITEMS)).item(), rel=1e-3)


def test_the_adapter_folder_is_in_pefts_format(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    model = trained(folder)
    export(model, str(folder), tmp_path / "out", torch.bfloat16)
    tensors = load_file(tmp_path / "out" / "adapter" / "adapter_model.safetensors")
    layer = model.blocks[0].self_attn.q_proj
    assert torch.equal(tensors["base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"], layer.lora_A)
    assert torch.equal(tensors["base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight"], layer.lora_B)
    assert len(tensors) == 3 * 7 * 2
    config = json.loads((tmp_path / "out" / "adapter" / "adapter_config.json").read_text())
    assert (config["peft_type"], config["r"], config["lora_alpha"], config["target_modules"]) == (
        "LORA",
        4,
        12,
        sorted(LORA.targets),
    )


def test_adapters_start_alike_from_the_same_seed_and_each_differently(tmp_path: Path) -> None:
    folder = write_model(tmp_path)
    first, second = (load_packed(folder, lora=LORA).state_dict() for _ in range(2))
    names = [name for name in first if name.endswith("q_proj.lora_A")]
    assert all(torch.equal(first[name], second[name]) for name in names)
    assert len({first[name].sum().item() for name in names}) == len(names)


def test_targets_that_cannot_be_adapted_are_refused(tmp_path: Path) -> None:
    folder = write_model(tmp_path)
    with pytest.raises(UserError, match=r"no linear layer 'gate'; it has down_proj, gate_proj"):
        load_packed(folder, lora=Lora(targets=("q_proj", "gate")))
    with pytest.raises(UserError, match="'lm_head' is the output layer"):
        load_packed(folder, lora=Lora(targets=("lm_head",)))


def test_a_biased_layer_keeps_its_bias(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model", "qwen2")
    model = trained(folder)
    assert model.blocks[0].self_attn.q_proj.bias.device == CPU
    export(model, str(folder), tmp_path / "out", torch.float32)
    assert reference_loss(reference(tmp_path / "out"), ITEMS).item() == pytest.approx(
        loss_of(model, pack(ITEMS)).item(), rel=1e-5
    )
