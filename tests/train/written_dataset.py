"""A tokenised cache from token lists: what the tests of the order, the packing and the batches read."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from actors.files.atomic_folder import write_manifest
from actors.records.trajectory import Message
from train.data.documents import Dataset, Manifest, open_dataset
from train.data.tokenized_writer import TokenizedWriter
from train.renderers.conversation import Conversation
from train.renderers.renderer import Rendered
from train.settings import Data, Source

SOURCE = Source(path="nowhere")


class Made(NamedTuple):
    """One document: `turns` are (tokens, whether they are trained on)."""

    side: str
    label: str
    turns: Sequence[tuple[Sequence[int], bool]]


def data_of(**fields: Any) -> Data:
    """Settings with a source on each side and nothing held out."""
    return Data(**{"agent": (SOURCE,), "general": (SOURCE,), "held_out": 0, **fields})


def rendered_of(made: Made) -> Rendered:
    ids = [token for tokens, _ in made.turns for token in tokens]
    trained = [trains for tokens, trains in made.turns for _ in tokens]
    ends = [sum(len(tokens) for tokens, _ in made.turns[: i + 1]) for i in range(len(made.turns))]
    return Rendered(ids, trained, ends)


def write_dataset(folder: Path, documents: Sequence[Made], sequence_tokens: int, data: Data | None = None) -> Dataset:
    """The cache of `documents`, each a conversation with an id and a text of its own."""
    folder.mkdir(parents=True)
    writer = TokenizedWriter(folder, data or data_of(), sequence_tokens)
    for i, made in enumerate(documents):
        conversation = Conversation(f"c{i}", made.label, (Message("user", str(i)), Message("assistant", "")), {})
        writer.add(made.side, conversation, rendered_of(made))
    files = writer.finish()
    sums = [
        sum(getattr(stream, name) for stream in writer.streams) for name in ("documents", "tokens", "trained_tokens")
    ]
    manifest = Manifest("print", 1, "none", "none", sequence_tokens, "drop", [], writer.streams, *sums, files)
    write_manifest(folder, msgspec.to_builtins(manifest))
    return open_dataset(folder)


def mixed_documents(counts: dict[tuple[str, str], int], mean: int = 40, prefix: int = 0, seed: int = 0) -> list[Made]:
    """So many documents of each (side, label), of random lengths, the agent's beginning alike with `prefix` tokens a
    label.
    """
    random_numbers = random.Random(seed)
    documents = []
    for (side, label), count in counts.items():
        common = [random_numbers.randrange(1000) for _ in range(prefix)] if side == "agent" else []
        for _ in range(count):
            asked, said = (
                [random_numbers.randrange(1000) for _ in range(random_numbers.randint(1, mean))] for _ in range(2)
            )
            documents.append(Made(side, label, [(common, False), (asked, False), (said, True)]))
    return documents
