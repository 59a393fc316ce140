"""Which folder is a run of which kind, told from names and manifests alone: pure functions of a listing.

A file belongs to the innermost run around it, so that the sizes of all runs add up to what is there. A training run
keeps what lies in it, its models too.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from actors.episodes.journal import JOURNAL
from actors.files.append_log import SUFFIX
from actors.files.atomic_folder import DRAFT_NAME
from actors.program.ray_sessions import MARKER as SESSION_MARKER
from actors.program.ray_sessions import is_session
from actors.records.store import MANIFEST, SUITE, TRAJECTORIES
from serve.pipeline.ledger import FILE as PIPELINE
from serve.runs.listing import File
from train.run.run_folder import CHECKPOINTS, MARKER

GENERAL = "general.json"  # `serve.general.general_result`, whose import costs numpy's


class Kind(StrEnum):
    """What a folder is, as the table calls it."""

    ROLLOUT = "rollout"
    EVALUATION = "evaluation"
    IMPORTED = "imported records"
    FILTERED = "filtered"
    DATASET = "data set"
    TRAINING = "training"
    MODEL = "model"
    CACHE = "tokenised cache"
    GENERAL = "general check"
    REPORT = "report"
    PIPELINE = "pipeline"
    DRAFT = "draft"
    SESSION = "Ray session"


BY_MANIFEST = {
    "imported records": Kind.IMPORTED,
    "filtered trajectories": Kind.FILTERED,
    "agentinstruct dataset": Kind.DATASET,
    "training run": Kind.TRAINING,
    "model": Kind.MODEL,
    "tokenised conversations": Kind.CACHE,
    "evaluation report": Kind.REPORT,
}
_PARTS = {TRAJECTORIES: "records", JOURNAL: "journals", CHECKPOINTS: "checkpoints"}
_WHOLE = {Kind.FILTERED: "records", Kind.DATASET: "records", Kind.MODEL: "model", Kind.CACHE: "cache"}


class Found(NamedTuple):
    """A run: its folder, relative to what was listed, and its files, relative to its folder."""

    folder: str
    kind: Kind
    files: Sequence[File]
    manifest: Mapping[str, Any] | None = None
    """None where there is none, or none that can be read."""

    @property
    def parts(self) -> dict[str, int]:
        """Bytes by what they are: records, journals, checkpoints, model, cache, other."""
        found: defaultdict[str, int] = defaultdict(int)
        for file in self.files:
            found[_part(self.kind, file.path)] += file.size_bytes
        return dict(found)

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)

    @property
    def written_at(self) -> float:
        return max((file.written_at for file in self.files), default=0.0)

    def has(self, name: str) -> bool:
        return any(file.path == name for file in self.files)


class Sorted(NamedTuple):
    """The runs of a listing, and the files of none."""

    runs: list[Found]
    others: list[File]


def sort(files: Iterable[File], manifest_of: Callable[[str], Mapping[str, Any] | None]) -> Sorted:
    """`manifest_of` reads the manifest at a path; None for one that cannot be read."""
    names: defaultdict[str, set[str]] = defaultdict(set)
    every = list(files)
    for file in every:
        for folder, name in _hints(file.path):
            names[folder].add(name)
    kinds: dict[str, Kind] = {}
    manifests: dict[str, Mapping[str, Any] | None] = {}
    for folder in sorted(names):  # a folder before what lies in it
        around = _innermost(posixpath.dirname(folder), kinds) if folder else None
        if around is not None and kinds[around] in (Kind.TRAINING, Kind.DRAFT, Kind.SESSION) and not _is_draft(folder):
            continue
        manifest = manifest_of(posixpath.join(folder, MANIFEST)) if MANIFEST in names[folder] else None
        kind = kind_of(folder, names[folder], manifest)
        if kind is not None:
            kinds[folder], manifests[folder] = kind, manifest
    return _grouped(every, kinds, manifests)


def _hints(path: str) -> Iterable[tuple[str, str]]:
    """The folders of which a file says what they are, and by which name."""
    folder, name = posixpath.split(path)
    if name in (MANIFEST, SUITE, GENERAL, PIPELINE, SESSION_MARKER):
        yield folder, name
    above, inside = posixpath.split(folder)
    if inside == TRAJECTORIES and name.endswith(SUFFIX):
        yield above, TRAJECTORIES
    if posixpath.basename(above) == CHECKPOINTS and name == MARKER:
        yield posixpath.dirname(above), CHECKPOINTS
    parts = folder.split("/")
    for depth, part in enumerate(parts, 1):
        if DRAFT_NAME.fullmatch(part):
            yield "/".join(parts[:depth]), "draft"


def kind_of(folder: str, names: set[str], manifest: Mapping[str, Any] | None) -> Kind | None:
    """What the folder is of which files and folders of these names are known; None: none of ours."""
    name = posixpath.basename(folder)
    if _is_draft(folder):
        return Kind.DRAFT
    if SESSION_MARKER in names and is_session(name):
        return Kind.SESSION
    if SUITE in names:
        return Kind.EVALUATION
    if PIPELINE in names:
        return Kind.PIPELINE
    if manifest is not None and str(manifest.get("kind")) in BY_MANIFEST:
        return BY_MANIFEST[str(manifest["kind"])]
    if TRAJECTORIES in names or (manifest is not None and "earlier_configs" in manifest):
        return Kind.ROLLOUT
    if CHECKPOINTS in names:
        return Kind.TRAINING
    return Kind.GENERAL if GENERAL in names else None


def _is_draft(folder: str) -> bool:
    return DRAFT_NAME.fullmatch(posixpath.basename(folder)) is not None


def _innermost(folder: str, kinds: Mapping[str, Kind]) -> str | None:
    """The nearest run at or above `folder`."""
    while folder not in kinds:
        if not folder:
            return None
        folder = posixpath.dirname(folder)
    return folder


def _grouped(
    files: Iterable[File], kinds: Mapping[str, Kind], manifests: Mapping[str, Mapping[str, Any] | None]
) -> Sorted:
    own: dict[str, list[File]] = {folder: [] for folder in kinds}
    others: list[File] = []
    for file in files:
        folder = _innermost(posixpath.dirname(file.path), kinds)
        if folder is None:
            others.append(file)
        else:
            own[folder].append(file._replace(path=file.path[len(folder) + 1 if folder else 0 :]))
    return Sorted([Found(folder, kind, own[folder], manifests[folder]) for folder, kind in kinds.items()], others)


def _part(kind: Kind, path: str) -> str:
    first = path.partition("/")[0]
    if kind is Kind.TRAINING and first.startswith("model"):
        return "model"
    return _PARTS.get(first) or _WHOLE.get(kind, "other")
