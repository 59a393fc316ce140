"""The command line: a user's mistake is one line that says what to do, exit code 2, and nothing half-done."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from actors.llms.practice_provider import Practice, PracticeProvider


def actors(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "actors", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=110, env={**os.environ, **environment}, check=False
    )


def refused(ended: subprocess.CompletedProcess[str], *said: str) -> None:
    assert ended.returncode == 2, ended.stderr
    assert "Traceback" not in ended.stderr
    last = ended.stderr.strip().splitlines()[-1]
    for words in said:
        assert words in last


def written(folder: Path, **changes: Any) -> str:
    config = {
        "store": str(folder / "run"),
        "tasks": [{"environment": "practice", "generate": 2}],
        "llm": {"kind": "reference"},
        **changes,
    }
    (folder / "c.yaml").write_text(json.dumps(config))
    return str(folder / "c.yaml")


def test_mistakes_in_a_config_are_refused_before_anything_is_written(tmp_path: Path):
    refused(actors("rollout", "nowhere.yaml"), "cannot read config 'nowhere.yaml'", "configs/")
    refused(actors("rollout", written(tmp_path), "llm_actors.concurency=2"), "did you mean 'concurrency'?")
    refused(actors("rollout", written(tmp_path), "budget=1"), "llm.kind 'reference' costs no money")
    missing = [{"environment": "database", "file": "nowhere.jsonl"}]
    refused(actors("rollout", written(tmp_path, tasks=missing)), "nowhere.jsonl")
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"description": 3}\n')
    refused(
        actors("rollout", written(tmp_path, tasks=[{"environment": "database", "file": str(bad)}])), "bad.jsonl", "1"
    )
    assert not (tmp_path / "run").exists()


def test_a_store_that_another_command_wrote_is_refused_and_stays_as_it_is(tmp_path: Path):
    manifest = tmp_path / "run" / "manifest.json"
    manifest.parent.mkdir()
    manifest.write_text('{"schema_version": 1, "run_id": "import-1"}')
    refused(actors("rollout", written(tmp_path)), "was not written by 'rollout'")
    assert "import-1" in manifest.read_text()


def test_a_missing_key_and_an_unreachable_provider_are_one_line(tmp_path: Path):
    llm = {
        "kind": "openai",
        "model": "m",
        "base_url": "http://127.0.0.1:9/v1",
        "api_key_env": ["NO_SUCH_KEY"],
        "prices": None,
    }
    refused(actors("rollout", written(tmp_path, llm=llm)), "NO_SUCH_KEY")
    llm["api_key_env"] = []
    for option in ((), ("--dry-run",)):
        ended = actors("rollout", written(tmp_path, llm=llm, store=str(tmp_path / "of" / "its" / "own")), *option)
        refused(ended, "127.0.0.1:9")
        assert "starting the environments" not in ended.stderr, "refused before Ray is started"
    assert [path.name for path in tmp_path.iterdir()] == ["c.yaml"], "a refused run leaves no folder"


@pytest.mark.parametrize(
    ("llm", "said"),
    [
        ({"kind": "vllm", "model": "/no/such/model"}, "no model directory '/no/such/model'"),
        ({"kind": "openai", "model": "m", "api_key_env": []}, "price table"),
    ],
)
def test_a_dry_run_checks_the_model_and_the_price(tmp_path: Path, llm: dict[str, Any], said: str):
    budget = {"budget": 5} if llm["kind"] == "openai" else {}
    refused(actors("rollout", written(tmp_path, llm=llm, **budget), "--dry-run"), said)


async def test_a_dry_run_says_the_money(tmp_path: Path):
    prices = tmp_path / "prices.yaml"
    prices.write_text("models: {practice: {input: 2, output: 10}}")
    async with PracticeProvider(Practice()) as provider:
        llm = {
            "kind": "openai",
            "model": "practice",
            "base_url": provider.base_url,
            "api_key_env": [],
            "prices": str(prices),
        }
        ended = await asyncio.to_thread(actors, "rollout", written(tmp_path, llm=llm, budget=5), "--dry-run")
    assert ended.returncode == 0, ended.stderr
    assert (
        "'practice' costs 2 / 10 USD a million prompt / completion tokens; the budget is 5 USD, 0 of it is spent"
        in ended.stderr
    )


def test_an_unreachable_docker_engine_is_one_line(tmp_path: Path):
    tasks = [{"environment": "operating_system", "generate": 1}]
    environments = {"operating_system": {"settings": {"backend": "docker"}}}
    config = written(tmp_path, tasks=tasks, environments=environments)
    refused(
        actors("rollout", config, DOCKER_HOST="unix:///nowhere/docker.sock"),
        "no Docker engine answers",
        "backend=bubblewrap",
    )
    assert not (tmp_path / "run").exists(), "a refused run leaves no folder, though Ray had to be asked"


def test_commands_on_a_folder_that_holds_no_run(tmp_path: Path):
    for command in ("why-stuck", "stats", "view", "filter"):
        refused(actors(command, str(tmp_path)), "holds no run")


def test_a_dry_run_resolves_and_plays_nothing(tmp_path: Path):
    ended = actors("rollout", written(tmp_path), "--dry-run", "attempts=3")
    assert ended.returncode == 0
    assert "6 episodes" in ended.stderr
    assert not (tmp_path / "run").exists()


def test_tasks_are_listed_generated_and_counted():
    assert "count" in actors("tasks", "practice").stdout
    rows = actors("tasks", "practice", "--generate", "3").stdout.splitlines()
    assert [json.loads(row)["id"] for row in rows] == ["practice-count-0-0", "practice-count-0-1", "practice-count-0-2"]
    refused(actors("tasks", "practise"), "did you mean 'practice'?")


@pytest.mark.ray
def test_a_relative_store_is_refused_in_a_submitted_job(tmp_path: Path):
    refused(
        actors("rollout", written(tmp_path, store="runs/x"), RAY_JOB_CONFIG_JSON_ENV_VAR="{}"), "is relative", "s3://"
    )
