"""A step's gradient is that of the mean over all trained tokens, however its documents are divided: among micro-batches
and workers.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from tests.train.tiny_model import (
    CPU,
    assert_same,
    documents,
    gradients,
    load_packed,
    pack,
    reference,
    reference_loss,
    write_model,
)
from tests.train.two_ranks import RANKS, in_two_ranks
from train.model import sharding
from train.model.model import PackedModel
from train.model.ranks import Ranks, joined
from train.run.step import MicroBatch, StepResult, StepRunner
from train.run.surroundings import ControlRequest
from train.settings import Compute

UNTRAINED = 3  # which document trains nothing
ITEMS = [
    (ids, [on and number != UNTRAINED for on in trained])
    for number, (ids, trained) in enumerate(documents([25, 3, 14, 30, 9, 2, 40, 11]))
]
TRAINED = sum(sum(trained[1:]) for _, trained in ITEMS)
STREAMS = [f"s{number}" for number in range(len(ITEMS))]


class Keeping(torch.optim.SGD):
    """Keeps the gradients that it was asked to step with, and takes no step."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__(model.parameters(), lr=1.0)
        self._model = model
        self.kept: dict[str, torch.Tensor] = {}

    def step(self, closure: Any = None) -> None:
        self.kept = gradients(self._model)


def micros(groups: Sequence[Sequence[int]]) -> list[MicroBatch]:
    """A micro-batch of each group of documents; one of an empty group has a token that trains nothing."""
    return [
        MicroBatch(pack([ITEMS[i] for i in group] or [([0], [False])]), [STREAMS[i] for i in group]) for group in groups
    ]


def stepped(
    model: PackedModel, ranks: Ranks, groups: Sequence[Sequence[int]], clip: float = 1e9, trained: int = TRAINED
) -> tuple[StepResult, Any]:
    kept = Keeping(model)
    return StepRunner(model, kept, ranks, STREAMS, clip).step(
        1, micros(groups), trained, 0.0, ControlRequest.NOTHING
    ), kept.kept


def expected(folder: Path) -> tuple[float, dict[str, torch.Tensor]]:
    """By transformers alone, one document after the other."""
    model = reference(folder)
    loss = reference_loss(model, ITEMS) / TRAINED
    loss.backward()
    return loss.item(), gradients(model)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("step") / "model")


DIVIDED = {
    "one batch": [[0, 1, 2, 3, 4, 5, 6, 7]],
    "another order": [[6, 3, 0, 7, 5, 1, 4, 2]],
    "2 of 4": [[0, 1, 2, 3], [4, 5, 6, 7]],
    "8 of 1, one without a trained token": [[i] for i in range(8)],
    "unequal, one empty": [[0, 2, 4, 6, 7], [], [1, 3], [5]],
}


@pytest.mark.parametrize("name", DIVIDED)
def test_micro_batches_do_not_change_the_gradient(name: str, folder: Path) -> None:
    loss, grads = expected(folder)
    with joined("cpu") as ranks:
        done, found = stepped(
            load_packed(folder, mesh=sharding.mesh(Compute(precision="float32"), CPU, 1)), ranks, DIVIDED[name]
        )
    assert done.loss == pytest.approx(loss, rel=1e-5)
    assert_same(found, grads)


WORLDS = {
    "half each": [[[0, 1], [2, 3]], [[4, 5], [6, 7]]],
    "almost all on one": [[[0, 1, 2, 4, 5, 6, 7], []], [[], [3]]],
}


def step_in_two(rank: int, folder: Path) -> None:
    ranks = Ranks(rank, RANKS, CPU)
    for copies in (False, True):
        compute = Compute(precision="float32", hsdp_shards=1) if copies else Compute(precision="float32")
        for name, groups in WORLDS.items():
            model = load_packed(folder / "model", compute, mesh=sharding.mesh(compute, CPU, RANKS))
            done, found = stepped(model, ranks, groups[rank])
            if rank == 0:
                torch.save((done.loss, done.grad_norm, found), folder / f"{name}-{copies}.pt")


def test_two_workers_have_the_gradient_of_one(folder: Path) -> None:
    """Sharded and as copies (HSDP); also where one of them has nothing to train on."""
    in_two_ranks(step_in_two, folder.parent)
    loss, grads = expected(folder)
    whole = torch.cat([grad.flatten() for grad in grads.values()]).norm().item()
    for name in WORLDS:
        for copies in (False, True):
            found_loss, norm, found = torch.load(folder.parent / f"{name}-{copies}.pt")
            assert found_loss == pytest.approx(loss, rel=1e-5)
            assert norm == pytest.approx(whole, rel=1e-5)
            assert_same(found, grads)


def test_the_gradient_is_clipped_to_its_norm_and_the_log_has_the_norm_before(folder: Path) -> None:
    _, grads = expected(folder)
    whole = torch.cat([grad.flatten() for grad in grads.values()]).norm().item()
    with joined("cpu") as ranks:
        done, found = stepped(
            load_packed(folder, mesh=sharding.mesh(Compute(precision="float32"), CPU, 1)),
            ranks,
            DIVIDED["2 of 4"],
            clip=whole / 7,
        )
    assert done.grad_norm == pytest.approx(whole, rel=1e-5)
    assert_same(found, {name: grad / 7 for name, grad in grads.items()})


def test_losses_are_told_by_stream(folder: Path) -> None:
    """In a row made by `pack`, a document's stream is its place."""
    chosen = (0, 2)
    with joined("cpu") as ranks:
        model = load_packed(folder, mesh=sharding.mesh(Compute(precision="float32"), CPU, 1))
        done, _ = stepped(model, ranks, [chosen], trained=sum(sum(ITEMS[i][1][1:]) for i in chosen))
    alone = [reference_loss(reference(folder), [ITEMS[i]]).item() / sum(ITEMS[i][1][1:]) for i in chosen]
    assert done.loss_by_stream == pytest.approx(dict(zip(STREAMS, alone, strict=False)), rel=1e-5)


def test_a_plan_that_counts_other_tokens_than_the_batches_hold_is_a_fault(folder: Path) -> None:
    with (
        joined("cpu") as ranks,
        pytest.raises(RuntimeError, match=f"{TRAINED} trained tokens were in the batches of all ranks, 7 in the plan"),
    ):
        stepped(
            load_packed(folder, mesh=sharding.mesh(Compute(precision="float32"), CPU, 1)),
            ranks,
            DIVIDED["one batch"],
            trained=7,
        )
