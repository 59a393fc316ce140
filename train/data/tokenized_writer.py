"""Writes the files of a tokenised cache, document after document: tokens go to disk at once, a few numbers a document
stay in memory.
"""

from __future__ import annotations

from array import array
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from train.data.documents import COLUMNS, NAME_OFFSETS, NAMES, OFFSETS, TOKENS, TRAINED, TYPES, Split, StreamEntry
from train.data.prefixes import PrefixCollector
from train.data.splits import content_hash, splits_of
from train.renderers.conversation import Conversation
from train.renderers.renderer import Rendered, RenderError
from train.settings import Data

OVERLONG = "overlong"
UNTRAINED = "no trained token"


class TokenizedWriter:
    """Fits documents into `sequence_tokens` and writes them into `folder`; `finish` decides what needs all of them.
    Close it at last.
    """

    def __init__(self, folder: Path, data: Data, sequence_tokens: int) -> None:
        self.streams: list[StreamEntry] = []
        self._folder, self._data, self._sequence_tokens = folder, data, sequence_tokens
        self._numbers: dict[tuple[str, str], int] = {}
        self._prefixes = PrefixCollector()
        self._offsets = array("q", [0])
        self._streams, self._trained_counts = array("i"), array("i")
        self._contents = array("Q")
        self._name_offsets = array("q", [0])
        self._files: list[BinaryIO] = [open(folder / name, "wb", buffering=2**20) for name in (TOKENS, TRAINED, NAMES)]

    def add(self, side: str, conversation: Conversation, rendered: Rendered | RenderError) -> None:
        """Write one document, cut or dropped where it does not fit, and count what became of it."""
        number = self._numbers.setdefault((side, conversation.label), len(self._numbers))
        if number == len(self.streams):
            self.streams.append(StreamEntry(side, conversation.label, dropped={}))
        stream = self.streams[number]
        stream.conversations += 1
        if isinstance(rendered, RenderError):
            _drop(stream, rendered.reason)
            return
        stream.retokenised += rendered.retokenised
        ids, trained = np.array(rendered.token_ids, np.uint32), np.array(rendered.trained, np.bool_)
        if len(ids) != len(trained):
            raise ValueError(
                f"conversation '{conversation.id}' was rendered to {len(ids)} tokens and {len(trained)} loss flags"
            )
        trained[:1] = False  # nothing stands before the first token that could predict it
        if not trained.any():
            _drop(stream, UNTRAINED)
            return
        length = self._fitting(trained, rendered.message_ends)
        if length == 0:
            _drop(stream, OVERLONG)
            return
        stream.cut += length < len(ids)
        self._write(stream, number, conversation, ids[:length], trained[:length], rendered.message_ends)

    def _fitting(self, trained: npt.NDArray[np.bool_], message_ends: list[int]) -> int:
        """How many of the tokens are kept: all, or up to the end of the last trained message that fits; 0: none."""
        if len(trained) <= self._sequence_tokens:
            return len(trained)
        if self._data.overlong == "drop":
            return 0
        kept = 0
        for begin, end in zip([0, *message_ends], message_ends, strict=False):
            if end <= self._sequence_tokens and trained[begin:end].any():
                kept = end
        return kept

    def _write(
        self,
        stream: StreamEntry,
        number: int,
        conversation: Conversation,
        ids: npt.NDArray[np.uint32],
        trained: npt.NDArray[np.bool_],
        message_ends: list[int],
    ) -> None:
        count = int(np.count_nonzero(trained))
        name = conversation.id.encode("utf-8", "replace")
        for file, content in zip(self._files, (ids.tobytes(), trained.tobytes(), name), strict=True):
            file.write(content)
        self._name_offsets.append(self._name_offsets[-1] + len(name))
        self._prefixes.add(number, ids, int(trained.argmax()), message_ends)
        self._offsets.append(self._offsets[-1] + len(ids))
        self._streams.append(number)
        self._trained_counts.append(count)
        self._contents.append(content_hash(conversation.messages))
        stream.documents += 1
        stream.tokens += len(ids)
        stream.trained_tokens += count

    def finish(self) -> dict[str, int]:
        """Write the columns; the size of every file, in bytes."""
        self.close()
        streams, contents = np.array(self._streams, np.int32), np.array(self._contents, np.uint64)
        prefixes = self._prefixes.choose()
        splits = splits_of(streams, contents, self._data.held_out)
        columns: dict[str, npt.NDArray[Any]] = {
            "streams": streams,
            "splits": splits,
            "trained_counts": np.array(self._trained_counts),
            "prefix_tokens": prefixes.tokens,
            "prefix_groups": prefixes.groups,
            "contents": contents,
        }
        np.array(self._offsets, np.int64).tofile(self._folder / OFFSETS)
        np.array(self._name_offsets, np.int64).tofile(self._folder / NAME_OFFSETS)
        for name, kind in COLUMNS.items():
            columns[name].astype(TYPES[kind]).tofile(self._folder / f"{name}.{kind}")
        for number, stream in enumerate(self.streams):
            of_stream = streams == number
            stream.held_out_wanted = self._data.held_out
            stream.held_out = int((splits[of_stream] == Split.HELD_OUT).sum())
            stream.like_held_out = int((splits[of_stream] == Split.LIKE_HELD_OUT).sum())
            groups = prefixes.groups[of_stream]
            stream.prefix_documents = int((groups >= 0).sum())
            stream.shared_prefixes = len(np.unique(groups[groups >= 0]))
        return {path.name: path.stat().st_size for path in sorted(self._folder.iterdir())}

    def close(self) -> None:
        for file in self._files:
            file.close()


def _drop(stream: StreamEntry, reason: str) -> None:
    stream.dropped[reason] = stream.dropped.get(reason, 0) + 1
