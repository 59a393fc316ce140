"""The driver of a training run on Ray Train: starts the workers (`train.run.worker`), shows what they say, decides
about a loss.

A worker that dies is replaced, with all others, up to `workers.max_failures` times, and the loop goes on from its
newest checkpoint; with a pair of numbers the group also shrinks and grows with the cluster. A mistake of the user's
ends the run at once, whichever rank met it: the others may be waiting for that rank in a collective, and Ray Train ends
them.
"""

from __future__ import annotations

import os
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ray
import ray.train
from ray.train import FailureConfig, UserCallback
from ray.train.torch import TorchConfig, TorchTrainer

from actors.program.ray_job import on_a_cluster
from actors.program.terminal import one_line
from actors.program.user_error import UserError
from train.model.ranks import BACKENDS, TIMEOUT
from train.run import run_mailbox
from train.run.surroundings import Outcome
from train.run.worker import work
from train.settings import TrainSettings

v2: Any = ray.train  # its declared types are those of version 1
POLL_S = 0.2
PATIENCE_S = 60.0  # before a line says what the cluster lacks
RESIZE_S = (
    60.0  # a resize repeats the steps since the last checkpoint: nodes that come one by one should not cost one each
)
FAILURES = "failures.log"


class EndedEarly(Exception):
    """A run that failed more often than it may; one line. The same command goes on."""


def run(settings: TrainSettings, say: Callable[[str], None], resize_s: float = RESIZE_S) -> Outcome:
    """Train on the cluster that is connected; `resize_s`: how often an elastic group considers another size.

    SIGTERM, and the first SIGINT, end it after a checkpoint. Raises `UserError` for the user's mistakes, `EndedEarly`
    for a run that failed too often.
    """
    settings = _on_device(settings)
    out = Path(settings.out)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"cannot write the run's folder '{out}': {error.strerror or error}; name another 'out'"
        ) from error
    mailbox = run_mailbox.make()
    wanted = _resources(settings)
    trainer = _trainer(settings, mailbox, wanted, resize_s)
    ended: Future[None] = Future()
    with _stopping(mailbox, say):
        say("starting the workers, which load the model and tokenise what is not cached …")
        threading.Thread(target=_fit, args=(trainer, ended), daemon=True).start()
        try:
            outcome = _follow(mailbox, say, ended, out, wanted)
        except ray.exceptions.RayError as error:
            raise EndedEarly(
                f"lost the cluster: {one_line(str(error), 300)}; the same command goes on from the newest checkpoint"
            ) from error
    if outcome is not None:
        return outcome
    raise _explained(ended.exception(), out)


def _trainer(settings: TrainSettings, mailbox: Any, each: dict[str, float], resize_s: float) -> TorchTrainer:
    os.environ["RAY_CHDIR_TO_TRIAL_DIR"] = "0"  # a config's relative paths mean the same in a worker as here
    return TorchTrainer(
        work,
        train_loop_config={"settings": settings.model_dump(mode="json"), "mailbox": mailbox},
        torch_config=TorchConfig(backend=BACKENDS[settings.compute.device], timeout_s=int(TIMEOUT.total_seconds())),
        scaling_config=v2.ScalingConfig(
            num_workers=settings.workers.number,
            use_gpu=settings.compute.device == "cuda",
            resources_per_worker=each,
            elastic_resize_monitor_interval_s=resize_s,
        ),
        run_config=v2.RunConfig(
            # of its own: the loop resumes, from its own checkpoints; ASCII: Ray's metrics bear it
            name=f"training-{secrets.token_hex(4)}",
            storage_path=str(Path(settings.out) / "ray"),
            failure_config=FailureConfig(max_failures=settings.workers.max_failures),
            callbacks=[WorkerFailures(mailbox)],
            logging_config=v2.LoggingConfig(
                log_level="CRITICAL"
            ),  # the mailbox says what a user should know; Ray's files keep the rest
        ),
    )


class WorkerFailures(UserCallback):
    """In Ray Train's controller: says which workers were lost, and ends the run at a user's mistake, which a restart
    would repeat.
    """

    def __init__(self, mailbox: Any) -> None:
        self._mailbox = mailbox
        self._last = ""

    def after_exception(self, run_context: Any, worker_exceptions: dict[int, Exception]) -> None:
        for error in worker_exceptions.values():
            if isinstance(error, UserError):
                raise error
        line = _reasons(worker_exceptions)
        if line != self._last:  # while a node is taken away, the controller sees the same loss at every look
            self._last = line
            run_mailbox.ask(self._mailbox.say.remote(f"lost {line}"))


def _reasons(failures: Mapping[int, Exception]) -> str:
    """The workers whose process died, or else those that raised: the ones that were waiting for a dead one raise,
    too.
    """
    died = {
        rank: failure for rank, error in failures.items() if (failure := getattr(error, "health_check_failure", None))
    }
    told = [f"worker {rank}: {_reason(error)}" for rank, error in sorted((died or failures).items())]
    return "; ".join(told[:4]) + (f"; and {len(told) - 4} more" if len(told) > 4 else "")


