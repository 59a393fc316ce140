"""Which conversations are never trained on, so that the loss on them says something.

Chosen by a keyed hash of the messages, the lowest first: another order of the source changes nothing, and a source that
grows keeps most of them. A second copy of a held-out conversation, in whatever stream, is not trained on either.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from actors.records.trajectory import Message
from train.data.documents import I32, Split

_KEY = b"agenttuning: held out"
_LARGEST_SHARE = 10  # a tenth of a stream at most: less than ten conversations give none


def content_hash(messages: Sequence[Message]) -> int:
    """64 bits of what was said, by whom; the loss flags do not count."""
    said = msgspec.msgpack.encode([(message.role, message.content) for message in messages])
    return int.from_bytes(hashlib.blake2b(said, digest_size=8, key=_KEY).digest(), "little")


def splits_of(streams_N: I32, contents_N: npt.NDArray[np.uint64], wanted: int) -> npt.NDArray[np.int8]:
    """The `Split` of each document: `wanted` different conversations of each stream held out, or a tenth of a small
    one.
    """
    splits_N = np.full(len(streams_N), Split.TRAIN, np.int8)
    for stream in np.unique(streams_N):
        places = np.flatnonzero(streams_N == stream)
        _, first = np.unique(contents_N[places], return_index=True)  # by rising hash
        splits_N[places[first[: min(wanted, len(first) // _LARGEST_SHARE)]]] = Split.HELD_OUT
    held_out_N = splits_N == Split.HELD_OUT
    splits_N[np.isin(contents_N, contents_N[held_out_N]) & ~held_out_N] = Split.LIKE_HELD_OUT
    return splits_N
