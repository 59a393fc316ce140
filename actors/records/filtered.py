"""The folder that `python -m actors filter` writes and `export` reads.

```
FILTERED/kept.jsonl.zst    the kept trajectories, as in a run's store
FILTERED/rejected.jsonl    one line for every other episode: which, and why
FILTERED/manifest.json     settings, inputs with their hashes, counts; written last
```
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import zstandard

from actors.files import json_files
from actors.files.append_log import Folder, read_frames
from actors.files.atomic_folder import MANIFEST, write_manifest
from actors.program.user_error import UserError
from actors.records.store import Store
from actors.records.trajectory import Trajectory, decode

KIND = "filtered trajectories"
KEPT = "kept.jsonl.zst"
REJECTED = "rejected.jsonl"
SCHEMA_VERSION = 1
_FRAME_BYTES = 2**20


class Rejection(msgspec.Struct, frozen=True):
    """One line of `rejected.jsonl`."""

    episode_id: str
    run_id: str
    environment: str
    task_id: str
    attempt: int
    reason: str
    detail: str


class Count(msgspec.Struct, omit_defaults=True):
    """What became of the episodes of one environment and one source of instructions."""

    environment: str
    source: str
    instructions: int = 0
    episodes: int = 0
    kept: int = 0
    agent_turns: int = 0  # of the kept ones
    rejected: dict[str, int] = {}
    versions: dict[str, int] = {}  # of the environment and its judge → how many were kept


class Maker(msgspec.Struct):
    """Which LLM, under which settings, played how many of the kept episodes."""

    llm: str
    settings: dict[str, Any]
    kept: int = 0


class Input(msgspec.Struct, frozen=True):
    """One run that was read: `sha256` is over its records as they are stored, in reading order."""

    run: str
    episodes: int
    sha256: str


class Manifest(msgspec.Struct):
    """What the filter did; the same input and settings give the same bytes."""

    settings: dict[str, Any]
    inputs: list[Input]
    counts: list[Count]
    made_by: list[Maker]
    kept: int
    sha256: str  # of kept.jsonl.zst
    kind: str = KIND
    schema_version: int = SCHEMA_VERSION


class _Kind(msgspec.Struct):
    kind: str = ""


class FilteredWriter:
    """Writes the two logs into a draft folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept = open(folder / KEPT, "wb")
        self._rejected = open(folder / REJECTED, "wb")
        self._compressor = zstandard.ZstdCompressor(level=3, write_checksum=True, write_content_size=True)
        self._hash = hashlib.sha256()
        self._lines: list[bytes] = []
        self._size = 0
        self._count = 0

    def keep(self, line: bytes) -> None:
        self._lines.append(line)
        self._size += len(line)
        self._count += 1
        if self._size > _FRAME_BYTES:
            self._flush()

    def reject(self, rejection: Rejection) -> None:
        self._rejected.write(msgspec.json.encode(rejection) + b"\n")

    def _flush(self) -> None:
        if self._lines:
            frame = self._compressor.compress(b"\n".join(self._lines) + b"\n")
            self._kept.write(frame)
            self._hash.update(frame)
            self._lines, self._size = [], 0

    def finish(
        self, settings: dict[str, Any], inputs: list[Input], counts: list[Count], made_by: list[Maker]
    ) -> Manifest:
        self._flush()
        self.close()
        manifest = Manifest(
            settings=settings,
            inputs=inputs,
            counts=counts,
            made_by=made_by,
            kept=self._count,
            sha256=self._hash.hexdigest(),
        )
        write_manifest(self._folder, msgspec.to_builtins(manifest))
        return manifest

    def close(self) -> None:
        self._kept.close()
        self._rejected.close()


def read_manifest(folder: str) -> Manifest:
    """The manifest of a filtered folder. Raises `UserError` where there is none, naming what to do."""
    content = Folder(folder).read(MANIFEST)
    if content is None:
        raise UserError(
            f"'{folder}' holds no filtered trajectories: 'python -m actors filter RUN -o {folder}' writes them there"
        )
    place, what, advice = f"{folder.rstrip('/')}/{MANIFEST}", "a filtered folder's manifest", "filter again"
    if json_files.decode(content, _Kind, place, what, advice).kind != KIND:
        raise UserError(
            f"'{folder}' is no filtered folder: give the one that 'python -m actors filter {folder}' writes"
        )
    return json_files.decode(content, Manifest, place, what, advice, SCHEMA_VERSION)


def read_kept(folder: str) -> Iterator[Trajectory]:
    """The kept trajectories, streamed. Raises `UserError` at the end if some are missing (a damaged or cut file)."""
    expected = read_manifest(folder).kept
    place = Folder(folder)
    found = 0
    try:
        for lines in read_frames(place, place.at(KEPT)):
            for line in lines:
                found += 1
                yield decode(line)
    except FileNotFoundError as error:
        raise UserError(f"'{folder}' has no {KEPT}: filter again") from error
    if found != expected:
        raise UserError(f"'{folder}/{KEPT}' holds {found} of {expected} trajectories: it is damaged; filter again")


def read_trajectories(url: str) -> Iterator[Trajectory]:
    """The trajectories of a run or of a filtered folder: what `view` and `stats` read."""
    manifest = Folder(url).read(MANIFEST)
    if manifest is not None and f'"{KIND}"'.encode() in manifest:
        return read_kept(url)
    return Store.open(url).trajectories()
