"""`python -m serve evaluate` and `compare` as a user runs them, in the practice environment on Ray."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from actors.llms.practice_provider import Practice, PracticeProvider
from actors.records.store import Store
from environments.contract import Status
from serve.evaluation.evaluation import read

pytestmark = pytest.mark.timeout(300)  # a cluster may take a minute to start on a busy machine
SUITE = {
    "name": "counting",
    "columns": {
        "new-instances": [{"environment": "practice", "generate": 6, "seed": 5}],
        "new-families": [{"environment": "practice", "generate": 3, "seed": 6, "families": ["noise"]}],
    },
}


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "serve", *words]


def ran(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*words), capture_output=True, text=True, timeout=200, check=False)


def suite_file(folder: Path, **changes: Any) -> str:
    path = folder / "suite.yaml"
    path.write_text(json.dumps({**SUITE, **changes}))
    return str(path)


def refused(ended: subprocess.CompletedProcess[str], said: str) -> None:
    assert ended.returncode == 2, ended.stderr
    assert "Traceback" not in ended.stderr
    assert said in ended.stderr.strip().splitlines()[-1]


def stored(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "trajectories").iterdir()}


@pytest.mark.ray
def test_an_evaluation_that_is_cut_goes_on_where_it_was_and_then_plays_nothing(tmp_path: Path) -> None:
    suite, out = suite_file(tmp_path, environments={"practice": {"settings": {"step_s": 0.15}}}), tmp_path / "eval"
    words = ["evaluate", suite, "--llm", "reference", "--out", str(out), "llm_actors.concurrency=2"]
    _cut(words, out, after=2)
    settled = {episode: entry for episode, entry in Store(str(out)).index().items() if entry.settled}
    assert 2 <= len(settled) < 9
    refused(ran("compare", str(out), str(out)), f"is unfinished: {len(settled)} of 9 episodes are scored")

    ended = ran(*words, "--name", "counter")
    assert ended.returncode == 0, ended.stderr
    evaluation = read(out)
    assert evaluation.name == "counter"
    assert [(row.column, row.score, row.status) for row in evaluation.episodes] == [
        (column, 1.0, Status.COMPLETED) for column in ["new-instances", "new-families"] * 3 + ["new-instances"] * 3
    ]
    assert {trajectory.split for trajectory in Store(str(out)).trajectories()} == {"new-instances", "new-families"}
    after = Store(str(out)).index()
    assert all(after[episode] == entry for episode, entry in settled.items())

    before = stored(out)
    again = ran(*words, "--markdown", "--name", "counter")
    assert again.returncode == 0
    assert "| new-families | practice | success\\_rate | 1.000 | 0.292 to 1.000 | 3 | 0 |" in again.stdout
    assert "0 episodes played" in again.stderr
    assert stored(out) == before
    assert read(out) == evaluation

    compared = ran("compare", str(out), str(out), "--column", "new-instances", "--markdown")
    assert "| new-instances | practice | 1.000 | 1.000 | 0.000 |" in compared.stdout
    refused(ran(*words, "seed=1"), "another suite (seed: 0 there, 1 here)")


def _cut(words: list[str], out: Path, after: int) -> None:
    """Interrupt an evaluation when `after` episodes are settled."""
    with open(out.with_suffix(".log"), "wb") as log:
        process = subprocess.Popen(command(*words), stdout=log, stderr=log, start_new_session=True)
    try:
        deadline = time.monotonic() + 90
        while sum(entry.settled for entry in Store(str(out)).index().values()) < after:
            assert process.poll() is None, out.with_suffix(".log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    said = out.with_suffix(".log").read_text()
    assert "of 9 episodes are played and judged, so there are no scores yet" in said
    assert f"python -m serve evaluate {words[1]} --llm reference llm_actors.concurrency=2 --out {out}" in said


@pytest.mark.ray
async def test_a_providers_errors_count_as_0_until_they_are_played_again(tmp_path: Path) -> None:
    import asyncio

    def counting(messages: list[dict[str, str]]) -> str:
        said = sum(message["role"] == "assistant" for message in messages)
        return f"Say: {said + 1 if said < 9 else 'done'}"

    columns = {"new-instances": SUITE["columns"]["new-instances"]}
    out = tmp_path / "eval"
    practice = Practice(replies=counting, script=("500", "500"), model="counter")
    async with PracticeProvider(practice) as provider:
        words = [
            "evaluate",
            suite_file(tmp_path, columns=columns),
            "--llm",
            provider.base_url,
            "llm.model=counter",
            "--out",
            str(out),
        ]
        words += ["llm.max_retries=0", "retries.max_tries=1"]
        ended = await asyncio.to_thread(ran, *words)
        assert ended.returncode == 1, ended.stderr
        assert "2 episodes have no reward (2 provider error); the same command plays them again" in ended.stderr
        first = read(out)
        assert (first.name, len(first.episodes), first.error_count) == ("counter", 6, 2)
        assert sum(row.score for row in first.episodes) == 4
        assert "2 of 6 episodes ended in an error (2 provider error): they count as 0" in ended.stdout
        assert all(b'"temperature":0' in body.replace(b" ", b"") for body in provider.bodies)
        ended = await asyncio.to_thread(ran, *words)
        assert ended.returncode == 0, ended.stderr
        assert (read(out).error_count, sum(row.score for row in read(out).episodes)) == (0, 6)


def test_mistakes_are_one_line_before_anything_is_written(tmp_path: Path) -> None:
    suite, out = suite_file(tmp_path), ["--out", str(tmp_path / "eval")]
    refused(ran("evaluate", suite, "--llm", "gpt-5-nowhere", *out), "--llm 'gpt-5-nowhere' is nothing known")
    refused(ran("evaluate", suite, "--llm", str(tmp_path), *out), "is a directory without a config.json")
    refused(
        ran("evaluate", suite, "--llm", "reference", "--out", "s3://bucket/eval"), "--out 's3://bucket/eval' is a URL"
    )
    refused(ran("evaluate", suite, "--llm", "reference", *out, "budget=1"), "llm.kind 'reference' costs no money")
    settings = "environments.practice.settings.step=1"
    refused(ran("evaluate", suite, "--llm", "reference", *out, settings), "unknown key 'step': did you mean 'step_s'?")
    refused(
        ran("evaluate", suite, "--llm", "http://127.0.0.1:9/v1", "llm.model=m", *out),
        "no answer from http://127.0.0.1:9/v1",
    )
    missing = [{"environment": "database", "file": "nowhere.jsonl"}]
    refused(ran("evaluate", suite_file(tmp_path, columns={"a": missing}), "--llm", "reference", *out), "nowhere.jsonl")
    assert not (tmp_path / "eval").exists()


def test_a_dry_run_says_what_would_be_played(tmp_path: Path) -> None:
    ended = ran(
        "evaluate",
        suite_file(tmp_path),
        "--llm",
        "reference",
        "--out",
        str(tmp_path / "eval"),
        "--dry-run",
        "attempts=2",
    )
    assert ended.returncode == 0, ended.stderr
    assert "new-families: 3 tasks of practice" in ended.stderr
    assert not (tmp_path / "eval").exists()


def test_a_dry_run_says_what_a_trained_model_is_sent(tmp_path: Path) -> None:
    model = tmp_path / "tuned"
    model.mkdir()
    (model / "config.json").write_text("{}")
    (model / "manifest.json").write_text(json.dumps({"kind": "model", "trained": {"system_prompt": "Be brief."}}))
    said = ("--llm", str(model), "--out", str(tmp_path / "eval"), "--dry-run")
    assert "system prompt of every conversation: 'Be brief.'" in ran("evaluate", suite_file(tmp_path), *said).stderr
    assert "Be brief" not in ran("evaluate", suite_file(tmp_path), *said, "llm.system_prompt=false").stderr


def test_what_is_no_evaluation_cannot_be_compared(tmp_path: Path) -> None:
    refused(ran("compare", str(tmp_path), str(tmp_path)), "holds no evaluation")
