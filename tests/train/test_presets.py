from __future__ import annotations

from pathlib import Path

import pytest

from actors.program.configuration import load
from tests.train.planned import by_rules
from train.model.devices import DEVICES
from train.model.shapes import config_of
from train.plan.plan import plan
from train.plan.workload import bound
from train.settings import TrainSettings

PRESETS = sorted((Path(__file__).resolve().parents[2] / "configs" / "train").glob("*.yaml"))
PAPER = {"llama-2-7b": 5e-5, "llama-2-13b": 5e-5, "llama-2-70b": 1e-5}


def preset(name: str) -> TrainSettings:
    (path,) = (path for path in PRESETS if path.stem == name)
    return load(str(path), [], TrainSettings)


@pytest.mark.parametrize("name", [path.stem for path in PRESETS])
def test_every_preset_fits_the_workers_that_it_names(name: str) -> None:
    asked = preset(name)
    device = DEVICES["cpu" if asked.compute.device == "cpu" else "h100-80gb"]
    memory_gib = 8.0 if device.cpu else None  # a laptop of 16 GiB for two workers
    made = plan(asked, config_of(name), bound(asked, "not here"), device, memory_gib=memory_gib, count=by_rules)
    assert made.rows[0].world == asked.workers.number
    assert made.rows[0].fits
    assert made.time.hours is not None
    assert 0 < made.time.hours.least <= made.time.hours.most


@pytest.mark.parametrize("name", PAPER)
def test_the_papers_hyper_parameters_are_the_papers(name: str) -> None:
    asked = preset(name)
    assert asked.optimizer.learning_rate == PAPER[name]
    assert (asked.optimizer.warmup, asked.optimizer.final) == (0.02, 0.0)
    assert (asked.batch.sequences, asked.batch.sequence_tokens, asked.steps) == (64, 4096, 2000)
    assert asked.data.eta == 0.2
    assert asked.data.label_weights == {"gpt-4": 1, "gpt-3.5": 4}
    assert asked.data.system_prompt == "You are a helpful, respectful and honest assistant."
