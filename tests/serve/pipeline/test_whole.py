"""A whole pipeline in little: the practice environment, a tiny model; ended in the middle of acting and of training,
and gone on.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from actors.files.append_log import read_log
from actors.records.store import TRAJECTORIES, Store
from actors.records.trajectory import Status, decode
from serve.pipeline import ledger
from tests.train import tiny_run
from tests.train.tiny_model import write_model
from tests.train.training_cluster import TrainingCluster

pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[3]
EPISODES = 16
STEPS = 30
WAIT_S = 240.0


def write_config(folder: Path) -> Path:
    """The pipeline, its suite, and all that it reads."""
    tiny_run.write_inputs(folder)
    vocabulary = len(json.loads((folder / "model" / "tokenizer.json").read_text())["model"]["vocab"]) + 16
    write_model(folder / "model", tied=True, vocab_size=vocabulary, max_position_embeddings=2048)
    columns = {"new": [{"environment": "practice", "generate": 4, "seed": 77}]}
    (folder / "suite.yaml").write_text(yaml.safe_dump({"name": "counting", "columns": columns}))
    config = {
        "out": str(folder / "run"),
        "base": str(folder / "model"),
        "general": {"path": str(folder / "general.jsonl"), "label": "chat"},
        "act": {
            "tasks": [{"environment": "practice", "generate": EPISODES}],
            "environments": {"practice": {"settings": {"step_s": 0.1}}},
            "llm": {"kind": "reference"},
            "llm_actors": {"concurrency": 4},
        },
        "filter": {"reject_duplicates": False},
        "train": {
            "data": {"eta": 0.5, "held_out": 2, "cache": str(folder / "cache")},
            "steps": STEPS,
            "batch": {"sequences": 2, "sequence_tokens": 1024},
            "checkpoints": {"every_steps": 5},
            "compute": {"device": "cpu", "loss_chunk_tokens": 64},
        },
        "check": False,  # tests/serve/check/test_check_command.py: a model of random weights is no more than slow here
        "evaluate": {"suite": str(folder / "suite.yaml"), "models": ["teacher"]},
    }
    path = folder / "pipeline.yaml"
    path.write_text(yaml.safe_dump(config))
    return path


def start(config: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "serve", "pipeline", str(config), *words],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def end_when(running: subprocess.Popen[str], there: Callable[[], bool], number: int) -> str:
    """Send the signal once `there` is true; everything that was printed."""
    deadline = time.monotonic() + WAIT_S
    while not there() and running.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert running.poll() is None, running.communicate()[0]
    running.send_signal(number)
    return running.communicate(timeout=WAIT_S)[0]


def test_a_pipeline_that_is_stopped_and_killed_goes_on_and_loses_nothing(tmp_path: Path):
    config, out = write_config(tmp_path), tmp_path / "run"

    def played() -> int:
        return len(Store(str(out / "act")).index()) if (out / "act" / "trajectories").exists() else 0

    said = end_when(start(config), lambda: 0 < played() < EPISODES, signal.SIGTERM)
    first = ledger.read(out).stages["act"]
    assert "stopped in stage 'act'" in said
    assert first.exit_code == 130
    before = played()
    assert 0 < before < EPISODES

    end_when(start(config), lambda: any(out.glob("train/checkpoints/*/COMMITTED")), signal.SIGKILL)
    assert ledger.read(out).stages["act"].goes == 2
    assert ledger.read(out).stages["train"].exit_code is None

    done = start(config)
    said = done.communicate(timeout=WAIT_S)[0]
    assert done.returncode == 0, said
    assert "act: done" in said
    assert "train: unfinished: nobody saw its end" in said
    assert (out / "report" / "report.html").is_file()
    assert played() == EPISODES
    records = [decode(line) for _, _, line in read_log(Store(str(out / "act")).folder, TRAJECTORIES)]
    completed = Counter(record.episode_id for record in records if record.status is Status.COMPLETED)
    assert set(completed.values()) == {1}  # what was played before the stop was not played again
    assert [record.exit_code for record in ledger.read(out).stages.values()] == [0] * 6

    again = start(config, "--until", "train", "train.workers.max_failures=1")
    said = again.communicate(timeout=WAIT_S)[0]
    assert again.returncode == 0
    assert "train: done" in said
    assert "workers.max_failures does not matter to it" in said


def test_a_submitted_pipeline_runs_its_stages_on_the_jobs_cluster(tmp_path: Path):
    config, cluster = write_config(tmp_path), TrainingCluster()
    try:
        done = cluster.submit("serve", "pipeline", str(config), limit_s=WAIT_S)
    finally:
        cluster.shutdown()
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"step {STEPS}/{STEPS}" in done.stdout
    assert [record.exit_code for record in ledger.read(tmp_path / "run").stages.values()] == [0] * 6
    assert (tmp_path / "run" / "report" / "report.html").is_file()
