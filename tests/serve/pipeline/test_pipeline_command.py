from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from actors.program.user_error import UserError
from serve.pipeline import pipeline_command
from tests.train import tokenizers_of_families
from tests.train.tiny_model import write_model

ROOT = Path(__file__).parents[3]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A pipeline whose inputs are all missing."""
    content = {
        "out": str(tmp_path / "out"),
        "base": str(tmp_path / "SmolLM2-135M-Instruct"),
        "act": {
            "tasks": [{"environment": "database", "generate": 30}, {"environment": "practice", "generate": 10}],
            "attempts": 2,
        },
        "train": {"steps": 3, "data": {"eta": 1}, "compute": {"device": "cuda"}},
    }
    content["act"]["llm"] = {"kind": "openai", "model": "gpt-4"}
    path = tmp_path / "pipeline.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def arguments(config: Path, *words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    pipeline_command.add_arguments(parser)
    return parser.parse_intermixed_args([str(config), *words])


def test_a_dry_run_needs_neither_key_nor_model_nor_data_and_writes_nothing(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert pipeline_command.run(arguments(config, "--dry-run", "act.budget=0.5")) == 0
    said = capsys.readouterr().out
    rows = {
        line.split("│")[1].strip(): [cell.strip() for cell in line.split("│")[2:-1]]
        for line in said.splitlines()
        if "│" in line
    }
    assert rows["database"][:2] == ["train", "60"]
    assert rows["practice"][:2] == ["train", "20"]
    prompts, completions, money = (float(cell.replace(",", "")) for cell in rows["all"][-3:])
    assert money == pytest.approx((30 * prompts + 60 * completions) / 1e6, abs=0.01)
    assert "the budget of 0.5 is spent after about" in said
    assert "3 steps of at most 262,144 tokens" in said
    assert "fits (H100" in said
    assert "4 characters a token" in said
    assert not (config.parent / "out").exists()


def test_tokens_are_counted_with_the_base_s_own_tokenizer_where_it_is_here(
    config: Path, capsys: pytest.CaptureFixture[str]
):
    tokenizers_of_families.chatml(config.parent / "SmolLM2-135M-Instruct")
    assert pipeline_command.run(arguments(config, "--dry-run", "--until", "act")) == 0
    assert "SmolLM2-135M-Instruct' counts the openings" in capsys.readouterr().out


@pytest.mark.slow
def test_the_paper_s_pipeline_says_what_it_takes_on_a_bare_machine(tmp_path: Path):
    bare = {name: value for name, value in os.environ.items() if name != "OPENAI_API_KEY"}
    words = [sys.executable, "-m", "serve", "pipeline", "configs/paper.yaml", "--dry-run", f"out={tmp_path}"]
    done = subprocess.run(words, cwd=ROOT, env=bare, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    for told in ("35,341", "2,000 steps", "worker of 8: fits", "6,738,415,616 parameters"):
        assert told in done.stdout
    assert not list(tmp_path.iterdir())


def test_an_input_that_nothing_makes_is_missed_before_anything_runs(config: Path):
    with pytest.raises(UserError, match=r"'base' is not there: .*config\.json"):
        pipeline_command.run(arguments(config))
    assert not (config.parent / "out").exists()


def test_a_suite_s_file_is_missed_before_the_teacher_is_paid(config: Path, tmp_path: Path):
    (tmp_path / "SmolLM2-135M-Instruct").mkdir()
    (tmp_path / "SmolLM2-135M-Instruct" / "config.json").write_text("{}")
    columns = {"standard": [{"environment": "database", "file": "standard.jsonl"}]}
    (tmp_path / "suite.yaml").write_text(yaml.safe_dump({"name": "bench", "columns": columns, "data": str(tmp_path)}))
    evaluate = f"evaluate={{suite: {tmp_path}/suite.yaml, models: [teacher]}}"
    with pytest.raises(
        UserError, match=r"suite.yaml: columns.standard.0' is not there: .*standard.jsonl; no stage was begun"
    ):
        pipeline_command.run(arguments(config, evaluate))


def test_a_suite_s_unknown_family_is_found_before_the_teacher_is_paid(config: Path, tmp_path: Path):
    (tmp_path / "SmolLM2-135M-Instruct").mkdir()
    (tmp_path / "SmolLM2-135M-Instruct" / "config.json").write_text("{}")
    columns = {"new": [{"environment": "database", "generate": 2, "families": ["count_all_of_it"]}]}
    (tmp_path / "suite.yaml").write_text(yaml.safe_dump({"name": "bench", "columns": columns}))
    with pytest.raises(UserError, match="no family of database tasks is called 'count_all_of_it'"):
        pipeline_command.run(arguments(config, f"evaluate={{suite: {tmp_path}/suite.yaml, models: [teacher]}}"))
    assert not (tmp_path / "out").exists()


def test_a_dry_run_says_what_is_wanted_before_the_pipeline_can_run(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert pipeline_command.run(arguments(config, "--dry-run", "--until", "act")) == 0
    told = capsys.readouterr().out.partition("Wanted before it can run:")[2]
    assert "'act.llm' wants the environment variable OPENAI_API_KEY, which is not set" in told
    assert "'base' is not there: " in told
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    assert (
        pipeline_command.run(
            arguments(config, "--dry-run", "--until", "act", f"base={write_model(config.parent / 'base')}")
        )
        == 0
    )
    assert "Wanted before it can run:" not in capsys.readouterr().out


def test_until_names_a_stage(config: Path, capsys: pytest.CaptureFixture[str]):
    assert pipeline_command.run(arguments(config, "--explain", "--until", "filter")) == 0
    assert "2 stages into" in capsys.readouterr().out
    with pytest.raises(UserError, match="--until 'flter' is no stage: did you mean 'filter'"):
        pipeline_command.run(arguments(config, "--explain", "--until", "flter"))


def test_a_folder_is_wanted_and_in_a_job_a_lasting_one(config: Path, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(UserError, match="out 's3://bucket/run' is not a folder"):
        pipeline_command.run(arguments(config, "out=s3://bucket/run"))
    monkeypatch.setenv("RAY_JOB_CONFIG_JSON_ENV_VAR", "{}")
    with pytest.raises(
        UserError, match="out 'runs/here' is relative, and a submitted job runs in a copy that is deleted"
    ):
        pipeline_command.run(arguments(config, "out=runs/here"))


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("act.llm.model=gpt-5000", "budget is set, but price table .* has no model 'gpt-5000'"),
        ("act.tasks.0={environment: database, file: nowhere.jsonl}", "nowhere.jsonl"),
        ("base=BASE", "it has 256 positions: set batch.sequence_tokens"),
        ("train.workers.number=[4, 2]", "'train.workers': 'number' is the fewest and the most workers"),
    ],
)
def test_a_dry_run_finds_what_could_not_run(config: Path, override: str, told: str):
    base = write_model(config.parent / "base")
    with pytest.raises(UserError, match=told):
        pipeline_command.run(arguments(config, "--dry-run", "act.budget=5", override.replace("BASE", str(base))))
