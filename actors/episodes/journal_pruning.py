"""What of a journal nobody will read again, taken away: the replies and observations of settled episodes.

A resume reads the journal of episodes without a settled record, and `spent` reads its money. Both stay as they were:
lines of other episodes are kept, and the money of what goes becomes one line. Every file is replaced as a whole, so
that a kill in the middle leaves some files short and the others as they were, and the same sum.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import zstandard

from actors.episodes.journal import JOURNAL
from actors.files.append_log import DRAFT, read_frames
from actors.records.store import Store

LEDGER = ""  # the episode of the line that holds the money of what is gone


class _Usage(msgspec.Struct):
    cost: float | None = None


class _Reply(msgspec.Struct):
    usage: _Usage = msgspec.field(default_factory=_Usage)


class _Line(msgspec.Struct):
    """The part of a line that decides what becomes of it."""

    episode: str
    reply: _Reply | None = None
    wasted: float = 0.0

    @property
    def cost(self) -> float:
        return self.wasted if self.reply is None else self.reply.usage.cost or 0.0


class _Ledger(msgspec.Struct, omit_defaults=True):
    """As `actors.episodes.journal` writes a call that brought no reply."""

    episode: str
    play: int
    turn: int
    wasted: float = 0.0


class ShortJournal(NamedTuple):
    """A journal file, its size now, and what is to stand in its place; nothing: it is to go."""

    path: str
    size_bytes: int
    content: bytes

    @property
    def freed_bytes(self) -> int:
        return self.size_bytes - len(self.content)


def shortened(store: Store, settled: Container[str]) -> Iterator[ShortJournal]:
    """The journal files of which something can go, now that the episodes `settled` have a record that counts."""
    for path in store.folder.names(JOURNAL):
        short = ShortJournal(path, Path(path).stat().st_size, _content(store, path, settled))
        if short.freed_bytes > 0:
            yield short


def replace(store: Store, short: ShortJournal) -> None:
    """Put the short file in the place of the long one, or nothing. Raises `OSError`."""
    if short.content:
        store.folder.write(f"{JOURNAL}/{Path(short.path).name}", short.content)
    else:
        Path(short.path).unlink()


def remove_drafts(store: Store) -> None:
    """What a pruning that was killed has left; only while no other prunes, and nothing plays."""
    for draft in Path(store.folder.at(JOURNAL)).glob(f"*{DRAFT}"):
        draft.unlink(missing_ok=True)


def _content(store: Store, path: str, settled: Container[str]) -> bytes:
    compressor = zstandard.ZstdCompressor(level=3, write_checksum=True, write_content_size=True)
    decoder = msgspec.json.Decoder(_Line)
    frames: list[bytes] = []
    cost = 0.0
    for lines in read_frames(store.folder, path):
        kept: list[bytes] = []
        for line in lines:
            found = _decoded(decoder, line)
            if found is not None and (found.episode == LEDGER or found.episode in settled):
                cost += found.cost
            else:
                kept.append(line)
        if kept:
            frames.append(compressor.compress(b"\n".join(kept) + b"\n"))
    if cost:
        frames.append(compressor.compress(msgspec.json.encode(_Ledger(LEDGER, 0, 0, cost)) + b"\n"))
    return b"".join(frames)


def _decoded(decoder: msgspec.json.Decoder[_Line], line: bytes) -> _Line | None:
    """None for a line that is none of this program's: it stays."""
    try:
        return decoder.decode(line)
    except msgspec.MsgspecError:
        return None
