"""What a run says of itself: `OUT/metrics.jsonl` always, TensorBoard, Weights & Biases and MLflow where they are asked for.

A line is one logged step (`kind` 'train') or one measure of the held-out loss ('held_out'). A run that went on from a checkpoint
writes the steps since then again; `read` gives the last word on each.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec

from actors.trajectory import UserError

METRICS = "metrics.jsonl"


class Tracker(Protocol):
    """Where numbers go besides the file."""

    def log(self, step: int, numbers: Mapping[str, float]) -> None: ...
    def close(self) -> None: ...


class RunLog:
    """The log of one process: rank 0's. Lines are flushed one by one: a kill takes none."""

    def __init__(self, out: Path, trackers: Sequence[Tracker]) -> None:
        try:
            self._file = open(out / METRICS, "ab", buffering=0)
            _cut_torn_line(out / METRICS)
        except OSError as error:
            raise UserError(f"cannot write '{out / METRICS}': {error.strerror or error}") from error
        self._trackers = trackers

    def write(self, kind: str, step: int, numbers: Mapping[str, Any]) -> None:
        try:
            self._file.write(msgspec.json.encode({"kind": kind, "step": step, **numbers}) + b"\n")
        except OSError as error:
            raise UserError(f"cannot write '{self._file.name}': {error.strerror or error}") from error
        for tracker in self._trackers:
            tracker.log(step, {f"{kind}/{name}": number for name, number in _flat(numbers)})

    def close(self) -> None:
        self._file.close()
        for tracker in self._trackers:
            tracker.close()


def _cut_torn_line(path: Path) -> None:
    content = path.read_bytes()
    os.truncate(path, content.rfind(b"\n") + 1)


def _flat(numbers: Mapping[str, Any], prefix: str = "") -> list[tuple[str, float]]:
    flat: list[tuple[str, float]] = []
    for name, value in numbers.items():
        if isinstance(value, Mapping):
            flat += _flat(value, f"{prefix}{name}/")
        elif isinstance(value, int | float):
            flat.append((prefix + name, float(value)))
    return flat


def read(out: Path, kind: str = "train") -> list[dict[str, Any]]:
    """The last word on every logged step of `kind`, in order. A line that a kill cut short is not there."""
    try:
        content = (out / METRICS).read_bytes()
    except OSError as error:
        raise UserError(f"'{out}' has no {METRICS}: give the folder that 'python -m train run' wrote (its config's 'out')") from error
    by_step: dict[int, dict[str, Any]] = {}
    for line in content.splitlines(keepends=True):
        if line.endswith(b"\n"):
            entry = msgspec.json.decode(line)
            if entry["kind"] == kind:
                by_step[entry["step"]] = entry
    return [by_step[step] for step in sorted(by_step)]


def trackers(names: Sequence[str], out: Path, project: str, config: Mapping[str, Any]) -> list[Tracker]:
    """The trackers by name. Raises `UserError` for one that is not installed."""
    return [_TRACKERS[name](out, project, config) for name in names]


def _module(name: str, module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise UserError(f"logging.trackers names '{name}', which is not installed: pip install {name}") from error


class _TensorBoard:
    def __init__(self, out: Path, project: str, config: Mapping[str, Any]) -> None:
        self._writer = _module("tensorboard", "torch.utils.tensorboard").SummaryWriter(str(out / "tensorboard"))

    def log(self, step: int, numbers: Mapping[str, float]) -> None:
        for name, number in numbers.items():
            self._writer.add_scalar(name, number, step)

    def close(self) -> None:
        self._writer.close()


class _WeightsAndBiases:
    def __init__(self, out: Path, project: str, config: Mapping[str, Any]) -> None:
        # the folder names the run, so that a restart goes on in it
        self._run = _module("wandb", "wandb").init(
            project=project, name=out.name, id=out.name, resume="allow", dir=out, config=dict(config)
        )

    def log(self, step: int, numbers: Mapping[str, float]) -> None:
        self._run.log(dict(numbers), step=step)

    def close(self) -> None:
        self._run.finish()


class _MLflow:
    def __init__(self, out: Path, project: str, config: Mapping[str, Any]) -> None:
        self._mlflow = _module("mlflow", "mlflow")
        self._mlflow.set_experiment(project)
        self._mlflow.start_run(run_name=out.name)
        self._mlflow.log_dict(dict(config), "config.json")

    def log(self, step: int, numbers: Mapping[str, float]) -> None:
        self._mlflow.log_metrics(dict(numbers), step=step)

    def close(self) -> None:
        self._mlflow.end_run()


_TRACKERS: dict[str, Callable[[Path, str, Mapping[str, Any]], Tracker]] = {
    "tensorboard": _TensorBoard,
    "wandb": _WeightsAndBiases,
    "mlflow": _MLflow,
}
