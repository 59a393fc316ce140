"""The loop: the same numbers however the work is divided, however often it is interrupted; every fault in one line."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from actors.program.user_error import UserError
from tests.train.tiny_run import Running, changed, furthest, losses, parameters, run_here, write_inputs
from train.log import run_log
from train.run import run_folder

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The config of a run that went through undisturbed."""
    config = write_inputs(tmp_path_factory.mktemp("clean"))
    outcome, said = run_here(config)
    assert outcome.step == 8, said
    return config


def elsewhere(config: dict[str, Any], folder: Path, **changes: Any) -> dict[str, Any]:
    return changed(config, out=str(folder / "out"), **changes)


def test_a_run_learns_and_leaves_a_model_that_transformers_loads(clean: dict[str, Any]):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    found = losses(clean["out"])
    assert found[-1] < found[0]
    held_out = run_log.read(Path(clean["out"]), "held_out")
    assert [entry["step"] for entry in held_out] == [0, 4, 8]
    assert held_out[-1]["loss"]["general/chat"] < held_out[0]["loss"]["general/chat"]
    model = AutoModelForCausalLM.from_pretrained(Path(clean["out"]) / "model")
    assert AutoTokenizer.from_pretrained(Path(clean["out"]) / "model").chat_template
    assert (
        furthest(parameters(clean["out"]), {name: model.state_dict()[name] for name in parameters(clean["out"])}) == 0
    )


def test_the_log_says_what_was_computed_and_represented_and_how_it_was_mixed(clean: dict[str, Any]):
    for entry in run_log.read(Path(clean["out"])):
        tokens = entry["tokens"]
        assert tokens["trained"] < tokens["computed"] < tokens["represented"], (
            "the shop's instruction is computed once a sequence"
        )
        assert 0 < entry["fill"] <= 1
        assert entry["grad_norm"] > 0
        assert entry["mfu"] > 0
        assert set(entry["eta"]) == {"conversations", "tokens", "trained_tokens"}
    assert 0.3 < entry["eta"]["conversations"] < 0.7
    assert entry["eta"]["tokens"] > entry["eta"]["conversations"], "a trajectory is longer than a chat"


@pytest.mark.parametrize("many", [2, 4])
def test_micro_batches_change_nothing(clean: dict[str, Any], tmp_path: Path, many: int):
    config = elsewhere(clean, tmp_path, batch__micro_sequences=many)
    run_here(config)
    assert losses(config["out"]) == pytest.approx(losses(clean["out"]), rel=1e-5)
    assert furthest(parameters(config["out"]), parameters(clean["out"])) < 1e-4


@pytest.mark.slow
def test_two_and_three_workers_train_the_same_model(clean: dict[str, Any], tmp_path: Path):
    """Three do not divide the eight sequences of a step: one of them has a turn without any."""
    for workers in (2, 3):
        folder = tmp_path / str(workers)
        folder.mkdir()
        config = elsewhere(clean, folder)
        running = Running(config, folder, workers)
        assert running.wait() == 0, running.log
        assert losses(config["out"]) == pytest.approx(losses(clean["out"]), rel=1e-5)
        assert furthest(parameters(config["out"]), parameters(clean["out"])) < 1e-4


@pytest.mark.slow
def test_a_killed_run_goes_on_as_if_nothing_had_happened(clean: dict[str, Any], tmp_path: Path):
    config = elsewhere(clean, tmp_path)
    running = Running(config, tmp_path)
    running.after_step(5)
    running.kill()
    found = run_folder.latest(Path(config["out"]))
    assert found is not None
    assert found.commit.step >= 2
    _, said = run_here(config)
    assert any("goes on from" in line for line in said)
    assert losses(config["out"]) == losses(clean["out"])
    assert furthest(parameters(config["out"]), parameters(clean["out"])) == 0


@pytest.mark.slow
def test_a_stopped_run_goes_on_with_another_number_of_workers(clean: dict[str, Any], tmp_path: Path):
    config = elsewhere(clean, tmp_path)
    outcome, said = run_here(config, stop_after=3)
    assert (outcome.step, outcome.model) == (3, None), said
    assert "goes on from there" in said[-1]
    running = Running(config, tmp_path, workers=2)
    assert running.wait() == 0, running.log
    assert losses(config["out"]) == pytest.approx(losses(clean["out"]), rel=1e-5)
    assert furthest(parameters(config["out"]), parameters(clean["out"])) < 1e-4


@pytest.mark.slow
def test_a_killed_run_of_two_workers_goes_on_with_one(clean: dict[str, Any], tmp_path: Path):
    config = elsewhere(clean, tmp_path)
    running = Running(config, tmp_path, workers=2)
    running.after_step(5)
    running.kill()
    _, said = run_here(config)
    assert any("goes on from" in line for line in said)
    assert losses(config["out"]) == pytest.approx(losses(clean["out"]), rel=1e-5)
    assert furthest(parameters(config["out"]), parameters(clean["out"])) < 1e-4


