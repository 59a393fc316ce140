"""The tokenised conversations of a training run, memory-mapped: what `train.data.tokenized` wrote, for reading.

```
CACHE/<fingerprint>/tokens.u32          the ids of all documents, one behind the other
CACHE/<fingerprint>/trained.u8          1 where a token is trained on
CACHE/<fingerprint>/names.utf8          the conversations' ids
CACHE/<fingerprint>/<column>.<type>     one number a document (`COLUMNS`)
CACHE/<fingerprint>/manifest.json       what it was made of and how, counts, the size of every file; written last
```
"""

from __future__ import annotations

import zlib
from enum import IntEnum
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from actors.files.atomic_folder import MANIFEST
from actors.program.terminal import one_line
from actors.program.user_error import UserError

KIND = "tokenised conversations"
TOKENS = "tokens.u32"
TRAINED = "trained.u8"
OFFSETS = "offsets.i64"
NAMES = "names.utf8"
NAME_OFFSETS = "name_offsets.i64"
COLUMNS: dict[str, str] = {
    "streams": "i32",
    "splits": "i8",
    "trained_counts": "i32",
    "prefix_tokens": "i32",  # 0: shares no prefix
    "prefix_groups": "i32",  # the same number: the same first prefix_tokens ids; -1: none
    "contents": "u64",  # hash of the messages
}
_FILES = {TOKENS, TRAINED, OFFSETS, NAMES, NAME_OFFSETS, *(f"{name}.{kind}" for name, kind in COLUMNS.items())}
_CHUNK_BYTES = 2**24
TYPES: dict[str, type[np.generic]] = {
    "i8": np.int8,
    "i32": np.int32,
    "i64": np.int64,
    "u8": np.uint8,
    "utf8": np.uint8,
    "u32": np.uint32,
    "u64": np.uint64,
}

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]


class Split(IntEnum):
    """What a document is for."""

    TRAIN = 0
    HELD_OUT = 1
    LIKE_HELD_OUT = 2  # the same messages as a held-out one: neither trained on nor measured


class StreamEntry(msgspec.Struct):
    """One stream in the manifest.

    `conversations` were read; `dropped` says how many of them are not in the cache, and why.
    """

    side: str
    label: str
    conversations: int = 0
    documents: int = 0
    tokens: int = 0
    trained_tokens: int = 0
    cut: int = 0
    dropped: dict[str, int] = {}
    retokenised: int = 0  # replies whose sampled ids do not spell them in this tokenizer
    held_out: int = 0
    held_out_wanted: int = 0
    like_held_out: int = 0
    shared_prefixes: int = 0
    prefix_documents: int = 0


class SourceEntry(msgspec.Struct):
    """One source in the manifest.

    `skipped` records never became conversations; `noted` says what was mended in others.
    """

    side: str
    path: str
    content: str
    conversations: int = 0
    skipped: dict[str, int] = {}
    noted: dict[str, int] = {}


class Manifest(msgspec.Struct):
    """What a cache was made of, and its counts."""

    fingerprint: str
    format: int
    renderer: str
    renderer_fingerprint: str
    sequence_tokens: int
    overlong: str
    sources: list[SourceEntry]
    streams: list[StreamEntry]
    documents: int
    tokens: int
    trained_tokens: int
    files: dict[str, int]
    kind: str = KIND
    checksums: dict[str, int] = {}  # CRC-32 of each file


class Stream(NamedTuple):
    """The conversations of one side and label.

    `train` and `held_out` are document numbers; the counts are of `train` alone.
    """

    name: str
    side: str
    label: str
    train: I64
    held_out: I64
    conversations: int
    tokens: int
    trained_tokens: int


class Document(NamedTuple):
    """Views into the cache: N ids, and which of them are trained on."""

    ids: npt.NDArray[np.uint32]
    trained: npt.NDArray[np.bool_]


