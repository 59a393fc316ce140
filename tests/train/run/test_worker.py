"""Training on Ray Train with real losses: of a worker, of the driver, of a node; and what a user's mistake looks like
there.
"""

from __future__ import annotations

import itertools
import json
import resource
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.train.tiny_run import changed, furthest, losses, parameters, run_here, write_inputs
from tests.train.training_cluster import Driver, TrainingCluster
from train.log import run_log
from train.run import run_folder

pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.timeout(600)]

STEPS = 24
QUICK_RESIZE = """
import ray, sys
from actors.program.ray_connection import connect
from actors.program.configuration import load
from train.run import driver
from train.settings import TrainSettings
connect(log_to_driver=False)
outcome = driver.run(load(sys.argv[1], [], TrainSettings), lambda line: print(line, flush=True), resize_s=3.0)
print(outcome)
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[TrainingCluster]:
    cluster = TrainingCluster()
    yield cluster
    cluster.shutdown()


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The config of a run that went through undisturbed, on one worker and without Ray."""
    config = changed(write_inputs(tmp_path_factory.mktemp("clean")), steps=STEPS, workers__number=2, workers__cpus=1)
    run_here(config)
    return config


def elsewhere(config: dict[str, Any], folder: Path, **changes: Any) -> dict[str, Any]:
    return changed(config, out=str(folder / "out"), **changes)


def steps_logged(config: dict[str, Any]) -> list[int]:
    lines = (Path(config["out"]) / run_log.METRICS).read_text().splitlines()
    return [entry["step"] for entry in map(json.loads, lines) if entry["kind"] == "train"]


def test_after_the_kill_of_a_worker_and_of_the_driver_nothing_is_different(
    cluster: TrainingCluster, clean: dict[str, Any], tmp_path: Path
):
    config = elsewhere(clean, tmp_path)
    first = Driver(cluster, config, tmp_path)
    first.after_step(7)
    cluster.workers()[-1].kill()
    first.until("goes on from")
    assert "its process died (Worker unexpectedly exits" in first.log, "and not what the other worker met in its wake"
    first.after_step(14)
    first.end()
    again = Driver(cluster, config, tmp_path)
    assert again.wait() == 0, again.log
    assert losses(config["out"]) == pytest.approx(losses(clean["out"]), rel=1e-5)
    assert furthest(parameters(config["out"]), parameters(clean["out"])) < 1e-4
    assert "Traceback" not in again.log
    assert "(RayTrainWorker pid" not in again.log, "Ray's own words stay in its files"
    steps = steps_logged(config)
    restarts = [after for before, after in itertools.pairwise(steps) if after <= before]
    assert len(restarts) == 2
    assert restarts[0] >= 5, "it went on from a checkpoint, not from the beginning"
    assert len(steps) - STEPS <= 8, (
        "two steps between checkpoints, and one checkpoint that was still being written, each time"
    )


def test_without_failures_allowed_a_loss_is_one_line(cluster: TrainingCluster, clean: dict[str, Any], tmp_path: Path):
    driver = Driver(cluster, elsewhere(clean, tmp_path, workers__max_failures=0), tmp_path)
    driver.after_step(3)
    cluster.workers()[0].kill()
    assert driver.wait() == 1
    last = driver.log.splitlines()[-1]
    assert last.startswith("run: training ended early: worker ")
    assert "its process died" in last
    assert last.endswith("the same command goes on from the newest checkpoint")
    assert "Traceback" not in driver.log


def test_a_mistake_that_every_worker_meets_is_one_line_and_not_repeated(
    cluster: TrainingCluster, clean: dict[str, Any], tmp_path: Path
):
    model = shutil.copytree(clean["model"], tmp_path / "model", ignore=shutil.ignore_patterns("*.safetensors"))
    driver = Driver(cluster, elsewhere(clean, tmp_path, model=str(model)), tmp_path)
    assert driver.wait() == 2
    assert driver.log.splitlines()[-1].startswith("run: ")
    assert "safetensors" in driver.log.splitlines()[-1]
    assert driver.log.count("begins: 2 workers") == 1
    assert "Traceback" not in driver.log


def test_a_mistake_that_one_worker_meets_ends_the_others_too(
    cluster: TrainingCluster, clean: dict[str, Any], tmp_path: Path
):
    """Only the first rank writes the log: where it cannot, the other waits for it in the next step's collectives."""
    driver = Driver(cluster, elsewhere(clean, tmp_path, steps=500, checkpoints__every_steps=1000), tmp_path)
    driver.after_step(3)
    full = (driver.out / run_log.METRICS).stat().st_size + 4096
    for process in cluster.workers():
        process.rlimit(resource.RLIMIT_FSIZE, (full, full))
    began = time.monotonic()
    assert driver.wait() == 2
    assert time.monotonic() - began < 90
    assert "metrics.jsonl': File too large" in driver.log.splitlines()[-1]
    assert driver.log.count("begins: 2 workers") == 1
    assert "Traceback" not in driver.log


def test_a_submitted_run_trains(cluster: TrainingCluster, clean: dict[str, Any], tmp_path: Path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(elsewhere(clean, tmp_path)))
    done = cluster.submit("train", "run", str(path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"step {STEPS}/{STEPS}" in done.stdout
    assert losses(tmp_path / "out") == pytest.approx(losses(clean["out"]), rel=1e-5)


def test_a_group_shrinks_with_its_cluster_and_grows_again(
    cluster: TrainingCluster, clean: dict[str, Any], tmp_path: Path
):
    """The loss of a node is announced, so that a checkpoint is written first; the curve is the clean one throughout."""
    # a small rate: at the others' 1e-3 another order of sums is a tenth apart after 300 steps, and a fast machine takes
    # as many
    config = elsewhere(
        clean,
        tmp_path,
        steps=2000,
        checkpoints__every_steps=10,
        workers__number=[1, 2],
        logging__held_out_every_steps=500,
        optimizer__learning_rate=2e-4,
    )
    driver = Driver(cluster, config, tmp_path, ("-c", QUICK_RESIZE))
    driver.until("begins: 2 workers")
    driver.after_step(5)
    cluster.announce_loss(deadline_s=12)
    driver.until("are about to be taken away: writes a checkpoint")
    driver.until("begins: 1 worker ")
    cluster.tell("remove")
    reached = len(run_log.read(driver.out))
    driver.after_step(reached + 3)
    cluster.tell("add")
    driver._until(lambda: driver.log.count("begins: 2 workers") == 2, 240)
    reached = len(run_log.read(driver.out))
    driver.after_step(reached + 3)
    driver.process.send_signal(signal.SIGTERM)
    assert driver.wait() == 0, driver.log
    found = run_folder.latest(driver.out)
    assert found is not None
    assert f"Outcome(step={found.commit.step}, steps=2000, model=None)" in driver.log
    reference = changed(config, out=str(tmp_path / "reference"))
    run_here(reference, stop_after=found.commit.step)
    assert losses(config["out"]) == pytest.approx(losses(reference["out"]), rel=1e-4), (
        "other data in a step would be off by a fiftieth"
    )