@pytest.mark.slow
def test_a_terminated_run_writes_a_checkpoint_first(clean: dict[str, Any], tmp_path: Path):
    config = elsewhere(clean, tmp_path, steps=500, checkpoints__every_steps=1000)
    running = Running(config, tmp_path)
    running.after_step(2)
    running.process.send_signal(signal.SIGTERM)
    assert running.wait() == 130
    found = run_folder.latest(Path(config["out"]))
    assert found is not None
    assert f"stopped after step {found.commit.step} of 500" in running.log


def test_a_checkpoint_without_its_marker_is_passed_over_and_swept(clean: dict[str, Any], tmp_path: Path):
    config = elsewhere(clean, tmp_path)
    run_here(config, stop_after=4)
    crashed = Path(config["out"]) / "checkpoints" / "step-000004"
    (crashed / run_folder.MARKER).unlink()
    _, said = run_here(config)
    assert any("step-000002" in line for line in said)
    assert losses(config["out"]) == losses(clean["out"])
    names = sorted(path.name for path in crashed.parent.iterdir())
    assert names == ["step-000006", "step-000008"]


def test_a_finished_run_that_is_started_again_takes_no_step(clean: dict[str, Any]):
    before = (Path(clean["out"]) / run_log.METRICS).read_bytes()
    outcome, _ = run_here(clean)
    assert outcome.model is not None
    assert len(run_log.read(Path(clean["out"]))) == 8
    assert (Path(clean["out"]) / run_log.METRICS).read_bytes().startswith(before)


def refused(config: dict[str, Any], *said: str) -> None:
    with pytest.raises(UserError) as caught:
        run_here(config)
    assert "\n" not in str(caught.value)
    for words in said:
        assert words in str(caught.value)


def test_a_run_does_not_go_on_with_other_data_or_another_rate(clean: dict[str, Any], tmp_path: Path):
    refused(changed(clean, optimizer__learning_rate=2e-3), "optimizer.learning_rate=0.001", "0.002", "another 'out'")
    refused(changed(clean, data__system_prompt="Be brief."), "the data, the tokenizer or the renderer have changed")
    refused(changed(clean, batch__sequences=4), "batch.sequences=8")


def test_a_second_run_in_the_same_folder_is_refused(clean: dict[str, Any], tmp_path: Path):
    running = Running(elsewhere(clean, tmp_path, steps=10**6, epochs=None), tmp_path)
    try:
        running.after_step(1)
        refused(
            elsewhere(clean, tmp_path), f"process {running.process.pid} on", "trains in the same 'out'", "another 'out'"
        )
    finally:
        running.kill()


def test_a_damaged_checkpoint_is_named(clean: dict[str, Any], tmp_path: Path):
    config = elsewhere(clean, tmp_path)
    run_here(config, stop_after=2)
    shard = next((Path(config["out"]) / "checkpoints" / "step-000002").glob("*.distcp"))
    shard.write_bytes(shard.read_bytes()[:-100])
    refused(config, str(shard), "instead of", "remove")


def test_a_loss_that_is_not_finite_stops_before_the_step_and_names_the_conversations(
    clean: dict[str, Any], tmp_path: Path
):
    broken = tmp_path / "model"
    broken.mkdir()
    for file in Path(clean["model"]).iterdir():
        (broken / file.name).write_bytes(file.read_bytes())
    tensors = load_file(broken / "model.safetensors")
    name = next(name for name in tensors if name.endswith("mlp.up_proj.weight"))
    tensors[name] = torch.full_like(tensors[name], float("inf"))
    save_file(tensors, broken / "model.safetensors", {"format": "pt"})
    config = elsewhere(clean, tmp_path, model=str(broken))
    refused(config, "step 1: the loss is not finite; no step was taken", "os_")
    assert run_folder.latest(Path(config["out"])) is None


def test_data_without_a_trained_token_is_refused(clean: dict[str, Any], tmp_path: Path):
    path = tmp_path / "agent.jsonl"
    turns = [{"from": "human", "loss": None, "value": "hello"}, {"from": "gpt", "loss": False, "value": "Ok."}]
    path.write_text(json.dumps({"id": "os_1", "conversations": turns}) + "\n")
    refused(elsewhere(clean, tmp_path, data__agent=[{"path": str(path)}], data__eta=1.0, data__general=[]), "trained")


def test_a_model_that_is_none_and_a_folder_that_cannot_be_written_are_refused(clean: dict[str, Any], tmp_path: Path):
    refused(elsewhere(clean, tmp_path, model=str(tmp_path)), "config.json")
    (tmp_path / "file").write_text("")
    refused(changed(clean, out=str(tmp_path / "file" / "out")), "another 'out'")
