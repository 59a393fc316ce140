"""The loop with each way to compute: it learns, is interrupted and goes on exactly, and exports what it trained."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from tests.train.tiny_run import changed, furthest, losses, parameters, run_here, write_inputs

pytestmark = pytest.mark.timeout(240)
needs_torchao = pytest.mark.skipif(
    importlib.util.find_spec("torchao") is None, reason="needs torchao (the extra 'low-memory')"
)

VARIANTS: dict[str, dict[str, Any]] = {
    "adapters": {"lora": {"rank": 4, "alpha": 8.0}, "optimizer__learning_rate": 1e-2},
    "frozen embeddings": {"freeze_embeddings": True},
    "recomputed": {"compute__checkpointing": "alternate"},
    "mixed": {"compute__precision": "mixed"},
    "offloaded": {"optimizer__offload": True},
    "cut, by tokens": {"data__overlong": "cut", "data__ratio_counts": "trained_tokens"},
    "agent side alone": {"data__eta": 1.0, "data__general": []},
    "general side alone": {"data__eta": 0.0, "data__agent": []},
}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return changed(
        write_inputs(tmp_path_factory.mktemp("inputs")), steps=4, batch__sequences=3, checkpoints__every_steps=3
    )


def interrupted_and_whole(
    inputs: dict[str, Any], folder: Path, **changes: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two runs of one config; the second was stopped once, after 2 of 4 steps."""
    whole, halved = (changed(inputs, out=str(folder / name), **changes) for name in ("whole", "halved"))
    run_here(whole)
    outcome, _ = run_here(halved, stop_after=2)
    assert outcome.step == 2
    _, said = run_here(halved)
    assert any("goes on from" in line for line in said)
    return whole, halved


@pytest.mark.parametrize("name", VARIANTS)
def test_an_interrupted_run_is_the_whole_one(name: str, inputs: dict[str, Any], tmp_path: Path) -> None:
    whole, halved = interrupted_and_whole(inputs, tmp_path, **VARIANTS[name])
    assert losses(halved["out"]) == losses(whole["out"])
    assert furthest(parameters(halved["out"]), parameters(whole["out"])) == 0


def test_frozen_embeddings_stay_as_they_were_to_the_last_bit_and_the_rest_is_trained(
    inputs: dict[str, Any], tmp_path: Path
) -> None:
    config = changed(inputs, out=str(tmp_path / "out"), freeze_embeddings=True)
    run_here(config)
    before, after = load_file(f"{config['model']}/model.safetensors"), parameters(config["out"])
    same = {name for name, tensor in after.items() if torch.equal(tensor, before[name])}
    assert same == {"model.embed_tokens.weight"}


@needs_torchao
@pytest.mark.parametrize(
    "changes", [{"optimizer__state_bits": 8}, {"compute__precision": "bfloat16"}], ids=["8 bits", "bfloat16"]
)
def test_an_interrupted_run_of_low_memory_is_the_whole_one(
    changes: dict[str, Any], inputs: dict[str, Any], tmp_path: Path
) -> None:
    whole, halved = interrupted_and_whole(inputs, tmp_path, **changes)
    assert losses(halved["out"]) == losses(whole["out"])
    assert furthest(parameters(halved["out"]), parameters(whole["out"])) == 0


@pytest.mark.parametrize("name", ["recomputed", "offloaded"])
def test_what_saves_memory_changes_no_number(name: str, inputs: dict[str, Any], tmp_path: Path) -> None:
    plain, saving = (
        changed(inputs, out=str(tmp_path / "plain")),
        changed(inputs, out=str(tmp_path / "saving"), **VARIANTS[name]),
    )
    run_here(plain)
    run_here(saving)
    assert losses(saving["out"]) == pytest.approx(losses(plain["out"]), rel=1e-6)
    assert furthest(parameters(saving["out"]), parameters(plain["out"])) < 1e-5
