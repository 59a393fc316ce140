"""Held-out chat for the general check: conversations of a file that a training run did not train on.

They are taken by the rule by which training holds out (`train.data.splits`): different ones, the lowest keyed hash of
what was said first. So the first of them are the very conversations that a run on the same file keeps from its
training. With the run at hand nothing is left to the rule: a conversation is taken only if the run's tokenised data
does not have its hash among what it trains on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from heapq import nsmallest
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from actors.files import json_files
from actors.files.atomic_folder import MANIFEST
from actors.program.configuration import check
from actors.program.user_error import UserError
from train.data.documents import COLUMNS, TYPES, Dataset, open_dataset
from train.data.sources import read
from train.data.splits import content_hash
from train.data.tokenized import prepare
from train.renderers import Rendered, Renderer, RenderError, of_settings
from train.renderers.conversation import Conversation
from train.settings import Source, TrainSettings

MOST = 1000  # conversations: the file may be larger than memory
LEAST = 2  # conversations: one says nothing of how much others differ
_CONTENTS = "contents"
_RENDERED_AT_ONCE = 16  # conversations


class _Data(msgspec.Struct):
    fingerprint: str


class _Manifest(msgspec.Struct):
    config: dict[str, Any]
    data: _Data


class Training(NamedTuple):
    """What a training run says of its data: the settings, and the fingerprint of what they were tokenised to."""

    settings: TrainSettings
    fingerprint: str


class Unseen(NamedTuple):
    """One conversation to measure: a hash of what was said, T token ids, and which of them are the assistant's."""

    id: str
    ids: list[int]
    trained: list[bool]


def training_of(place: str) -> Training:
    """What is in a run's folder, its config's 'out'. Raises `UserError` where there is no training run."""
    path = Path(place).expanduser() / MANIFEST
    what, advice = "a training run's manifest", "give the 'out' of one with --training"
    found = json_files.read(path, dict[str, Any], what, advice)
    if found is None or found.get("kind") != "training run":
        raise UserError(f"'{place}' is no training run (its {MANIFEST} is not there or something else's): {advice}")
    manifest = json_files.convert(found, _Manifest, str(path), what, advice)
    return Training(check(manifest.config, TrainSettings, str(path)), manifest.data.fingerprint)


def trained_on(training: Training, say: Callable[[str], None]) -> frozenset[int]:
    """The hashes of all conversations that a run trains on. Where its tokenised data is gone it is made again.

    Raises `UserError` if that cannot be done, or if the sources are no longer what the run read.
    """
    data = training.settings.data
    folder = Path(data.cache).expanduser() / training.fingerprint
    dataset = open_dataset(folder) if (folder / MANIFEST).is_file() else _tokenised_again(training, say)
    contents = np.fromfile(dataset.folder / f"{_CONTENTS}.{COLUMNS[_CONTENTS]}", TYPES[COLUMNS[_CONTENTS]])
    return frozenset(int(content) for stream in dataset.streams for content in contents[stream.train])


def _tokenised_again(training: Training, say: Callable[[str], None]) -> Dataset:
    settings = training.settings
    say(
        f"the tokenised data of the training is gone from '{settings.data.cache}': it is made again to know what was"
        " held out"
    )
    renderer = of_settings(settings)
    dataset = prepare(settings.data, settings.batch.sequence_tokens, renderer, say)
    if dataset.fingerprint != training.fingerprint:
        raise UserError(
            "the training's data is no longer what the run read: what it held out cannot be known; give other --chats"
        )
    return dataset


def unseen(chats: str, seen: Collection[int], renderer: Renderer, tokens: int, longest: int) -> list[Unseen]:
    """Conversations of the file `chats` that are not among the hashes `seen`, up to `tokens` in all; one is cut at the
    end of its last reply that ends within `longest` tokens. Raises `UserError` where fewer than two are left."""
    different = _different(read(Source(path=chats), "general"))
    lowest = nsmallest(MOST, (pair for pair in different if pair[0] not in seen), key=itemgetter(0))
    if not lowest:
        advice = "hold some out (data.held_out), or give chat that it did not read"
        raise UserError(f"'{chats}' has no conversation that the training did not train on: {advice}")
    chosen: list[Unseen] = []
    for one in _fitting(iter(lowest), renderer, min(tokens, longest)):
        tokens -= len(one.ids)
        if tokens < 0:
            break
        chosen.append(one)
    if len(chosen) < LEAST:
        few = f"only {len(chosen)} of {len(lowest)} conversations that could be measured"
        raise UserError(
            f"'{chats}': {few} fit into --chat-tokens with a reply within {longest} tokens: raise it, or give more chat"
        )
    return chosen


def _different(conversations: Iterable[Conversation]) -> Iterator[tuple[int, Conversation]]:
    """Each with its hash; of several that say the same the first."""
    known: set[int] = set()
    for conversation in conversations:
        content = content_hash(conversation.messages)
        if content not in known:
            known.add(content)
            yield content, conversation


def _fitting(conversations: Iterator[tuple[int, Conversation]], renderer: Renderer, longest: int) -> Iterator[Unseen]:
    """Those that can be rendered and have a reply within `longest` tokens, each as far as that."""
    while batch := list(islice(conversations, _RENDERED_AT_ONCE)):
        for (content, _), rendered in zip(
            batch, renderer.render_many([conversation for _, conversation in batch]), strict=True
        ):
            if isinstance(rendered, RenderError):
                continue
            length = _length(rendered, longest)
            if any(rendered.trained[1:length]):
                yield Unseen(f"{content:016x}", rendered.token_ids[:length], rendered.trained[:length])


def _length(rendered: Rendered, longest: int) -> int:
    """All tokens, or up to the end of the last message that ends within `longest`."""
    if len(rendered.token_ids) <= longest:
        return len(rendered.token_ids)
    return max((end for end in rendered.message_ends if end <= longest), default=0)
