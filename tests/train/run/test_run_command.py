"""The command line of a training run: help at once, mistakes in one line, before any cluster is started."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.train.tiny_run import ROOT, changed, losses, write_inputs

ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}


def command(*arguments: str, limit_s: float = 60, **environment: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "train", "run", *arguments]
    surroundings = {**ENVIRONMENT, **environment}
    return subprocess.run(
        line, cwd=ROOT, env=surroundings, capture_output=True, text=True, timeout=limit_s, check=False
    )


def test_help_needs_neither_torch_nor_ray():
    code = (
        "import sys; sys.argv = ['train', 'run', '--help']\ntry:\n    import runpy; runpy.run_module('train',"
        " run_name='__main__')\n"
    )
    code += (
        "except SystemExit:\n    print(sorted({'torch', 'ray', 'transformers', 'numpy', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert "a YAML file, for example configs/train/" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("batch.sequence=4", "sequences"),
        ("out=s3://bucket/run", "is not a folder"),
        ("epochs=2", "exactly one of 'steps' and 'epochs'"),
        ("workers.max_failures=many", "workers.max_failures"),
    ],
)
def test_a_mistake_in_the_config_is_one_line_before_anything_starts(tmp_path: Path, override: str, words: str):
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"model": "m", "out": "o", "steps": 1, "data": {"agent": [{"path": "a"}], "eta": 1.0}}))
    done = command(str(path), override)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert words in done.stderr


def test_a_relative_out_in_a_submitted_job_is_refused(tmp_path: Path):
    path = tmp_path / "config.json"
    path.write_text(
        json.dumps({"model": "m", "out": "runs/x", "steps": 1, "data": {"agent": [{"path": "a"}], "eta": 1.0}})
    )
    done = command(str(path), RAY_JOB_CONFIG_JSON_ENV_VAR="{}")
    assert done.returncode == 2
    assert "a submitted job runs in a copy that is deleted" in done.stderr


@pytest.mark.ray
@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_run_on_this_machine_alone_says_its_own_lines_and_nothing_else(tmp_path: Path):
    """Also with paths that are relative to where the command is given."""
    config = changed(write_inputs(tmp_path), steps=2, logging__held_out_every_steps=2, out="placed/by/override")
    config = changed(config, model=os.path.relpath(tmp_path / "model", ROOT))
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))
    out = tmp_path / "gelernt-für-später"  # Ray's metrics take ASCII alone
    done = command(str(path), f"out={out}", limit_s=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    said = done.stdout.splitlines()
    config_lines = said.index("begins: 1 worker on cpu")
    assert said[0].startswith("model: ")
    starts = ("tokenised ", "held out, after step ", "step ", "memory of a rank: ", "writes the model: ", "2 steps: ")
    assert [line for line in said[config_lines + 1 :] if not line.startswith(starts)] == []
    assert len(losses(out)) == 2
