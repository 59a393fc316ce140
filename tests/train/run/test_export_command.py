"""`python -m train export`: any checkpoint of a run as a Hugging Face folder, by one process or several."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoTokenizer

from actors.program.command_line import main
from tests.train import tokenizers_of_families
from tests.train.tiny_run import ROOT, changed, run_here, write_inputs
from train.__main__ import COMMANDS

pytestmark = pytest.mark.timeout(240)
ADAPTED = {"rank": 2, "targets": ["q_proj", "up_proj"]}


@pytest.fixture(scope="module", params=[None, ADAPTED], ids=["whole", "adapted"])
def finished(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The config of a run of 3 steps over a tokenizer without a template; it keeps the checkpoints of steps 2 and 3."""
    folder = tmp_path_factory.mktemp("finished")
    config = changed(
        write_inputs(folder), data__renderer="chatml", steps=3, lora=request.param, optimizer__learning_rate=1e-2
    )
    tokenizers_of_families.chatml(folder / "model", None)
    run_here(config)
    return config


def export(*arguments: str) -> int:
    torch.set_num_threads(1)
    return main("train", "", COMMANDS, ["export", *arguments])


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_last_checkpoint_is_written_as_the_run_itself_wrote_it(finished: dict[str, Any]) -> None:
    out = Path(finished["out"])
    assert export(str(out)) == 0
    assert contents(out / "model-step-000003") == contents(out / "model")


def test_an_earlier_checkpoint_is_another_model(finished: dict[str, Any], tmp_path: Path) -> None:
    out = Path(finished["out"])
    assert export(str(out), "--step", "2", "--out", str(tmp_path / "earlier")) == 0
    earlier, last = contents(tmp_path / "earlier"), contents(out / "model")
    assert earlier.keys() == last.keys()
    changes = {name for name in last if earlier[name] != last[name]}
    adapter = {"adapter/adapter_model.safetensors"} if finished["lora"] else set()
    assert changes == {"model.safetensors", "manifest.json", *adapter}  # the manifest has the weights' fingerprint


def test_the_template_that_was_trained_is_in_the_folder(finished: dict[str, Any]) -> None:
    tokenizer = AutoTokenizer.from_pretrained(Path(finished["out"]) / "model")
    text = tokenizer.apply_chat_template([{"role": "user", "content": "q"}], tokenize=False, add_generation_prompt=True)
    assert text == "<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n"


@pytest.mark.slow
def test_two_processes_write_the_same(finished: dict[str, Any], tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node",
        "2",
        "-m",
        "train",
        "export",
    ]
    command += [finished["out"], "--out", str(tmp_path / "out")]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines() == [f"step 3: {tmp_path / 'out'}"]
    assert contents(tmp_path / "out") == contents(Path(finished["out"]) / "model")


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert export(*arguments) == 2
    said = capsys.readouterr().err
    assert said.startswith("export: ")
    assert said.count("\n") == 1
    return said


def test_what_cannot_be_exported_is_one_line(
    finished: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = finished["out"]
    assert "no checkpoint of step 7: there are those of 2, 3" in refused(capsys, out, "--step", "7")
    assert "is no training run" in refused(capsys, str(tmp_path))
    assert "is no training run" in refused(capsys, str(Path(out) / "model"))
    assert "was not written by this command" in refused(capsys, out, "--out", str(Path(out) / "checkpoints"))
    assert "has no config.json" in refused(capsys, out, f"model={tmp_path}")
    (tmp_path / "new").mkdir()
    shutil.copy(Path(out) / "manifest.json", tmp_path / "new")
    assert "no committed checkpoint" in refused(capsys, str(tmp_path / "new"))


def test_another_base_model_is_refused(
    finished: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(finished["model"], tmp_path / "moved")
    assert export(finished["out"], "--out", str(tmp_path / "out"), f"model={tmp_path / 'moved'}") == 0
    config = tmp_path / "moved" / "config.json"
    config.write_text(config.read_text() + " ")
    assert "is not the one that" in refused(capsys, finished["out"], f"model={tmp_path / 'moved'}")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe\0", b"[" * 5000, b"[]", b'{"kind": "training run", "config": 3}', b"\0" * 9]
)
def test_a_damaged_manifest_or_marker_is_one_line(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "manifest.json").write_bytes(content)
    assert export(str(tmp_path)) == 2
    config = {"model": "m", "out": "o", "steps": 1, "data": {"eta": 1, "agent": [{"path": "a"}]}}
    (tmp_path / "manifest.json").write_text(json.dumps({"kind": "training run", "config": config}))
    (tmp_path / "checkpoints" / "step-000001").mkdir(parents=True)
    (tmp_path / "checkpoints" / "step-000001" / "COMMITTED").write_bytes(content)
    assert export(str(tmp_path)) == 2
    assert capsys.readouterr().err.count("\n") == 2
