"""A Ray cluster of the tests' own, of two nodes with one CPU each, and `python -m train run` on it; both in processes
of their own.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil

from tests.train.tiny_run import ROOT
from train.log import run_log

HEAD = """
import socket, sys, tempfile, time
from ray.cluster_utils import Cluster
from ray.job_submission import JobSubmissionClient

with socket.socket() as free:  # Ray's own choice is one fixed port: another Ray on this machine would have it
    free.bind(("", 0))
    port = free.getsockname()[1]
head = {"num_cpus": 1, "include_dashboard": True, "dashboard_port": 0, "dashboard_agent_listen_port": port}
cluster = Cluster(initialize_head=True, head_node_args=head)
# each node its own: in a shared folder one replaces the files of the other's jobs
folder = tempfile.TemporaryDirectory(prefix="ray")
node = cluster.add_node(num_cpus=1, temp_dir=folder.name)
address = "http://" + cluster.webui_url
for _ in range(20):
    try:
        JobSubmissionClient(address).submit_job(entrypoint="true")
        break
    except RuntimeError:  # the node's agent has not registered yet
        time.sleep(0.5)
print(address, cluster.address, node.node_id, flush=True)
for line in sys.stdin:
    if line == "remove\\n":
        cluster.remove_node(node)
    if line == "add\\n":
        node = cluster.add_node(num_cpus=1, temp_dir=folder.name)
    print("done", flush=True)
cluster.shutdown()
"""
ENVIRONMENT = {**os.environ, "RAY_AUTH_MODE": "disabled", "OMP_NUM_THREADS": "1"}
PROGRAMS = Path(sys.executable).parent


class TrainingCluster:
    """Two nodes; the second can be taken away and given back."""

    def __init__(self) -> None:
        path = f"{PROGRAMS}:{os.environ['PATH']}"  # a job's `python` is the one on its cluster's path
        self._head = subprocess.Popen(
            [sys.executable, "-c", HEAD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**ENVIRONMENT, "PATH": path},
        )
        assert self._head.stdout is not None
        self.jobs, self.address, self.second_node = self._head.stdout.readline().split()

    def tell(self, what: str) -> None:
        """'remove' or 'add' the second node."""
        assert self._head.stdin is not None
        assert self._head.stdout is not None
        self._head.stdin.write(what + "\n")
        self._head.stdin.flush()
        assert self._head.stdout.readline() == "done\n"

    def announce_loss(self, deadline_s: int) -> None:
        """What a cloud's preemption notice does: `ray drain-node` for the second node."""
        options = [
            "--address",
            self.address,
            "--node-id",
            self.second_node,
            "--deadline-remaining-seconds",
            str(deadline_s),
        ]
        reason = ["--reason", "DRAIN_NODE_REASON_PREEMPTION", "--reason-message", "a test"]
        subprocess.run(
            [PROGRAMS / "ray", "drain-node", *options, *reason],
            env=ENVIRONMENT,
            check=True,
            timeout=60,
            capture_output=True,
        )

    def workers(self) -> list[psutil.Process]:
        """The processes of Ray Train's workers on this cluster."""
        found = []
        for process in psutil.Process(self._head.pid).children(recursive=True):
            try:
                if "RayTrainWorker" in " ".join(process.cmdline()):
                    found.append(process)
            except psutil.NoSuchProcess:
                continue
        return found

    def submit(self, *words: str, limit_s: float = 200) -> subprocess.CompletedProcess[str]:
        """`ray job submit --working-dir . -- python -m WORDS`"""
        command = [
            PROGRAMS / "ray",
            "job",
            "submit",
            "--address",
            self.jobs,
            "--working-dir",
            ".",
            "--",
            "python",
            "-m",
        ]
        return subprocess.run(
            [*command, *words], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=limit_s, check=False
        )

    def shutdown(self) -> None:
        self._head.communicate(timeout=60)


class Driver:
    """`python -m train run` on a cluster, as a user starts it."""

    def __init__(
        self,
        cluster: TrainingCluster,
        config: dict[str, Any],
        folder: Path,
        program: tuple[str, ...] = ("-m", "train", "run"),
    ):
        path = folder / "config.json"
        path.write_text(json.dumps(config))
        self.out = Path(config["out"])
        self._log = folder / "driver.log"
        with self._log.open("ab") as log:
            command = [sys.executable, *program, str(path)]
            environment = {**ENVIRONMENT, "RAY_ADDRESS": cluster.address}
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdout=log, stderr=log, env=environment, start_new_session=True
            )

    @property
    def log(self) -> str:
        return self._log.read_text()

    def wait(self, limit_s: float = 300) -> int:
        try:
            return self.process.wait(limit_s)
        except subprocess.TimeoutExpired:
            self.end()
            raise AssertionError(self.log) from None

    def until(self, words: str, limit_s: float = 240) -> None:
        """Return when it has said `words`."""
        self._until(lambda: words in self.log, limit_s)

    def after_step(self, step: int, limit_s: float = 240) -> None:
        """Return when that many steps are logged."""
        self._until(lambda: (self.out / run_log.METRICS).is_file() and len(run_log.read(self.out)) >= step, limit_s)

    def _until(self, true: Any, limit_s: float) -> None:
        deadline = time.monotonic() + limit_s
        while not true():
            assert self.process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.02)

    def end(self) -> None:
        """SIGKILL, if it still runs."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
