"""What to change in a config so that a run fits its devices: the cheapest first, by what it costs in time or in
quality.

Nothing is advised that a run then refuses (`train.plan.refusals`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from actors.program.configuration import with_overrides
from actors.program.user_error import UserError
from train.model import low_memory
from train.model.shapes import Config
from train.plan import refusals, shards
from train.plan.memory import GIB, Prediction, fits, predict
from train.plan.refusals import most_workers
from train.settings import Lora, TrainSettings

_OF_TORCHAO = frozenset({"optimizer.state_bits=8", "compute.precision=bfloat16"})
MOST_TIMES = 8  # more workers: up to so many times those that are there


class Change(NamedTuple):
    """`set` as the command line takes it, the bytes that it saves a rank, and whether the run then fits."""

    set: tuple[str, ...]
    saves: int
    fits: bool

    @property
    def advice(self) -> str:
        """A clause of a sentence."""
        lacks = low_memory.lacks_torchao() and not _OF_TORCHAO.isdisjoint(self.set)
        saved = (
            f"set {' '.join(self.set)} (−{self.saves / GIB:.1f}"
            f" GiB{f'; needs torchao: {low_memory.TORCHAO}' if lacks else ''})"
        )
        return saved if self.fits else f"{saved}, which is the most that the config can do, and not enough"


def cheapest_change(
    settings: TrainSettings, config: Config, world: int, device_bytes: int, *, cuda: bool
) -> Change | None:
    """The first change by which the run fits (or, where it fits, the first that saves anything); else all that help,
    until it does.

    None: nothing saves anything.
    """
    before = predict(settings, config, world, cuda=cuda)
    together: dict[str, str] = {}
    best = Change((), 0, False)
    for changes in _candidates(settings, config, world, cuda):
        change = _try(settings, config, world, device_bytes, cuda, changes, before)
        if change is not None and change.fits and change.saves > 0:
            return change
    for changes in _candidates(settings, config, world, cuda):
        combined = together | changes
        change = _try(settings, config, world, device_bytes, cuda, combined, before)
        if change is not None and change.saves > best.saves:
            together, best = combined, change
        if best.fits:
            return best
    return best if best.set else None


def _candidates(settings: TrainSettings, config: Config, world: int, cuda: bool) -> Iterator[dict[str, str]]:
    """In order of cost: a little time, more time, precision, much time, money, another kind of training."""
    compute, batch = settings.compute, settings.batch
    if compute.checkpointing == "none":
        yield {"compute.checkpointing": "alternate"}
    if compute.checkpointing != "every":
        yield {"compute.checkpointing": "every"}
    micro = batch.micro_sequences
    while micro > 1:
        micro //= 2
        yield {"batch.micro_sequences": str(micro)}
    if compute.loss_chunk_tokens > 256:
        yield {"compute.loss_chunk_tokens": "256"}
    if settings.optimizer.state_bits != 8:
        yield {"optimizer.state_bits": "8"}
    if compute.precision != "bfloat16":
        yield {"compute.precision": "bfloat16"}
    if cuda and not settings.optimizer.offload:
        yield {"optimizer.offload": "true"}
    times = 2
    while cuda and times <= MOST_TIMES and world * times <= batch.sequences:
        yield {"workers.number": str(world * times)}
        times *= 2
    if settings.lora is None:
        names = shards.linear_names(config, settings)
        usual = set(Lora().targets) <= set(names)
        yield {"lora.rank": "16"} | ({} if usual else {"lora.targets": f"[{','.join(names)}]"})


def _try(
    settings: TrainSettings,
    config: Config,
    world: int,
    device_bytes: int,
    cuda: bool,
    changes: dict[str, str],
    before: Prediction,
) -> Change | None:
    """None where a run would refuse it."""
    overrides = tuple(f"{key}={value}" for key, value in changes.items())
    changed = TrainSettings.model_validate(with_overrides(settings.model_dump(mode="json"), overrides))
    workers = int(changes.get("workers.number", world))
    try:
        refusals.of_config(changed, max(workers, most_workers(changed)))
        after = predict(changed, config, workers, cuda=cuda)
    except UserError:
        return None
    return Change(overrides, before.total - after.total, fits(after, device_bytes))
