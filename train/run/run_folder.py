"""What a training run's folder holds, and which of its checkpoints count. No torch here: a look costs nothing.

```
OUT/manifest.json                               the config, what the numbers depend on, what was trained on
OUT/metrics.jsonl                               a line each logged step (`train.log.run_log`)
OUT/checkpoints/step-000200/__<rank>_0.distcp   each rank's shards (torch.distributed.checkpoint)
OUT/checkpoints/step-000200/.metadata           what lies where
OUT/checkpoints/step-000200/COMMITTED           written last: the step, the place in the data, what must not change,
                                                file sizes
OUT/model                                       the Hugging Face folder, when the last step is taken
OUT/.lock                                       held by the process that trains
```

A checkpoint's folder without its marker is what a crash left: it is never read, and the next commit removes it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from actors.program.terminal import one_line
from actors.program.user_error import UserError

KIND = "training run"
MANIFEST = "manifest.json"
MODEL = "model"
LOCK = ".lock"
CHECKPOINTS = "checkpoints"
MARKER = "COMMITTED"
SCHEMA_VERSION = 1
STEP = re.compile(r"step-(\d{6,})")


class Commit(msgspec.Struct, frozen=True):
    """What the marker says.

    `window` and `bin` are the place in the data; `identity` is what a resumed run must share.
    """

    step: int
    window: int
    bin: int
    identity: dict[str, Any]
    files: dict[str, int]
    schema_version: int = SCHEMA_VERSION


class Found(NamedTuple):
    """A committed checkpoint."""

    path: Path
    commit: Commit


def committed(out: Path) -> list[Found]:
    """The committed checkpoints of a run, oldest first."""
    folder = out / CHECKPOINTS
    paths = [path for path in folder.iterdir() if STEP.fullmatch(path.name)] if folder.is_dir() else []
    found = [Found(path, _read(path)) for path in paths if (path / MARKER).is_file()]
    return sorted(found, key=lambda entry: entry.commit.step)


def latest(out: Path) -> Found | None:
    """The newest committed checkpoint, or None."""
    found = committed(out)
    return found[-1] if found else None


def _read(path: Path) -> Commit:
    try:
        commit = msgspec.json.decode((path / MARKER).read_bytes(), type=Commit)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UserError(
            f"the marker '{path / MARKER}' cannot be read ({one_line(str(error), 80)}): remove this checkpoint to go on"
            " from the one before"
        ) from error
    if commit.schema_version > SCHEMA_VERSION:
        raise UserError(
            f"the checkpoint '{path}' was written by a newer version (schema {commit.schema_version}): update this"
            " program"
        )
    return commit


def refuse_damage(found: Found) -> None:
    """Raises `UserError` where a file is missing or not as long as it was when it was committed."""
    for name, size in found.commit.files.items():
        path = found.path / name
        there = path.stat().st_size if path.is_file() else None
        if there != size:
            said = "is missing" if there is None else f"has {there:,} bytes instead of {size:,}"
            raise UserError(
                f"the checkpoint's file '{path}' {said}: remove '{found.path}' to go on from the one before"
            )
