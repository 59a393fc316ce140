"""How far a run is, from its own files and locks: finished, unfinished, running now, or broken, and why.

A driver's lock is the kernel's: who holds it runs, whatever a file says. On an object store, which has no locks, the
last word of the driver counts while it is fresh.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import msgspec
import psutil

from actors.files import json_files
from actors.files.atomic_folder import DRAFT_NAME
from actors.files.file_lock import is_held
from actors.program import ray_sessions
from actors.program.user_error import UserError
from actors.records.store import LOCK, STATUS, WRITERS, Store, settled
from environments.contract import Status
from serve.evaluation.evaluation import FILE as EVALUATION
from serve.pipeline import ledger
from serve.runs.kinds import Found, Kind
from train.run import run_folder

FRESH_S = 60.0
IDLE_DRAFT_S = 600.0  # a process id of another container may look dead here: a draft that is written to is left alone


class State(StrEnum):
    FINISHED = "finished"
    UNFINISHED = "unfinished"
    RUNNING = "running now"
    BROKEN = "broken"
    LEFT = "left behind"
    UNKNOWN = "not known"


class Standing(NamedTuple):
    """A state and what more there is to say: how many of how many, or why."""

    state: State
    note: str = ""

    def __str__(self) -> str:
        return f"{self.state}: {self.note}" if self.note else str(self.state)


LOCKS = {
    Kind.ROLLOUT: (LOCK, WRITERS),
    Kind.EVALUATION: (LOCK, WRITERS),
    Kind.TRAINING: (run_folder.LOCK,),
    Kind.PIPELINE: (ledger.LOCK,),
    Kind.SESSION: (ray_sessions.MARKER,),
}


class _Status(msgspec.Struct):
    """What is read here of `status.json`."""

    state: str = ""
    written_at: float = 0.0
    total: int = 0
    statuses: dict[str, dict[Status, int]] = {}

    def count(self, done: bool) -> int:
        """How many episodes are settled, or have only a record that does not settle them."""
        counted = (entry for environment in self.statuses.values() for entry in environment.items())
        return sum(number for status, number in counted if settled(status) is done)


def standing(place: str, found: Found, *, asked: bool = True) -> Standing:
    """The state of the run `found` in the folder or URL `place`.

    `asked`: whether locks are looked at; not by who holds them.
    """
    try:
        return _standing(place, found, asked)
    except UserError as error:
        return Standing(State.BROKEN, str(error))


def _standing(place: str, found: Found, asked: bool) -> Standing:
    if (
        asked
        and "://" not in place
        and any(is_held(Path(place) / name, name == WRITERS) for name in LOCKS.get(found.kind, ()))
    ):
        return Standing(State.RUNNING, "")
    reader = _READERS.get(found.kind)
    return Standing(State.FINISHED) if reader is None else reader(place, found)


def _of_rollout(place: str, found: Found) -> Standing:
    store = Store.open(place)
    content = store.folder.read(STATUS)
    if content is None:
        return Standing(State.UNFINISHED, f"{_settled(store)} settled, no {STATUS}")
    status = json_files.decode(content, _Status, store.folder.at(STATUS), "a run's status", "the next start renews it")
    if not store.folder.local and status.state == "running" and time.time() - status.written_at < FRESH_S:
        return Standing(State.RUNNING, f"{status.count(done=True)} of {status.total} episodes")
    if status.state == "finished":
        return _finished(status.total, status.count(done=False))
    done = _settled(store)
    if done >= status.total > 0:
        return _finished(done, 0)
    return Standing(State.UNFINISHED, f"{done} of {status.total} episodes")


def _finished(total: int, without: int) -> Standing:
    more = f", {without} of them to play again" if without else ""
    return Standing(State.FINISHED, f"{total} episodes{more}")


def _settled(store: Store) -> int:
    return sum(entry.settled for entry in store.index().values())


def _of_evaluation(place: str, found: Found) -> Standing:
    played = _of_rollout(place, found)
    if played.state is State.FINISHED and not found.has(EVALUATION):
        return Standing(State.UNFINISHED, f"{played.note}, no {EVALUATION}")
    return played


class _Identity(msgspec.Struct):
    steps: int = 0


class _Training(msgspec.Struct):
    """What is read here of a training run's manifest."""

    identity: _Identity = msgspec.field(default_factory=_Identity)


def _of_training(place: str, found: Found) -> Standing:
    if found.manifest is None:
        raise UserError(f"no {run_folder.MANIFEST} that can be read")
    if "://" in place:
        done = found.has(f"{run_folder.MODEL}/config.json")
        return Standing(State.FINISHED if done else State.UNFINISHED)
    where = f"{place}/{run_folder.MANIFEST}"
    manifest = json_files.convert(found.manifest, _Training, where, "a training run's manifest", "start it again")
    newest = run_folder.latest(Path(place))
    step, steps = newest.commit.step if newest else 0, manifest.identity.steps
    done = step >= steps > 0 and found.has(f"{run_folder.MODEL}/config.json")
    return Standing(State.FINISHED if done else State.UNFINISHED, f"step {step} of {steps}")


def _of_pipeline(place: str, found: Found) -> Standing:
    if "://" in place:
        return Standing(State.UNFINISHED, "its record is read on a disk only")
    known = ledger.read(Path(place))
    if failed := [name for name, record in known.stages.items() if not record.done]:
        return Standing(State.UNFINISHED, f"stage '{failed[0]}' is not done")
    if missing := [name for name in known.planned if name not in known.stages]:
        return Standing(State.UNFINISHED, f"stage '{missing[0]}' was not begun")
    return Standing(State.FINISHED, f"{len(known.stages)} stages")


def _of_draft(place: str, found: Found) -> Standing:
    path = Path(place)
    name = DRAFT_NAME.fullmatch(path.name)
    assert name is not None
    process = f"process {name['process']} on {name['node']}"
    if name["node"] != os.uname().nodename:
        return Standing(State.UNKNOWN, f"written by {process}, which is not known here")
    if psutil.pid_exists(int(name["process"])) or time.time() - found.written_at < IDLE_DRAFT_S:
        return Standing(State.RUNNING, f"written by {process}")
    if name["what"] == "old" and not (path.parent / name["target"]).exists():
        return Standing(State.UNKNOWN, f"the only content of '{name['target']}': what writes that puts it back")
    return Standing(State.LEFT, f"{process} is gone")


def _of_session(place: str, found: Found) -> Standing:
    if ray_sessions.is_named(Path(place)):
        return Standing(State.RUNNING, "")
    return Standing(State.LEFT, "its processes are gone")


_READERS: dict[Kind, Callable[[str, Found], Standing]] = {
    Kind.ROLLOUT: _of_rollout,
    Kind.EVALUATION: _of_evaluation,
    Kind.TRAINING: _of_training,
    Kind.PIPELINE: _of_pipeline,
    Kind.DRAFT: _of_draft,
    Kind.SESSION: _of_session,
}
