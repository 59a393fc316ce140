"""What of a run can go, decided from what lies there: nothing that a resume, a report or an export would read.

| of | goes | stays |
|---|---|---|
| a finished rollout or evaluation | journals of settled episodes | what was spent, as one line; other episodes' lines |
| a finished training run | checkpoints but the newest good ones, and what a crash left of one | those, the model |
| a draft whose writer is gone | all | the only content of a folder |
| a tokenised cache, long unused | all, unless a run that was found was trained on it | |
| a session of Ray's that we began | all, when its processes are gone | |
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Set
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from actors.episodes.journal import JOURNAL
from actors.episodes.journal_pruning import ShortJournal, shortened
from actors.program.user_error import UserError
from actors.records.store import Store
from serve.runs.kinds import Found, Kind
from serve.runs.states import Standing, State
from train.run import run_folder


class Rules(NamedTuple):
    """What the user asks for. `unfinished`: old checkpoints of unfinished training runs go, too."""

    keep_checkpoints: int = 1
    cache_age_s: float = 30 * 86400.0
    unfinished: bool = False


class What(StrEnum):
    JOURNAL = "journal"
    CHECKPOINT = "checkpoint"
    DRAFT = "draft"
    CACHE = "tokenised cache"
    SESSION = "Ray session"


class Removal(NamedTuple):
    """One thing that can go: a folder, or (`journal`) what a journal file holds for nobody."""

    what: What
    path: Path
    freed_bytes: int
    journal: ShortJournal | None = None


def removals(place: Path, found: Found, standing: Standing, rules: Rules, trained_on: Set[str]) -> Iterator[Removal]:
    """What of the run `found` at `place` can go. `trained_on`: the fingerprints of all caches that a run names."""
    match found.kind, standing.state:
        case ((Kind.ROLLOUT | Kind.EVALUATION), State.FINISHED):
            yield from _journals(place, found)
        case Kind.TRAINING, State.FINISHED:
            yield from _checkpoints(place, found, rules.keep_checkpoints)
        case Kind.TRAINING, State.UNFINISHED if rules.unfinished:
            yield from _checkpoints(place, found, rules.keep_checkpoints)
        case Kind.DRAFT, State.LEFT:
            yield Removal(What.DRAFT, place, found.size_bytes)
        case Kind.CACHE, State.FINISHED if place.name not in trained_on and _unused_s(found) > rules.cache_age_s:
            yield Removal(What.CACHE, place, found.size_bytes)
        case Kind.SESSION, State.LEFT:
            yield Removal(What.SESSION, place, found.size_bytes)


def _journals(place: Path, found: Found) -> Iterator[Removal]:
    store = Store.open(str(place))
    settled = {episode for episode, entry in store.index().items() if entry.settled}
    for short in shortened(store, settled):
        if found.has(f"{JOURNAL}/{Path(short.path).name}"):  # and not behind a link
            yield Removal(What.JOURNAL, Path(short.path), short.freed_bytes, short)


def _checkpoints(place: Path, found: Found, keep: int) -> Iterator[Removal]:
    """Those before the newest `keep` that are whole, and what was never committed.

    Damaged ones are left to who looks after them: the trainer names them.
    """
    committed = run_folder.committed(place)
    good = [entry for entry in committed if _is_whole(entry)]
    if not good:
        return
    kept = {entry.path for entry in good[-keep:]} | {entry.path for entry in committed if entry not in good}
    for path in sorted((place / run_folder.CHECKPOINTS).iterdir()):
        size_bytes = _size_bytes(found, f"{run_folder.CHECKPOINTS}/{path.name}/")  # 0 behind a link
        if run_folder.STEP.fullmatch(path.name) and path not in kept and size_bytes:
            yield Removal(What.CHECKPOINT, path, size_bytes)


def _is_whole(checkpoint: run_folder.Found) -> bool:
    try:
        run_folder.refuse_damage(checkpoint)
    except UserError:
        return False
    return True


def _size_bytes(found: Found, inside: str) -> int:
    return sum(file.size_bytes for file in found.files if file.path.startswith(inside))


def _unused_s(found: Found) -> float:
    """Since when nobody has read or written a cache. Its manifest, which this program reads, does not count."""
    times = (max(file.written_at, file.read_at) for file in found.files if not file.path.endswith(".json"))
    return time.time() - max(times, default=found.written_at)


def fingerprint(found: Found) -> str | None:
    """Of the cache that a training run was trained on."""
    data = (found.manifest or {}).get("data") if found.kind is Kind.TRAINING else None
    return data.get("fingerprint") if isinstance(data, dict) else None
