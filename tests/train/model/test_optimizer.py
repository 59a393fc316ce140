"""The learning rate's shape, which parameters decay, and torchao's optimisers where they are installed."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.distributed.checkpoint.state_dict import get_state_dict, set_state_dict
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

from actors.program.user_error import UserError
from tests.train.two_ranks import in_two_ranks
from train.model import optimizer
from train.model.ranks import joined
from train.run import checkpoint, run_folder
from train.run.checkpoint import Checkpoints
from train.run.run_folder import Commit
from train.settings import Optimizer

schedules = st.builds(
    Optimizer,
    learning_rate=st.floats(1e-6, 1.0),
    warmup=st.sampled_from([0.0, 0.02, 0.1, 0.5, 1.0]),
    final=st.sampled_from([0.0, 0.1, 1.0]),
)


def rates(steps: int, settings: Optimizer) -> list[float]:
    return [optimizer.learning_rate(step, steps, settings) for step in range(steps)]


@given(steps=st.integers(1, 400), settings=schedules)
def test_the_rate_goes_up_to_its_peak_and_down_to_its_end(steps: int, settings: Optimizer):
    found = rates(steps, settings)
    peak = found.index(max(found))
    assert found[: peak + 1] == sorted(found[: peak + 1])
    assert found[peak:] == sorted(found[peak:], reverse=True)
    assert max(found) == pytest.approx(settings.learning_rate)
    assert min(found) >= 0
    if math.ceil(settings.warmup * steps) < steps:
        end = optimizer.learning_rate(steps, steps, settings)
        assert end == pytest.approx(settings.final * settings.learning_rate, abs=1e-12)


@pytest.mark.parametrize("warmup", [0.1, 0.5])
def test_the_cosine_begins_where_the_warmup_ends(warmup: float):
    settings = Optimizer(learning_rate=1.0, warmup=warmup, final=0.2)
    first = int(1000 * warmup)
    assert optimizer.learning_rate(first, 1000, settings) == 1.0
    assert optimizer.learning_rate((first + 1000) // 2, 1000, settings) == pytest.approx(0.6)


@given(steps=st.integers(10, 400), settings=schedules)
def test_the_warmup_is_linear_and_no_step_is_without_a_rate(steps: int, settings: Optimizer):
    warmup = [rate for step, rate in enumerate(rates(steps, settings)) if step < settings.warmup * steps]
    for step, rate in enumerate(warmup):
        assert rate == pytest.approx(warmup[0] * (step + 1))
    assert rates(steps, settings)[0] > 0


@given(steps=st.integers(1, 200))
def test_the_cosine_is_at_half_its_height_in_its_middle(steps: int):
    settings = Optimizer(learning_rate=1.0, warmup=0.0, final=0.2)
    assert optimizer.learning_rate(steps, 2 * steps, settings) == pytest.approx(0.6)


def model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Embedding(8, 16), nn.Linear(16, 16), nn.LayerNorm(16))


def test_matrices_decay_and_nothing_else():
    tree = model()
    tree[1].weight.requires_grad_(False)
    built = optimizer.build(tree, Optimizer(weight_decay=0.1), bfloat16=False)
    decayed, other = built.param_groups
    assert (decayed["weight_decay"], other["weight_decay"]) == (0.1, 0.0)
    assert [id(parameter) for parameter in decayed["params"]] == [id(tree[0].weight)], "what is frozen is not in it"
    assert {parameter.ndim for parameter in other["params"]} == {1}
    before = {name: parameter.clone() for name, parameter in tree.named_parameters()}
    for parameter in tree.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.set_rate(built, 0.5)
    built.step()
    torch.testing.assert_close(tree[0].weight, before["0.weight"] * (1 - 0.5 * 0.1))
    assert torch.equal(tree[2].weight, before["2.weight"])


def test_without_torchao_what_needs_it_is_one_line():
    if importlib.util.find_spec("torchao"):
        pytest.skip("torchao is installed")
    with pytest.raises(UserError, match="need torchao: pip install"):
        optimizer.build(model(), Optimizer(), bfloat16=True)


def build_in_eight_bits(rank: int, folder: Path) -> None:
    with pytest.raises(UserError, match="state_bits=8 on 2 workers"):
        optimizer.build(model(), Optimizer(state_bits=8), bfloat16=False)


@pytest.mark.slow
def test_eight_bits_on_two_workers_are_refused_before_they_train(tmp_path: Path):
    in_two_ranks(build_in_eight_bits, tmp_path)


@pytest.mark.slow
def test_bfloat16_parameters_learn_at_rates_below_their_precision():
    """Rounded to nearest, a step of a thousandth of the parameter is lost: stochastic rounding keeps it in the mean."""
    pytest.importorskip("torchao")
    layer = nn.Linear(64, 64, bias=False, dtype=torch.bfloat16)
    nn.init.ones_(layer.weight)
    built = optimizer.build(layer, Optimizer(), bfloat16=True)
    for _ in range(20):
        layer.weight.grad = torch.ones_like(layer.weight)
        optimizer.set_rate(built, 1e-3)
        built.step()
    assert layer.weight.float().mean().item() == pytest.approx(1 - 20e-3, abs=4e-3)


def stepped(tree: nn.Module, built: torch.optim.Optimizer, steps: range) -> torch.Tensor:
    for step in steps:
        torch.manual_seed(step)
        tree(torch.randn(8, 128)).square().mean().backward()
        optimizer.set_rate(built, 1e-2 / step)
        built.step()
        built.zero_grad()
    return tree.weight.full_tensor().clone()  # type: ignore[operator, union-attr, no-any-return]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_moments_in_eight_bits_are_sharded_saved_and_loaded(tmp_path: Path):
    pytest.importorskip("torchao")
    settings = Optimizer(state_bits=8)
    with joined("cpu"):

        def made() -> tuple[nn.Module, torch.optim.Optimizer]:
            torch.manual_seed(0)
            tree = nn.Linear(128, 128)
            fully_shard(tree, mesh=init_device_mesh("cpu", (1,)))
            return tree, optimizer.build(tree, settings, bfloat16=False)

        tree, built = made()
        stepped(tree, built, range(1, 4))
        of_model, of_optimizer = get_state_dict(tree, built)
        checkpoints = Checkpoints(tmp_path, 2, first=True)
        checkpoints.save({"model": of_model, "optimizer": of_optimizer}, Commit(3, 0, 0, {}, {}))
        checkpoints.settle()
        undisturbed = stepped(tree, built, range(4, 7))

        tree, built = made()
        of_model, of_optimizer = get_state_dict(tree, built)
        state = {"model": of_model, "optimizer": of_optimizer}
        found = run_folder.latest(tmp_path)
        assert found is not None
        checkpoint.load(found, state)
        set_state_dict(tree, built, model_state_dict=state["model"], optim_state_dict=state["optimizer"])
        assert torch.equal(stepped(tree, built, range(4, 7)), undisturbed)
