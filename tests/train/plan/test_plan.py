from __future__ import annotations

import json
import re
from pathlib import Path

import psutil
import pytest
import yaml

from actors.program.command_line import main
from actors.program.configuration import load
from tests.train.planned import TINY, by_rules, settings
from train.__main__ import COMMANDS
from train.model.devices import DEVICES
from train.model.shapes import Config, config_of
from train.plan.plan import chosen_device, plan
from train.plan.plan_text import print_json, print_plan
from train.plan.workload import bound
from train.settings import TrainSettings

DATA = {"eta": 1.0, "agent": [{"path": "data/none"}]}


@pytest.fixture
def config(tmp_path: Path) -> str:
    model = tmp_path / "model"
    model.mkdir()
    (model / "config.json").write_text(json.dumps(TINY))
    content = {"model": str(model), "out": "runs/none", "data": DATA, "steps": 10, "workers": {"number": [2, 8]}}
    content["batch"] = {"sequences": 8, "sequence_tokens": 512}
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(content))
    return str(path)


def planned(*words: str) -> int:
    return main("train", "", COMMANDS, ["plan", *words])


def shown(config: str, device: str, capsys: pytest.CaptureFixture[str], *overrides: str, model: Config = TINY) -> str:
    """The page, without a process of its own for the shards."""
    asked = load(config, overrides, TrainSettings)
    print_plan(plan(asked, model, bound(asked, "not here"), DEVICES[device], count=by_rules))
    return capsys.readouterr().out


def test_a_models_config_alone_is_enough_for_a_plan(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert planned(config, "--device", "h100-80gb") == 0
    text = capsys.readouterr().out
    assert text.startswith("Computed, not measured.")
    assert "data: not counted ('data/none' is not there)" in text
    assert "2 workers (config)" in text
    assert all(f"{world} workers" in text for world in (8, 16, 64))
    assert "fits 2 workers (H100 SXM 80 GB: 79.1 GiB" in text
    assert "next cheapest change: set compute." in text
    assert "steps: 10, at most 4,096 tokens a step" in text
    assert "at 33 to 40 % MFU by full squares (from published runs" in text
    assert "of disk for the 2 that are kept and the one that is being written" in text


def test_json_is_for_machines_and_adds_up(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    asked = load(config, ["workers.number=4"], TrainSettings)
    made = plan(asked, TINY, bound(asked, "not here"), DEVICES["a100-80gb"], memory_gib=40, mfu=0.5, count=by_rules)
    print_json(made)
    told = json.loads(capsys.readouterr().out)
    assert told["computed"] is True
    assert [row["workers"] for row in told["memory"]] == [4, 8, 16, 64]
    assert all(row["total_bytes"] == sum(row["items"].values()) for row in told["memory"])
    assert told["device"]["memory_bytes"] == 40 << 30
    step = told["step"]
    assert step["seconds"] == pytest.approx([step["flops_full_square"] / (0.5 * 4 * 312e12)] * 2)
    assert told["hours"] == pytest.approx([10 * seconds / 3600 for seconds in step["seconds"]])
    assert told["checkpoints"]["disk"] == 3 * told["checkpoints"]["checkpoint"]
    assert step["flops_full_square"] > step["flops"] > step["flops_6n"]


def test_a_run_that_does_not_fit_is_told_with_what_to_set(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(config, "h100-80gb", capsys, model=config_of("llama-2-70b"))
    assert re.search(r"does not fit 2 workers .*: \d+\.\d GiB too much", text)
    assert "next cheapest change: set optimizer.offload=true (−" in text


def test_epochs_without_data_leave_steps_and_hours_unknown(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(config, "h200", capsys, "steps=null", "epochs=2")
    assert "steps: unknown without the data (2 epochs)" in text
    assert "hours unknown" in text


def test_on_the_cpu_the_machines_own_peak_and_memory_are_taken(config: str) -> None:
    asked = load(config, ["workers.cpus=1"], TrainSettings)
    made = plan(asked, TINY, bound(asked, "not here"), DEVICES["cpu"], count=by_rules)
    assert made.time.peak > 1e8
    assert 0 < made.device_bytes < psutil.virtual_memory().total
    assert [row.world for row in made.rows] == [2]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--mfu", "40"], "--mfu is a share of the peak, between 0 and 1, found 40"),
        (["--memory", "0"], "--memory must be more than 0 GiB"),
        (["--device", "h1000"], "unknown device 'h1000'"),
        (["--shape", "llama-2-70"], "did you mean 'llama-2-70b'?"),
        (["--shape", "llama-2-7b", "--model-config", "x"], "give --shape or --model-config, not both"),
        (["model=models/Llama-2-13b-chat-hf"], "to plan without it add --shape llama-2-13b or --model-config FILE"),
        (["compute.hsdp_shards=3"], "compute.hsdp_shards is 3, which does not divide the 2 workers"),
    ],
)
def test_mistakes_are_told_in_one_line(
    config: str, words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert planned(config, "--no-data", "--device", "h100-80gb", *words) == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1


def test_a_machine_without_a_gpu_plans_for_an_h100_where_cuda_is_asked_for() -> None:
    assert chosen_device(settings(compute={"device": "cpu"}), None).name == "cpu"
    assert chosen_device(settings(compute={"device": "cpu"}), "a10").name == "a10"
