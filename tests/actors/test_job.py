"""The same line under `ray job submit`: on a cluster that was there before, with the code shipped from here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.store import Store

pytestmark = [pytest.mark.ray, pytest.mark.timeout(240)]

ROOT = Path(__file__).parents[2]
HEAD = """
import socket, sys, time
from ray.cluster_utils import Cluster
from ray.job_submission import JobSubmissionClient

with socket.socket() as free:  # Ray's own choice is one fixed port: another Ray on this machine would have it
    free.bind(("", 0))
    port = free.getsockname()[1]
head = {"num_cpus": 2, "include_dashboard": True, "dashboard_port": 0, "dashboard_agent_listen_port": port}
cluster = Cluster(initialize_head=True, head_node_args=head)
address = "http://" + cluster.webui_url
for _ in range(10):
    try:
        JobSubmissionClient(address).submit_job(entrypoint="true")
        break
    except RuntimeError:  # the node's agent has not registered yet
        time.sleep(0.5)
print(address, flush=True)
sys.stdin.read()
cluster.shutdown()
"""


@pytest.fixture
def cluster() -> Iterator[str]:
    """The address of the jobs API of a cluster of this test's own."""
    environment = {**os.environ, "RAY_AUTH_MODE": "disabled"}
    head = subprocess.Popen([sys.executable, "-c", HEAD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
    assert head.stdout is not None
    yield head.stdout.readline().strip()
    head.communicate(timeout=60)


def submit(cluster: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [f"{Path(sys.executable).parent}/ray", "job", "submit", "--address", cluster, "--working-dir", ".", "--"]
    return subprocess.run(
        [*command, "python", "-m", "actors", "rollout", *arguments],
        cwd=ROOT,
        env={**os.environ, "RAY_AUTH_MODE": "disabled"},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def test_a_submitted_rollout_plays_everything_and_a_relative_store_is_refused(cluster: str, tmp_path: Path):
    config = tmp_path / "rollout.yaml"
    tasks = [{"environment": "practice", "generate": 30}]
    config.write_text(json.dumps({"store": str(tmp_path / "run"), "tasks": tasks, "llm": {"kind": "reference"}}))
    done = submit(cluster, str(config))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "30 episodes played" in done.stdout
    index = Store.open(str(tmp_path / "run")).index()
    assert len(index) == 30
    assert all(entry.reward == 1.0 for entry in index.values())
    refused = submit(cluster, str(config), "store=runs/x")
    assert refused.returncode != 0
    assert "a submitted job runs in a copy that is deleted" in refused.stdout + refused.stderr
