"""The same line under `ray job submit`: on a cluster that was there before, with the code shipped from here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from actors.records.store import Store

pytestmark = [pytest.mark.ray, pytest.mark.timeout(240)]

ROOT = Path(__file__).parents[3]
HEAD = """
import socket, sys, tempfile, time
from ray.cluster_utils import Cluster
from ray.job_submission import JobSubmissionClient

with socket.socket() as free:  # Ray's own choice is one fixed port: another Ray on this machine would have it
    free.bind(("", 0))
    port = free.getsockname()[1]
quick = {"metrics_report_interval_ms": 500}
ports = {"dashboard_port": 0, "dashboard_agent_listen_port": port}
head = {"num_cpus": 2, "resources": {"here": 1}, "include_dashboard": True, "_system_config": quick, **ports}
cluster = Cluster(initialize_head=True, head_node_args=head)
# each node its own: in a shared folder one replaces the files of the other's jobs
folder = tempfile.TemporaryDirectory(prefix="ray")
cluster.add_node(num_cpus=1, resources={"elsewhere": 1}, temp_dir=folder.name)
address = "http://" + cluster.webui_url
for _ in range(10):
    try:
        JobSubmissionClient(address).submit_job(entrypoint="true")
        break
    except RuntimeError:  # the node's agent has not registered yet
        time.sleep(0.5)
print(address, flush=True)
print(*[node.metrics_export_port for node in cluster.list_all_nodes()], flush=True)
print(cluster.address, flush=True)
sys.stdin.read()
cluster.shutdown()
"""


class Head(NamedTuple):
    """Where a cluster's jobs API and the metrics of each of its nodes are."""

    jobs: str
    metrics: list[str]
    address: str


@pytest.fixture(scope="module")
def cluster() -> Iterator[Head]:
    """A cluster of this test's own."""
    programs = (  # a job's `python` is the one on its cluster's path
        f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    )
    environment = {**os.environ, "RAY_AUTH_MODE": "disabled", "PATH": programs}
    head = subprocess.Popen(
        [sys.executable, "-c", HEAD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    assert head.stdout is not None
    jobs, ports, address = (head.stdout.readline().strip() for _ in range(3))
    yield Head(jobs, [f"http://127.0.0.1:{port}/metrics" for port in ports.split()], address)
    head.communicate(timeout=60)


def submit(cluster: Head, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [
        f"{Path(sys.executable).parent}/ray",
        "job",
        "submit",
        "--address",
        cluster.jobs,
        "--working-dir",
        ".",
        "--",
    ]
    return subprocess.run(
        [*command, "python", "-m", "actors", "rollout", *arguments],
        cwd=ROOT,
        env={**os.environ, "RAY_AUTH_MODE": "disabled"},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def test_a_submitted_rollout_plays_everything_and_a_relative_store_is_refused(cluster: Head, tmp_path: Path):
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


def joined(cluster: Head, folder: Path, **content: Any) -> subprocess.CompletedProcess[str]:
    """A rollout that joins the cluster by RAY_ADDRESS, as from a notebook on its head."""
    config = folder / "rollout.yaml"
    config.write_text(json.dumps({"store": str(folder / "run"), "llm": {"kind": "reference"}, **content}))
    environment = {**os.environ, "RAY_AUTH_MODE": "disabled", "RAY_ADDRESS": cluster.address}
    command = [sys.executable, "-m", "actors", "rollout", str(config)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=200, check=False)


def test_an_environment_that_is_bound_to_its_node_is_played_from_another(cluster: Head, tmp_path: Path):
    """The private database server listens on a unix socket: from another node its sessions are reached through its
    actor.
    """
    environments = {"database": {"resources": {"here": 1}}}
    tasks = [{"environment": "database", "generate": 12}]
    ended = joined(
        cluster, tmp_path, tasks=tasks, environments=environments, llm_actors={"resources": {"elsewhere": 1}}
    )
    assert ended.returncode == 0, ended.stderr
    rewards = [entry.reward for entry in Store.open(str(tmp_path / "run")).index().values()]
    assert rewards == [1.0] * 12


def test_a_runs_metrics_are_on_rays_endpoint_while_it_plays(cluster: Head, tmp_path: Path):
    config = tmp_path / "rollout.yaml"
    content = {
        "store": str(tmp_path / "run"),
        "tasks": [{"environment": "practice", "generate": 400}],
        "environments": {"practice": {"settings": {"hosted": True, "step_s": 0.1}}},
        "llm": {"kind": "reference"},
        "llm_actors": {"resources": {"elsewhere": 1}},
    }
    config.write_text(json.dumps(content))
    seen: set[str] = set()
    wanted = {
        "agenttuning_episodes_total{",
        'status="completed"',
        "agenttuning_turns_total{",
        "agenttuning_llm_seconds_bucket{",
        "agenttuning_environment_seconds_bucket{",
        "agenttuning_lease_seconds_bucket{",
        "agenttuning_episodes_open",
        "agenttuning_episodes_waiting",
        'what="leases"',
    }
    with ThreadPoolExecutor(1) as threads:
        job = threads.submit(submit, cluster, str(config))
        while not job.done() and seen != wanted:
            for node in cluster.metrics:  # an actor's metrics are on the endpoint of the node that it happens to be on
                with urllib.request.urlopen(node, timeout=10) as page:
                    text = page.read().decode()
                seen |= {name for name in wanted if name in text.replace("ray_agenttuning", "agenttuning")}
            time.sleep(0.5)
        assert job.result().returncode == 0
    assert seen == wanted