def _reason(error: Exception) -> str:
    said = str(error).split("Worker exit detail: ")  # what Ray puts before it is ids
    return one_line(said[-1], 200) if len(said) == 1 else f"its process died ({one_line(said[-1], 100)})"


def _explained(error: BaseException | None, out: Path) -> BaseException:
    if error is None:
        return EndedEarly(
            "training ended early: its workers left without a word; the same command goes on from the newest checkpoint"
        )
    if isinstance(error, ray.train.ControllerError) and isinstance(error.controller_failure, UserError):
        return UserError(str(error.controller_failure))
    if not isinstance(error, ray.train.TrainingFailedError | ray.exceptions.RayError):
        return error
    reason = (
        _reasons(error.worker_failures) if isinstance(error, ray.train.WorkerGroupError) else one_line(str(error), 400)
    )
    told = f"; tracebacks: {out / FAILURES}" if (out / FAILURES).is_file() else ""
    return EndedEarly(f"training ended early: {reason}{told}; the same command goes on from the newest checkpoint")


def _fit(trainer: TorchTrainer, ended: Future[None]) -> None:
    try:
        trainer.fit()
    except BaseException as error:  # the main thread raises it
        ended.set_exception(error)
    else:
        ended.set_result(None)


def _follow(
    mailbox: Any, say: Callable[[str], None], ended: Future[None], out: Path, wanted: dict[str, float]
) -> Outcome | None:
    """Show what the mailbox has until training has ended; the outcome, if there is one. `wanted`: by each worker."""
    patience = time.monotonic() + PATIENCE_S
    while True:
        over = bool(wait([ended], timeout=POLL_S).done)
        said: run_mailbox.Said = run_mailbox.ask(mailbox.read.remote())
        for line in said.lines:
            say(line)
        for failure in said.failures:
            with open(out / FAILURES, "a", encoding="utf-8") as file:
                file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')}\n{failure}\n")
        if over:
            return said.outcome
        if not said.began and time.monotonic() > patience:
            each = ", ".join(f"{amount:g} {name}" for name, amount in wanted.items())
            say(
                f"no worker has begun after {PATIENCE_S:.0f} s: each wants {each} on one node; free on the whole"
                f" cluster: {_free()}"
            )
            patience = float("inf")


def _free() -> str:
    free: dict[str, float] = ray.available_resources()  # type: ignore[no-untyped-call]
    return ", ".join(f"{free.get(name, 0):g} {name}" for name in ("CPU", "GPU"))


@contextmanager
def _stopping(mailbox: Any, say: Callable[[str], None]) -> Iterator[None]:
    """SIGTERM (as `ray job stop` sends it) and SIGINT ask for a stop after a checkpoint; a second one ends this
    process.
    """
    asked: list[int] = []

    def stop(number: int, _: object) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)
        mailbox.stop.remote()
        say("stops after a checkpoint; once more to stop at once")

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _on_device(settings: TrainSettings) -> TrainSettings:
    """With 'auto' resolved by what the cluster has: the driver's own node may have no GPU."""
    if settings.compute.device != "auto":
        return settings
    device = "cuda" if _there().get("GPU", 0) else "cpu"
    return settings.model_copy(update={"compute": settings.compute.model_copy(update={"device": device})})


def _there() -> dict[str, float]:
    there: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    return there


def _resources(settings: TrainSettings) -> dict[str, float]:
    """What each worker asks Ray for."""
    workers = settings.workers
    least, most = (workers.number, workers.number) if isinstance(workers.number, int) else workers.number
    there = _there()
    cuda = settings.compute.device == "cuda"
    cpus = workers.cpus or (1.0 if cuda else cpu_share(_cpus_of_nodes(), most))
    each = {"CPU": cpus, **({"GPU": 1.0} if cuda else {}), **workers.resources}
    short = [
        f"{amount * least:g} {name} (there: {there.get(name, 0):g})"
        for name, amount in each.items()
        if there.get(name, 0) < amount * least
    ]
    if short and not on_a_cluster():  # a cluster may grow; one that was started here does not
        raise UserError(
            f"{least} workers want more than this machine has: {', '.join(short)}; lower workers.number or workers.cpus"
        )
    return each


def _cpus_of_nodes() -> list[float]:
    nodes: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call]
    return [node["Resources"].get("CPU", 0.0) for node in nodes if node["Alive"]]


def cpu_share(nodes: Sequence[float], workers: int) -> float:
    """The most whole CPUs that each of `workers` can have on nodes with so many; 1 where they have fewer than one each.

    A worker is on one node: two nodes of 4 have room for one worker of 4, not of 8.
    """
    for share in range(int(max(nodes, default=0.0)), 1, -1):
        if sum(node // share for node in nodes) >= workers:
            return float(share)
    return 1.0
