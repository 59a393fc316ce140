"""What a run needs, computed and not measured: the memory of a rank, the FLOPs of a step, the hours."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from actors.program.user_error import UserError
from train.model.devices import DEVICES, GIB, Device, cores, device_of, known_device, measured_peak
from train.model.shapes import Config, Shape, shape_of
from train.plan import flops, refusals, remedies, shards, speed, storage
from train.plan.device_memory import host_memory
from train.plan.memory import Prediction, bytes_of_a_number, computes_in_bfloat16, fits, predict, shard_ranks
from train.plan.remedies import Change
from train.plan.shards import Shards
from train.plan.speed import Reached, Span
from train.plan.storage import Storage
from train.plan.workload import Workload
from train.settings import TrainSettings

OTHER_WORLDS = (8, 16, 64)
Count = Callable[[Config, TrainSettings, Iterable[int]], dict[int, Shards]]


class Row(NamedTuple):
    """The memory of a rank for one number of workers."""

    world: int
    prediction: Prediction
    fits: bool


class Time(NamedTuple):
    """FLOPs of the average step by the conventions; seconds of a step, what of them is offloading, and hours of the run
    (None: steps unknown), each at best and at worst.
    """

    step: flops.Flops
    step_square: float
    step_six_n: float
    peak: float  # FLOP/s of one worker
    reached: Reached
    offloading_s: Span
    step_s: Span
    hours: Span | None


class Plan(NamedTuple):
    """All that `plan` says. `device_bytes` are of one worker; `rows` begin with the configured number of workers."""

    settings: TrainSettings
    config: Config
    shape: Shape
    counted: Shards
    device: Device
    device_bytes: int
    rows: list[Row]
    change: Change | None
    work: Workload
    time: Time
    storage: Storage


def chosen_device(settings: TrainSettings, name: str | None) -> Device:
    """The device named, or the one that `compute.device` means on this machine; an H100 where CUDA is asked for and not
    here.
    """
    if name:
        return device_of(name)
    if settings.compute.device == "cpu":
        return DEVICES["cpu"]
    import torch

    if not torch.cuda.is_available():
        return DEVICES["h100-80gb" if settings.compute.device == "cuda" else "cpu"]
    found = torch.cuda.get_device_name()
    known = known_device(found)
    if known is None:
        raise UserError(
            f"the peak of '{found}' is not known: say with --device which of {', '.join(DEVICES)} comes nearest, and"
            " --memory"
        )
    return known


def plan(
    settings: TrainSettings,
    config: Config,
    work: Workload,
    device: Device,
    *,
    memory_gib: float | None = None,
    mfu: float | None = None,
    count: Count = shards.counted,
) -> Plan:
    """The plan for the fewest workers that the config allows, and for others. `count` counts the shards of a rank.

    Raises `UserError` for what cannot be trained.
    """
    refusals.of_config(settings)
    shape, cuda = shape_of(config), not device.cpu
    world = _fewest(settings)
    share = _share_of_machine(settings, world)
    device_bytes = int(memory_gib * GIB) if memory_gib else device.memory or int(host_memory() * share)
    others = [
        other for other in OTHER_WORLDS if cuda and other != world and not other % (settings.compute.hsdp_shards or 1)
    ]
    counted = count(config, settings, [shard_ranks(settings, number) for number in (world, *others)])
    rows = [_row(settings, config, number, device_bytes, cuda, counted) for number in (world, *others)]
    change = remedies.cheapest_change(settings, config, world, device_bytes, cuda=cuda)
    bfloat16 = computes_in_bfloat16(settings, cuda=cuda)
    peak = device.peak or measured_peak(bfloat16=bfloat16) * share
    of_rank = counted[shard_ranks(settings, world)]
    reached = Reached(mfu, mfu, "given") if mfu else _expected(settings, of_rank, device, bfloat16)
    offloading = _offloading(settings, of_rank, world) if cuda and settings.optimizer.offload else Span(0, 0)
    return Plan(
        settings=settings,
        config=config,
        shape=shape,
        counted=of_rank,
        device=device,
        device_bytes=device_bytes,
        rows=rows,
        change=change,
        work=work,
        time=_time(settings, shape, work, world, peak, reached, offloading),
        storage=storage.of_checkpoints(settings, of_rank, cuda=cuda),
    )


def _expected(settings: TrainSettings, counted: Shards, device: Device, bfloat16: bool) -> Reached:
    return speed.expected(device, counted.whole.both, settings.compute, bfloat16=bfloat16)


def _offloading(settings: TrainSettings, counted: Shards, world: int) -> Span:
    micro_steps = max(1.0, settings.batch.sequences / (world * settings.batch.micro_sequences))
    kept = bytes_of_a_number(settings, cuda=True).kept
    return speed.of_offloading(counted.local.trained, counted.local.frozen, kept, micro_steps)


def _fewest(settings: TrainSettings) -> int:
    number = settings.workers.number
    return number if isinstance(number, int) else number[0]


def _share_of_machine(settings: TrainSettings, world: int) -> float:
    """What one CPU worker has of a machine like this one."""
    return min(1.0, settings.workers.cpus / cores()) if settings.workers.cpus else 1 / world


def _row(
    settings: TrainSettings, config: Config, world: int, device_bytes: int, cuda: bool, counted: dict[int, Shards]
) -> Row:
    prediction = predict(settings, config, world, cuda=cuda, shards_of_rank=counted[shard_ranks(settings, world)])
    return Row(world, prediction, fits(prediction, device_bytes))


def _time(
    settings: TrainSettings,
    shape: Shape,
    work: Workload,
    world: int,
    peak: float,
    reached: Reached,
    offloading: Span,
) -> Time:
    frozen: Any = {"lora": settings.lora, "freeze_embeddings": settings.freeze_embeddings}
    causal = flops.exact(shape, work.tokens, work.trained_tokens, work.pairs, "causal", **frozen)
    square = flops.exact(shape, work.tokens, work.trained_tokens, work.pairs, "square", **frozen)
    computing = square.total / (peak * world)
    step_s = Span(computing / reached.high + offloading.least, computing / reached.low + offloading.most)
    return Time(
        step=causal,
        step_square=square.total,
        step_six_n=flops.six_n(shape, work.tokens, **frozen),
        peak=peak,
        reached=reached,
        offloading_s=offloading,
        step_s=step_s,
        hours=None if work.steps is None else Span(*(work.steps * seconds / 3600 for seconds in step_s)),
    )
