"""The held-out loss is each stream's own mean, over all workers, and leaves nothing behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.train.tiny_model import CPU, documents, gradients, load_packed, pack, reference, reference_loss, write_model
from tests.train.two_ranks import RANKS, in_two_ranks
from train.model import sharding
from train.model.ranks import Ranks
from train.run.held_out import held_out_losses
from train.settings import Compute

ITEMS = documents([25, 14, 31, 9])
STREAMS = ("first of a row", "second", "nothing")
ROWS = ([0, 1], [2, 3])  # in a row made by `pack`, a document's stream is its place


def measure(rank: int, folder: Path) -> None:
    model = load_packed(folder / "model", mesh=sharding.mesh(Compute(precision="float32"), CPU, RANKS))
    model.train()
    losses = held_out_losses(model, [pack([ITEMS[i] for i in ROWS[rank]])], STREAMS, Ranks(rank, RANKS, CPU))
    (folder / f"{rank}.json").write_text(json.dumps([losses, len(gradients(model)), model.training]))


def test_each_stream_has_its_own_mean_on_every_worker(tmp_path: Path) -> None:
    write_model(tmp_path / "model")
    in_two_ranks(measure, tmp_path)
    model = reference(tmp_path / "model")
    expected = {}
    for place, name in enumerate(STREAMS[:2]):
        own = [ITEMS[row[place]] for row in ROWS]
        expected[name] = reference_loss(model, own).item() / sum(sum(trained[1:]) for _, trained in own)
    for rank in range(RANKS):
        losses, with_gradient, training = json.loads((tmp_path / f"{rank}.json").read_text())
        assert losses == pytest.approx(expected, rel=1e-5)
        assert (with_gradient, training) == (0, True)
