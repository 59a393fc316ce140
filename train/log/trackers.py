"""TensorBoard, Weights & Biases and MLflow, where they are asked for: a convenience beside `metrics.jsonl`, which has
everything.

Each has a thread of its own, so that a service which is slow, away or at odds with its key costs the training nothing:
it is said once, and the run goes on without it. A tracker's run has an id of its own for each `out`: started again the
run goes on in it, and another run's folder of the same name has another.
"""

from __future__ import annotations

import importlib
import importlib.util
import queue
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec

from actors.program.terminal import one_line
from actors.program.user_error import UserError

FOLDER = "trackers"
MODULES = {"tensorboard": "tensorboard", "wandb": "wandb", "mlflow": "mlflow"}
CLOSE_S = 30.0
_WAITING = 10_000  # logged steps that a slow tracker may be behind

Numbers = Mapping[str, float]


class Tracker(Protocol):
    """Where numbers go besides the file."""

    def log(self, step: int, numbers: Numbers) -> None: ...
    def close(self) -> None: ...


def refuse_missing(names: Sequence[str]) -> None:
    """Raises `UserError` for a tracker that is not installed.

    A folder of its name (`wandb/`, with what it wrote) is not it.
    """
    for name in names:
        found = importlib.util.find_spec(MODULES[name])
        if found is None or found.origin is None:
            raise UserError(f"logging.trackers names '{name}', which is not installed: pip install {name}")


def start(
    names: Sequence[str], out: Path, project: str, config: Mapping[str, Any], say: Callable[[str], None]
) -> list[Tracker]:
    """The trackers by name, each in its thread.

    Raises `UserError` for one that is not installed; every other failure is said.
    """
    refuse_missing(names)
    return [Sender(name, lambda name=name: _TRACKERS[name](out, project, config), say) for name in names]  # type: ignore[misc]


class Sender:
    """Hands numbers to a tracker in a thread. Nothing that the tracker does reaches who logs."""

    def __init__(
        self, name: str, make: Callable[[], Tracker], say: Callable[[str], None], close_s: float = CLOSE_S
    ) -> None:
        self._name, self._make, self._say, self._close_s = name, make, say, close_s
        self._waiting: queue.Queue[tuple[int, Numbers] | None] = queue.Queue(_WAITING)
        self._failed = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"tracker {name}", daemon=True)
        self._thread.start()

    def log(self, step: int, numbers: Numbers) -> None:
        if self._failed.is_set():
            return
        try:
            self._waiting.put_nowait((step, numbers))
        except queue.Full:
            self._give_up(f"it is {_WAITING} logged steps behind")

    def close(self) -> None:
        """Wait until it has everything, but not for ever."""
        if not self._failed.is_set():
            self.log_end()
            self._thread.join(self._close_s)
        if self._thread.is_alive() and not self._failed.is_set():
            self._give_up(f"it did not take the last numbers within {self._close_s:g} s")

    def log_end(self) -> None:
        try:
            self._waiting.put(None, timeout=self._close_s)
        except queue.Full:
            self._give_up("it takes no more numbers")

    def _run(self) -> None:
        try:
            tracker = self._make()
            while (item := self._waiting.get()) is not None and not self._failed.is_set():
                tracker.log(*item)
            tracker.close()
        except (
            Exception,
            SystemExit,
        ) as error:  # the boundary to somebody else's service: whatever it raises is its own failure
            self._give_up(f"{type(error).__name__}: {error}")

    def _give_up(self, why: str) -> None:
        if not self._failed.is_set():
            self._failed.set()
            self._say(
                f"tracker '{self._name}' failed ({one_line(why, 200)}): the run goes on without it; metrics.jsonl has"
                " every number"
            )


def remembered(out: Path, name: str) -> str | None:
    """The id of this `out`'s run in a tracker; None for a new run, and for the copy of a folder, which is another
    run.
    """
    try:
        found = msgspec.json.decode((out / FOLDER / f"{name}.json").read_bytes())
    except (OSError, msgspec.DecodeError):
        return None
    own = isinstance(found, dict) and found.get("out") == str(out.resolve()) and isinstance(found.get("id"), str)
    return found["id"] if own else None


def remember(out: Path, name: str, run: str) -> str:
    """Write the id down for the next start."""
    (out / FOLDER).mkdir(parents=True, exist_ok=True)
    (out / FOLDER / f"{name}.json").write_bytes(msgspec.json.encode({"out": str(out.resolve()), "id": run}))
    return run


class _TensorBoard:
    def __init__(self, out: Path, project: str, config: Mapping[str, Any]) -> None:
        self._writer = importlib.import_module("torch.utils.tensorboard").SummaryWriter(str(out / "tensorboard"))

    def log(self, step: int, numbers: Numbers) -> None:
        for name, number in numbers.items():
            self._writer.add_scalar(name, number, step)

    def close(self) -> None:
        self._writer.close()


class _WeightsAndBiases:
    def __init__(self, out: Path, project: str, config: Mapping[str, Any]) -> None:
        run = remembered(out, "wandb") or remember(out, "wandb", uuid.uuid4().hex)
        wandb = importlib.import_module("wandb")
        self._run = wandb.init(project=project, name=out.name, id=run, resume="allow", dir=out, config=dict(config))

    def log(self, step: int, numbers: Numbers) -> None:
        self._run.log(dict(numbers), step=step)

    def close(self) -> None:
        self._run.finish()


class _MLflow:
    def __init__(self, out: Path, project: str, config: Mapping[str, Any]) -> None:
        self._mlflow = importlib.import_module("mlflow")
        experiment = self._mlflow.set_experiment(project)
        run = remembered(out, "mlflow")
        if (
            run is None
        ):  # made by hand: start_run would take an id that the environment has (MLFLOW_RUN_ID), another run's perhaps
            made = self._mlflow.MlflowClient().create_run(experiment.experiment_id, run_name=out.name)
            run = remember(out, "mlflow", made.info.run_id)
        self._mlflow.start_run(run_id=run)
        self._mlflow.log_dict(dict(config), "config.json")

    def log(self, step: int, numbers: Numbers) -> None:
        self._mlflow.log_metrics(dict(numbers), step=step)

    def close(self) -> None:
        self._mlflow.end_run()


_TRACKERS: dict[str, Callable[[Path, str, Mapping[str, Any]], Tracker]] = {
    "tensorboard": _TensorBoard,
    "wandb": _WeightsAndBiases,
    "mlflow": _MLflow,
}
