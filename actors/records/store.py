"""The store of one run: its manifest, its trajectories, its journal, its status, under one path or fsspec URL.

```
RUN/manifest.json                       what ran: resolved config, versions, schema
RUN/trajectories/<writer>-*.jsonl.zst   one record an episode, append-only (`actors.files.append_log`)
RUN/journal/<writer>-*.jsonl.zst        every reply and observation of episodes under way (`actors.episodes.journal`)
RUN/status.json                         the last word of the running controller: progress, and who waits for what
```

An episode may be recorded more than once (a retry after an infrastructure failure): readers see the settled record if
there is one, else the last. `index` is the truth that resume works from.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from actors.files import file_lock, json_files
from actors.files.append_log import Folder, FrameLog, FrameWriter, decoded, read_log
from actors.program.user_error import UserError
from actors.records.trajectory import SCHEMA_VERSION, Trajectory, decode, encode
from environments.contract import Status

TRAJECTORIES = "trajectories"
MANIFEST = "manifest.json"
STATUS = "status.json"
SUITE = "suite.json"  # of an evaluation, from before its first episode (`serve.evaluation.evaluation_folder`)
LOCK = "lock"
WRITERS = "writers.lock"
LOGS = (TRAJECTORIES, "journal")


class _Summary(msgspec.Struct, frozen=True):
    """The few fields of a record that the index needs; decoding these alone is several times cheaper."""

    episode_id: str
    status: Status
    reward: float | None = None
    task_id: str = ""
    environment: str = ""
    started_at: float = 0.0


class _Manifest(msgspec.Struct):
    """The types of what any manifest may say."""

    run_id: str = ""
    kind: str = ""


_GIVE_A_RUN = "give the folder that 'rollout' wrote (its config's 'store')"
_MOVE_AWAY = (
    "name another folder, or move the file away and start the run again: what it has recorded stays, and counts"
)
IMPORTED = "imported records"
REWRITTEN = "remove it: a run that goes on writes it again"


class Entry(NamedTuple):
    """Where the record that counts for one episode stands, and how it ended."""

    path: str
    ordinal: int
    status: Status
    reward: float | None
    task_id: str
    environment: str
    started_at: float

    @property
    def settled(self) -> bool:
        return settled(self.status)


def settled(status: Status) -> bool:
    """Whether an episode that ended so is done for good: the agent's own ending, judged or not, or a task that cannot
    be played.
    """
    return status.scored or status in (Status.AWAITS_JUDGEMENT, Status.TASK_ERROR)


class Store:
    """One run's folder, for readers and writers alike."""

    def __init__(self, url: str) -> None:
        self.folder = Folder(url)
        self.url = url
        self._lock: int | None = None
        self._made: list[Path] = []

    @classmethod
    def open(cls, url: str) -> Store:
        """An existing run. Raises `UserError` where there is none."""
        store = cls(url)
        manifest = store.manifest()
        if manifest is None:
            raise UserError(f"'{url}' holds no run: no {MANIFEST} there; {_GIVE_A_RUN}")
        if manifest.get("kind", IMPORTED) != IMPORTED:
            raise UserError(f"'{url}' holds a {manifest['kind']}, no run: {_GIVE_A_RUN}")
        return store

    def create(self, manifest: dict[str, Any]) -> None:
        """Make the folder and write its manifest."""
        try:
            self.folder.make()
            self.folder.make(TRAJECTORIES)
            self.folder.write(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=2))
        except OSError as error:
            raise UserError(f"cannot write the store '{self.url}': {error.strerror or error}") from error

    def manifest(self) -> dict[str, Any] | None:
        """The manifest, or None where there is no run yet."""
        content = self.folder.read(MANIFEST)
        if content is None:
            return None
        place, what = self.folder.at(MANIFEST), "a run's manifest"
        json_files.decode(content, _Manifest, place, what, _MOVE_AWAY, SCHEMA_VERSION)
        return json_files.decode(content, dict[str, Any], place, what, _MOVE_AWAY)

    def claim(self) -> None:
        """Be the run's one controller: a lock that this process holds to its end. Raises `UserError` where another is.

        An object store has no locks; that episodes have ids keeps a second controller harmless there.
        """
        if not self.folder.local:
            return
        path = Path(self.folder.path)
        self._made = [place for place in (path, *path.parents) if not place.exists()]
        try:
            self.folder.make()
            self._lock = file_lock.opened(self.folder.at(LOCK))
        except OSError as error:
            raise UserError(f"cannot write the store '{self.url}': {error.strerror}") from error
        try:
            file_lock.take(self._lock)
        except BlockingIOError as error:
            raise UserError(
                f"another rollout is writing '{self.url}': wait for its end, or choose another 'store'"
            ) from error
        for draft in self.folder.drafts(MANIFEST, STATUS):  # of a killed driver: there is no other now
            draft.unlink(missing_ok=True)

    def in_place(self) -> bool:
        """Whether the folder that was claimed is still the one that stands there."""
        if self._lock is None:
            return True
        try:
            return os.path.samestat(os.stat(self.folder.at(LOCK)), os.fstat(self._lock))
        except OSError:
            return False

    def withdraw(self) -> None:
        """Take away what this start has made, where nothing was ever played: a run that was refused leaves no
        folder.
        """
        if not self.in_place() or any(self.folder.names(name) for name in LOGS):
            return
        for name in (MANIFEST, STATUS, LOCK, WRITERS):
            with contextlib.suppress(OSError):
                self.folder.fs.rm(self.folder.at(name))
        for place in (*(Path(self.folder.at(name)) for name in LOGS), *self._made):
            with contextlib.suppress(OSError):
                place.rmdir()

    def join_writers(self) -> int | None:
        """Hold the writers' lock, shared, until this process ends. (An object store has no locks.)"""
        if not self.folder.local:
            return None
        return file_lock.shared(self.folder.at(WRITERS))

    def wait_for_writers(self, limit_s: float = 30.0) -> None:
        """Return when no process of an earlier start writes any more: actors may outlive a killed driver by a moment,
        and what they still journal must be read, not paid for again. Raises `UserError` when they stay."""
        if not self.folder.local:
            return
        lock = file_lock.opened(self.folder.at(WRITERS))
        try:
            file_lock.take(lock, limit_s)
        except BlockingIOError as error:
            raise UserError(
                f"actors of an earlier start still write '{self.url}' after {limit_s:g} s; what holds it: fuser -v"
                f" {self.folder.at(WRITERS)}"
            ) from error
        finally:
            os.close(lock)

    def write_status(self, status: dict[str, Any]) -> None:
        self.folder.write(STATUS, msgspec.json.encode(status))

    def status(self) -> dict[str, Any] | None:
        """What the controller said last, or None. Raises `UserError` where that cannot be read."""
        content = self.folder.read(STATUS)
        if content is None:
            return None
        return json_files.decode(content, dict[str, Any], self.folder.at(STATUS), "a run's status", REWRITTEN)

    def index(self, writers: str = "") -> dict[str, Entry]:
        """For every episode id the record that counts: the first settled one, else the last that began.

        `writers` narrows the reading to writers whose name begins so: what one lost actor has recorded.
        """
        decoder = msgspec.json.Decoder(_Summary)
        found: dict[str, Entry] = {}
        for (path, ordinal, _), new in decoded(self.folder, read_log(self.folder, TRAJECTORIES, writers), decoder):
            known = found.get(new.episode_id)
            if known is None or (not known.settled and (settled(new.status) or new.started_at >= known.started_at)):
                found[new.episode_id] = Entry(
                    path=path,
                    ordinal=ordinal,
                    status=new.status,
                    reward=new.reward,
                    task_id=new.task_id,
                    environment=new.environment,
                    started_at=new.started_at,
                )
        return found

    def trajectories(self) -> Iterator[Trajectory]:
        """Every episode once, streamed; the record that counts."""
        chosen = {(entry.path, entry.ordinal) for entry in self.index().values()}
        for path, ordinal, line in read_log(self.folder, TRAJECTORIES):
            if (path, ordinal) in chosen:
                yield decode(line)

    def writer(self, interval_s: float = 0.2, label: str = "") -> TrajectoryWriter:
        return TrajectoryWriter(self, interval_s, label)


class TrajectoryWriter:
    """Appends trajectories to a shard of this process's own."""

    def __init__(self, store: Store, interval_s: float, label: str) -> None:
        self._log = FrameLog(FrameWriter(store.folder, TRAJECTORIES, new_writer_name(label)), interval_s)

    async def append(self, trajectory: Trajectory) -> None:
        """Return when the record is durable.

        A caller that is cancelled meanwhile takes nobody else's record with it.
        """
        await asyncio.shield(self._log.append(encode(trajectory)))

    async def close(self) -> None:
        await self._log.close()


def new_writer_name(label: str = "") -> str:
    """A shard name that no other process has, beginning with `label`."""
    return f"{label}{'-' if label else ''}{os.uname().nodename}-{os.getpid()}-{secrets.token_hex(4)}"