class Dataset:
    """All documents. `offsets` (N+1) says where each one's tokens begin; the other arrays hold one number a
    document.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        self.fingerprint = manifest.fingerprint
        self.tokens: npt.NDArray[np.uint32] = _mapped(folder, TOKENS)
        self.trained: npt.NDArray[np.bool_] = _mapped(folder, TRAINED).view(np.bool_)
        self.offsets: I64 = _mapped(folder, OFFSETS)
        self._names: npt.NDArray[np.uint8] = _mapped(folder, NAMES)
        self._name_offsets: I64 = _mapped(folder, NAME_OFFSETS)
        columns = {name: _mapped(folder, f"{name}.{kind}") for name, kind in COLUMNS.items()}
        self.stream_of: I32 = columns["streams"]
        self.trained_counts: I32 = columns["trained_counts"]
        self.prefix_tokens: I32 = columns["prefix_tokens"]
        self.prefix_groups: I32 = columns["prefix_groups"]
        self.lengths: I64 = np.diff(self.offsets)
        self.streams = tuple(self._stream(i, entry, columns["splits"]) for i, entry in enumerate(manifest.streams))

    def __len__(self) -> int:
        return len(self.lengths)

    def document(self, number: int) -> Document:
        """The ids of one document and which are trained on, without a copy."""
        begin, end = self.offsets[number], self.offsets[number + 1]
        return Document(self.tokens[begin:end], self.trained[begin:end])

    def name(self, number: int) -> str:
        """The id of a document's conversation."""
        return bytes(self._names[self._name_offsets[number] : self._name_offsets[number + 1]]).decode()

    def _stream(self, number: int, entry: StreamEntry, splits: npt.NDArray[np.int8]) -> Stream:
        of_stream = self.stream_of == number
        train = np.flatnonzero(of_stream & (splits == Split.TRAIN))
        held_out = np.flatnonzero(of_stream & (splits == Split.HELD_OUT))
        tokens, trained = int(self.lengths[train].sum()), int(self.trained_counts[train].sum())
        return Stream(
            name=f"{entry.side}/{entry.label}",
            side=entry.side,
            label=entry.label,
            train=train,
            held_out=held_out,
            conversations=len(train),
            tokens=tokens,
            trained_tokens=trained,
        )


def open_dataset(folder: Path) -> Dataset:
    """The dataset in `folder`. Raises `UserError` where it is damaged, naming the file."""
    manifest = _read_manifest(folder)
    for name, size in manifest.files.items():
        try:
            found = (folder / name).stat().st_size
        except OSError as error:
            raise UserError(
                f"cannot read '{folder / name}': {error.strerror or error}; remove the folder and start again"
            ) from error
        if found != size:
            raise UserError(
                f"'{folder / name}' has {found} bytes instead of {size}: it is damaged; remove the folder and start"
                " again"
            )
    for name, checksum in manifest.checksums.items():
        if checksum_of(folder / name) != checksum:
            raise UserError(
                f"'{folder / name}' is damaged (its checksum is another): remove the folder and start again"
            )
    return Dataset(folder, manifest)


def checksum_of(path: Path) -> int:
    """CRC-32 of a file, a chunk at a time."""
    checksum = 0
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            checksum = zlib.crc32(chunk, checksum)
    return checksum


def _read_manifest(folder: Path) -> Manifest:
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except OSError as error:
        raise UserError(f"cannot read '{folder / MANIFEST}': {error.strerror or error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UserError(
            f"'{folder / MANIFEST}' is damaged ({one_line(str(error), 100)}): remove the folder and start again"
        ) from error
    if not manifest.files.keys() >= _FILES:
        raise UserError(
            f"'{folder / MANIFEST}' is damaged (it names no {min(_FILES - manifest.files.keys())}): remove the folder"
            " and start again"
        )
    return manifest


def _mapped(folder: Path, name: str) -> npt.NDArray[Any]:
    dtype = TYPES[name.rpartition(".")[2]]
    path = folder / name
    if path.stat().st_size == 0:  # an empty file cannot be mapped
        return np.empty(0, dtype)
    return np.memmap(path, dtype, mode="r")
