"""Training on Ray Train: the loop (`train.loop`) inside its workers, and the driver's side of it. Thin: no number is made here.

A worker that dies is replaced, with all others, up to `workers.max_failures` times, and the loop goes on from its newest checkpoint;
with a pair of numbers the group also shrinks and grows with the cluster. A preemption notice writes a checkpoint at once.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import ray
import ray.train
from ray.train import FailureConfig, RunConfig, ScalingConfig
from ray.train.torch import TorchConfig, TorchTrainer

from actors.terminal import one_line
from actors.trajectory import UserError
from train import loop
from train.ranks import BACKENDS, TIMEOUT, joined
from train.settings import TrainSettings
from train.step import Wish

_POLL_S = 0.2


class Said(NamedTuple):
    """What workers told the driver since it asked last."""

    lines: list[str]
    refusal: str
    outcome: loop.Outcome | None


class Board:
    """An actor through which workers speak to the driver: lines, a refusal that no restart would mend, the outcome."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._refusal = ""
        self._outcome: loop.Outcome | None = None

    def say(self, line: str) -> None:
        self._lines.append(line)

    def refuse(self, line: str) -> None:
        self._refusal = self._refusal or line

    def finish(self, outcome: loop.Outcome) -> None:
        self._outcome = outcome

    def read(self) -> Said:
        lines, self._lines = self._lines, []
        return Said(lines, self._refusal, self._outcome)


def work(config: dict[str, Any]) -> None:
    """One worker. A user's mistake ends it cleanly, for a restart would meet it again; anything else that raises is restarted."""
    board = config["board"]
    try:
        settings = TrainSettings.model_validate(config["settings"])
        with joined(settings.compute.device) as ranks:
            hooks = loop.Hooks(lambda line: ray.get(board.say.remote(line)), ray.train.report, _Preemption().wish)
            outcome = loop.train(settings, ranks, hooks)
            if ranks.first:
                ray.get(board.finish.remote(outcome))
    except UserError as error:
        ray.get(board.refuse.remote(str(error)))


class _Preemption:
    """A checkpoint at the first notice. Ray Train itself ends the preempted workers and restarts the group; until then the run goes on."""

    def __init__(self) -> None:
        self._noticed = False

    def wish(self) -> Wish:
        noticed = ray.train.get_preemption_info() is not None  # a barrier: every rank asks after every step
        new, self._noticed = noticed and not self._noticed, noticed
        return Wish.CHECKPOINT if new else Wish.NOTHING


def run(settings: TrainSettings, say: Callable[[str], None]) -> loop.Outcome:
    """Train on the cluster that is connected. Raises `UserError` for the user's mistakes and for a run that failed too often."""
    settings = _on_device(settings)
    board: Any = ray.remote(Board).options(num_cpus=0).remote()
    trainer = TorchTrainer(
        work,
        train_loop_config={"settings": settings.model_dump(mode="json"), "board": board},
        torch_config=TorchConfig(backend=BACKENDS[settings.compute.device], timeout_s=int(TIMEOUT.total_seconds())),
        scaling_config=_scaling(settings),
        run_config=RunConfig(
            name=f"{Path(settings.out).name}-{secrets.token_hex(4)}",  # a name of its own: the loop resumes, from its own checkpoints
            storage_path=str(Path(settings.out) / "ray"),
            failure_config=FailureConfig(max_failures=settings.workers.max_failures),
        ),
    )
    ended = threading.Event()
    listener = threading.Thread(target=_listen, args=(board, say, ended), daemon=True)
    listener.start()
    failure = ""
    try:
        trainer.fit()
    except (ray.train.TrainingFailedError, ray.exceptions.RayError) as error:
        failure = one_line(str(getattr(error, "training_failed_error", None) or error), 600)
    finally:
        ended.set()
        listener.join(timeout=30)
    said: Said = ray.get(board.read.remote(), timeout=60)
    for line in said.lines:
        say(line)
    if said.refusal:
        raise UserError(said.refusal)
    if failure or said.outcome is None:
        raise UserError(
            f"training ended early: {failure or 'its workers left without a word'}; the same command goes on from the newest checkpoint"
        )
    return said.outcome


def _listen(board: Any, say: Callable[[str], None], ended: threading.Event) -> None:
    while not ended.wait(_POLL_S):
        said: Said = ray.get(board.read.remote())
        for line in said.lines:
            say(line)


def _on_device(settings: TrainSettings) -> TrainSettings:
    """With 'auto' resolved by what the cluster has: the driver's own node may have no GPU."""
    if settings.compute.device != "auto":
        return settings
    device = "cuda" if ray.cluster_resources().get("GPU", 0) else "cpu"
    return settings.model_copy(update={"compute": settings.compute.model_copy(update={"device": device})})


def _scaling(settings: TrainSettings) -> ScalingConfig:
    workers = settings.workers
    least, most = (workers.number, workers.number) if isinstance(workers.number, int) else workers.number
    there = ray.cluster_resources()
    cuda = settings.compute.device == "cuda"
    cpus = workers.cpus or (1.0 if cuda else max(1.0, there.get("CPU", 1.0) // most))
    each = {"CPU": cpus, **({"GPU": 1.0} if cuda else {}), **workers.resources}
    short = [
        f"{amount * least:g} {name} (there: {there.get(name, 0):g})" for name, amount in each.items() if there.get(name, 0) < amount * least
    ]
    if short and "RAY_ADDRESS" not in os.environ:  # a cluster may grow; one that was started here does not
        raise UserError(f"{least} workers want more than this machine has: {', '.join(short)}; lower workers.number or workers.cpus")
    return ScalingConfig(num_workers=workers.number, use_gpu=cuda, resources_per_worker=each)
