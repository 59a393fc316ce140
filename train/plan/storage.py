"""What checkpoints take: on disk, and in the host's memory while one is written behind the steps."""

from __future__ import annotations

from typing import NamedTuple

from train.plan.memory import bytes_of_a_number
from train.plan.shards import Shards
from train.settings import TrainSettings


class Storage(NamedTuple):
    """Bytes. `checkpoint` is one of the whole run's, of which `on_disk` lie there at once: those that are kept and the
    one that is being written. `copy` is what a rank sets aside in its host's memory meanwhile; 8-bit moments are
    written while the steps wait, and nothing is set aside.
    """

    checkpoint: int
    on_disk: int
    copy: int

    @property
    def disk(self) -> int:
        return self.checkpoint * self.on_disk


def of_checkpoints(settings: TrainSettings, counted: Shards, *, cuda: bool) -> Storage:
    """A checkpoint holds what is trained and its two moments (train/model/trained_model.py)."""
    sizes = bytes_of_a_number(settings, cuda=cuda)
    each = sizes.kept + sizes.moments
    copied = settings.optimizer.state_bits != 8
    return Storage(
        checkpoint=int(counted.whole.trained * each),
        on_disk=settings.checkpoints.keep + 1,
        copy=int(counted.local.trained * each) if copied else 0,
    )
