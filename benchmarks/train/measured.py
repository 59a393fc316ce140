"""What one contender did: its steps, the tokens that it computed, its losses and its memory, as it leaves its
process.
"""

from __future__ import annotations

import resource

import msgspec


class Measured(msgspec.Struct):
    """`seconds`, `trained` and `losses` (nats a trained token) by step; `computed` tokens in all, padding included;
    `cpu_s`: processor seconds of all threads over the steps, which a busy machine changes less than `wall_s`."""

    contender: str
    seconds: list[float] = []
    trained: list[int] = []
    losses: list[float] = []
    wall_s: float = 0.0
    computed: int = 0
    cpu_s: float = 0.0
    peak_bytes: int = 0

    @property
    def mean_loss(self) -> float:
        """Over all trained tokens. No step changes the weights, so that it is the same for all who compute the same."""
        return sum(loss * count for loss, count in zip(self.losses, self.trained, strict=True)) / sum(self.trained)


def peak_memory() -> int:
    """The most bytes that this process was resident with."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
