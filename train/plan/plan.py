"""`python -m train plan CONFIG key=value …`: what a run needs, before anything runs: memory, steps, tokens, hours.
Computed, not measured.

A model's config.json is enough; `--shape llama-2-70b` needs not even that. The data is counted where it is there (and
tokenised into the cache that the run uses), else the plan is for the most that a step can be.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from actors.program.configuration import load
from actors.records.trajectory import UserError
from train.model.devices import CPU_BFLOAT16_MFU, DEVICES, GIB, Device, cores, device_of, known_device, measured_peak
from train.model.shapes import SHAPES, Config, Shape, config_of, read_config, shape_of
from train.plan import flops, plan_text, refusals, remedies, shards, workload
from train.plan.device_memory import host_memory
from train.plan.memory import Prediction, computes_in_bfloat16, fits, predict, shard_ranks
from train.plan.remedies import Change
from train.plan.shards import Shards
from train.plan.workload import Workload
from train.renderers.text_encoder import has_tokenizer
from train.settings import TrainSettings

OTHER_WORLDS = (8, 16, 64)
Count = Callable[[Config, TrainSettings, Iterable[int]], dict[int, Shards]]


class Row(NamedTuple):
    """The memory of a rank for one number of workers."""

    world: int
    prediction: Prediction
    fits: bool


class Time(NamedTuple):
    """FLOPs of the average step by both conventions; seconds of a step and hours of the run at `mfu` (None: steps
    unknown).
    """

    step: flops.Flops
    step_square: float
    step_six_n: float
    peak: float  # FLOP/s of one worker
    mfu: float
    mfu_source: str
    step_s: float
    hours: float | None


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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", help="a YAML file, for example configs/train/llama-2-70b.yaml")
    parser.add_argument(
        "overrides", nargs="*", metavar="key=value", help="changes to it, for example workers.number=64"
    )
    parser.add_argument("--shape", help=f"take a known model's shape instead of reading the model: {', '.join(SHAPES)}")
    parser.add_argument(
        "--model-config", metavar="FILE", help="the model's config.json, where the model itself is elsewhere"
    )
    parser.add_argument(
        "--device", help=f"what a worker has: {', '.join(DEVICES)} (default: what compute.device means here)"
    )
    parser.add_argument(
        "--memory", type=float, metavar="GIB", help="memory of one worker's device, instead of the device's"
    )
    parser.add_argument("--mfu", type=float, help="share of the device's peak that the hours are computed with")
    parser.add_argument("--no-data", action="store_true", help="do not look at the data")
    parser.add_argument("--json", action="store_true", help="for machines")


def run(arguments: argparse.Namespace) -> int:
    if arguments.mfu is not None and not 0 < arguments.mfu <= 1:
        raise UserError(f"--mfu is a share of the peak, between 0 and 1, found {arguments.mfu:g}")
    if arguments.memory is not None and arguments.memory <= 0:
        raise UserError(f"--memory must be more than 0 GiB, found {arguments.memory:g}")
    settings = load(arguments.config, arguments.overrides, TrainSettings)
    refusals.of_config(settings)
    config = model_config(settings, arguments.shape, arguments.model_config)
    shape_of(config)
    if not (arguments.shape or arguments.model_config) and has_tokenizer(settings.model):
        refusals.of_model(settings)
    work = workload.bound(settings, "--no-data was given") if arguments.no_data else _work(settings)
    made = plan(
        settings,
        config,
        work,
        chosen_device(settings, arguments.device),
        memory_gib=arguments.memory,
        mfu=arguments.mfu,
    )
    if arguments.json:
        plan_text.print_json(made)
    else:
        plan_text.print_plan(made)
    return 0


def model_config(settings: TrainSettings, shape: str | None = None, file: str | None = None) -> Config:
    """The config of the model that is to be trained. Raises `UserError`."""
    if shape and file:
        raise UserError("give --shape or --model-config, not both")
    if shape:
        return config_of(shape)
    if file:
        return read_config(file)
    if not Path(settings.model).expanduser().exists():
        known = Path(settings.model).name.lower()
        near = next((name for name in SHAPES if known.startswith(name)), "llama-2-7b")
        raise UserError(
            f"model '{settings.model}' is not here: to plan without it add --shape {near} or --model-config FILE"
        )
    return read_config(settings.model)


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
    reached = (CPU_BFLOAT16_MFU if device.cpu and bfloat16 else device.mfu, device.mfu_source)
    time = _time(settings, shape, work, peak * world, peak, (mfu, "given") if mfu else reached)
    of_rank = counted[shard_ranks(settings, world)]
    return Plan(settings, config, shape, of_rank, device, device_bytes, rows, change, work, time)


def _work(settings: TrainSettings) -> Workload:
    try:
        return workload.of_data(settings, lambda line: print(line, file=sys.stderr))
    except UserError as error:
        return workload.bound(settings, str(error))


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
    settings: TrainSettings, shape: Shape, work: Workload, all_peaks: float, peak: float, mfu: tuple[float, str]
) -> Time:
    frozen: Any = {"lora": settings.lora, "freeze_embeddings": settings.freeze_embeddings}
    causal = flops.exact(shape, work.tokens, work.trained_tokens, work.pairs, "causal", **frozen)
    square = flops.exact(shape, work.tokens, work.trained_tokens, work.pairs, "square", **frozen)
    step_s = causal.total / (mfu[0] * all_peaks)
    hours = None if work.steps is None else work.steps * step_s / 3600
    return Time(causal, square.total, flops.six_n(shape, work.tokens, **frozen), peak, *mfu, step_s, hours)
