"""OUT/pipeline.json: what was done about each stage, when, on what it was based, how long it took.

Written anew at every change.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from actors.files import json_files
from actors.files.file_lock import opened, take
from actors.program.user_error import UserError
from serve.pipeline.decision import Record

FILE = "pipeline.json"
LOCK = ".pipeline.lock"
SCHEMA_VERSION = 1
RENAMED_MODULES = {"actors.smollm2": "actors.llms.smollm2", "train.sharegpt_package": "train.data.sharegpt_package"}


class Ledger(msgspec.Struct, frozen=True):
    """`config` is the file that the pipeline was last run with, `planned` the names of all its stages in order."""

    config: str = ""
    stages: dict[str, Record] = {}
    schema_version: int = SCHEMA_VERSION
    planned: list[str] = []

    def with_record(self, name: str, record: Record) -> Ledger:
        return msgspec.structs.replace(self, stages={**self.stages, name: record})


def read(out: Path) -> Ledger:
    """The ledger of `out`, an empty one where there is none; modules that had another name are known by today's. Raises
    `UserError` for one that cannot be read.
    """
    path = out / FILE
    advice = "move it away, and the stages' own files go on"
    found = json_files.read(path, Ledger, "a pipeline's record", advice, SCHEMA_VERSION) or Ledger()
    stages = {name: _in_todays_words(record) for name, record in found.stages.items()}
    return msgspec.structs.replace(found, stages=stages)


def _in_todays_words(record: Record) -> Record:
    command = [RENAMED_MODULES.get(word, word) for word in record.basis.command]
    return msgspec.structs.replace(record, basis=msgspec.structs.replace(record.basis, command=command))


def write(out: Path, ledger: Ledger) -> None:
    """At once or not at all."""
    path = out / FILE
    draft = path.with_name(f".{FILE}.draft")
    with open(draft, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(ledger), indent=1))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


@contextmanager
def alone(out: Path) -> Iterator[None]:
    """Hold `out` for this pipeline. Raises `UserError` if another has it, or if it cannot be written."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        lock = opened(out / LOCK)
    except OSError as error:
        raise UserError(f"cannot write out '{out}': {error.strerror}; name another 'out'") from error
    try:
        take(lock)
    except BlockingIOError as error:
        raise UserError(f"another pipeline is at work in '{out}': wait for its end, or choose another 'out'") from error
    else:
        yield
    finally:
        os.close(lock)
