"""The conversations that every contender trains on, and what the contenders have in common: read by each from one small
file.

They are drawn by the trainer's own order (`train.data.mixing`), each at most once, from conversations that the
trainer's own renderer tokenised and masked. So all contenders see the same tokens and are trained on the same ones.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np

from actors.program.user_error import UserError
from train.data.documents import Dataset, open_dataset
from train.data.mixing import Order, probabilities
from train.settings import Data

SEED = 0
_DRAWN_AT_ONCE = 4096  # positions


class Workload(msgspec.Struct, frozen=True):
    """`documents` of the cache `folder`, all lengths in tokens; padded steps take `batch` conversations, packed ones
    `bins` rows.
    """

    name: str
    model: str
    folder: str
    documents: list[int]
    sequence_tokens: int
    batch: int
    micro_batch: int
    threads: int

    @property
    def dataset(self) -> Dataset:
        return open_dataset(Path(self.folder))

    def bins(self, tokens: int) -> int:
        """Rows of a packed step that hold about as many tokens as `batch` conversations, when all together have
        `tokens`.
        """
        return max(1, round(self.batch * tokens / len(self.documents) / self.sequence_tokens))


class Counts(msgspec.Struct, frozen=True):
    """Of all conversations together."""

    represented: int
    trained: int
    longest: int
    median: int


def counted(dataset: Dataset, documents: list[int]) -> Counts:
    lengths = dataset.lengths[documents]
    return Counts(
        int(lengths.sum()), int(dataset.trained_counts[documents].sum()), int(lengths.max()), int(np.median(lengths))
    )


def draw(dataset: Dataset, data: Data, number: int) -> list[int]:
    """The first `number` different conversations of the training order.

    Raises `UserError` where the sources have fewer.
    """
    order = Order(dataset.streams, probabilities(dataset.streams, data), SEED)
    drawn = list(dict.fromkeys(order.take(0, max(_DRAWN_AT_ONCE, 4 * number)).documents.tolist()))
    if len(drawn) < number:
        raise UserError(
            f"{number} different conversations are wanted, but the sources give {len(drawn)}: ask for fewer, or add"
            " sources"
        )
    return drawn[:number]


def prepared(data: Data, model: str, sequence_tokens: int, say: Callable[[str], None]) -> Dataset:
    """The sources tokenised for `model`. Raises `UserError`."""
    from train.data.tokenized import prepare
    from train.renderers import create

    return prepare(data, sequence_tokens, create(data.renderer, model, data.system_prompt), say)


def save(workload: Workload, path: Path) -> None:
    path.write_bytes(msgspec.json.encode(workload))


def load(path: Path) -> Workload:
    return msgspec.json.decode(path.read_bytes(), type=Workload)
