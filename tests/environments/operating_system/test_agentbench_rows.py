"""AgentBench's development rows in a real sandbox: whatever has a reference solution is earned by it."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.agentbench_rows.__main__ import EARNED, measure, report
from environments.registry import registered
from environments.sandbox import docker_sandbox

load = registered("operating_system").load
ROOT = Path(__file__).resolve().parents[3]
FILE = (
    Path(os.environ.get("AGENTTUNING_DATA", ROOT.parent / "shared" / "data"))
    / "agentbench"
    / "os_interaction"
    / "dev.json"
)


@pytest.mark.docker
@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(
    not FILE.is_file(), reason=f"AgentBench's file is not at {FILE}; AGENTTUNING_DATA says where the data is"
)
async def test_the_development_rows_are_earned_by_their_references() -> None:
    if reason := docker_sandbox.engine_answers():
        pytest.skip(f"no Docker engine here: {reason}")
    rows = await measure(list(load(str(FILE), "dev")), at_once=4)
    unearned = {row.task.id: row.outcome for row in rows if row.outcome != EARNED}
    assert Counter(unearned.values()) == {
        "the row has no reference solution": 4,
        "a script file of the row is not there": 3,
        "the reference does not print the answer the row asks for": 1,
    }
    assert unearned["os-dev-00024"].startswith("the reference does not print")  # it works in another user's home
    assert sum(row.outcome == EARNED for row in rows) == 18
    assert "| dev.json | 26 | 18 | 8 |" in report(rows, 1.0)
