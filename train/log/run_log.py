"""What a run says of itself: `OUT/metrics.jsonl` always, and what is beside it (`train.log.trackers`) where it is asked
for.

A line is one logged step (`kind` 'train') or one measure of the held-out loss ('held_out'). A run that went on from a
checkpoint writes the steps since then again; `read` gives the last word on each.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from actors.program.terminal import one_line
from actors.program.user_error import UserError
from train.log.trackers import Tracker

METRICS = "metrics.jsonl"


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
    """The last word on every logged step of `kind`, in order. A line that a kill cut short is not there.

    Raises `UserError` where there is no log, or a line of it is none of this program's.
    """
    path = out / METRICS
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(
            f"'{out}' has no {METRICS}: give the folder that 'python -m train run' wrote (its config's 'out')"
        ) from error
    by_step: dict[int, dict[str, Any]] = {}
    for number, line in enumerate(content.split(b"\n")[:-1], 1):
        entry = _entry(path, number, line)
        if entry["kind"] == kind:
            by_step[entry["step"]] = entry
    return [by_step[step] for step in sorted(by_step)]


class _Line(msgspec.Struct):
    """What every line has, and what is drawn of it. A loss that was no number is null."""

    kind: str
    step: int
    loss: float | dict[str, float | None] | None = None
    loss_by_stream: dict[str, float | None] = {}


def _entry(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        entry: dict[str, Any] = msgspec.json.decode(line)
        msgspec.convert(entry, _Line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UserError(f"'{path}' line {number} is damaged ({one_line(str(error), 80)}): remove that line") from error
    return entry
