"""How a plan is shown: as a page of text, or as JSON."""

from __future__ import annotations

import json

from rich.table import Table

from actors.program.terminal import console, safe
from train.model.devices import GIB
from train.plan.memory import USABLE
from train.plan.plan import Plan, Row
from train.plan.speed import Reached, Span

ITEM_ORDER = (
    "parameters",
    "gradients",
    "optimizer moments",
    "activations",
    "gradients of activations",
    "embedding and head, gathered",
    "two blocks, gathered",
    "a block's buffer",
    "gradients of a block",
    "gradient of the head",
    "gradients of embedding and head",
    "logits of a loss chunk",
    "framework",
)
MOMENTS = {"loss": "at the loss", "block": "in a block's backward", "end": "at the end of the backward"}


def print_plan(plan: Plan) -> None:
    output = console()
    output.print("Computed, not measured.", *_model(plan), *_data(plan), sep="\n", soft_wrap=True)
    output.print(_memory(plan))
    output.print(*_verdict(plan), "", *_time(plan), *_storage(plan), sep="\n", soft_wrap=True)


def print_json(plan: Plan) -> None:
    print(json.dumps(as_json(plan), indent=2))


def as_json(plan: Plan) -> dict[str, object]:
    """Bytes, seconds, FLOPs and counts, nothing rounded."""
    return {
        "computed": True,
        "model": {
            "parameters": plan.counted.whole.both,
            "trained_parameters": plan.counted.whole.trained,
            **plan.shape._asdict(),
        },
        "data": {
            "unknown": plan.work.unknown or None,
            "streams": [stream._asdict() for stream in plan.work.streams],
        },
        "device": {"name": plan.device.name, "memory_bytes": plan.device_bytes, "peak_flops": plan.time.peak},
        "memory": [
            {
                "workers": row.world,
                "total_bytes": row.prediction.total,
                "fits": row.fits,
                "moment": row.prediction.moment,
                "items": row.prediction.items,
                "host": row.prediction.host,
            }
            for row in plan.rows
        ],
        "change": plan.change and plan.change._asdict(),
        "steps": plan.work.steps,
        "step": {
            "tokens": plan.work.tokens,
            "trained_tokens": plan.work.trained_tokens,
            "flops": plan.time.step.total,
            "flops_full_square": plan.time.step_square,
            "flops_6n": plan.time.step_six_n,
            "seconds": list(plan.time.step_s),
            "seconds_of_offloading": list(plan.time.offloading_s),
        },
        "mfu_full_square": [plan.time.reached.low, plan.time.reached.high],
        "mfu_source": plan.time.reached.source,
        "hours": plan.time.hours and list(plan.time.hours),
        "checkpoints": {**plan.storage._asdict(), "disk": plan.storage.disk},
    }


def _model(plan: Plan) -> list[str]:
    whole, shape = plan.counted.whole, plan.shape
    how = "LoRA" if plan.settings.lora else "embeddings frozen"
    trained = f", {whole.trained:,} of them trained ({how})" if whole.frozen else ""
    return [
        f"model: {plan.settings.model}, {plan.config['model_type']}, {whole.both:,} parameters{trained}, {shape.layers}"
        " layers"
    ]


def _data(plan: Plan) -> list[str]:
    if not plan.work.streams:
        return [
            f"data: not counted ({plan.work.unknown}); the plan is for full sequences of one document each, every token"
            " trained on: the most that it can be"
        ]
    return [
        f"data: {stream.name}: {stream.conversations:,} conversations, {stream.tokens:,} tokens,"
        f" {stream.trained_tokens:,} trained on"
        for stream in plan.work.streams
    ]


def _memory(plan: Plan) -> Table:
    table = Table("GiB a worker")
    rows = sorted(plan.rows, key=lambda row: row.world)
    for row in rows:
        table.add_column(_workers(row) + (" (config)" if row is plan.rows[0] else ""), justify="right")
    for name in (name for name in ITEM_ORDER if any(name in row.prediction.items for row in rows)):
        table.add_row(safe(name), *(_gib(row.prediction.items.get(name, 0)) for row in rows))
    table.add_section()
    table.add_row("peak", *(_gib(row.prediction.total) for row in rows))
    table.add_row("when", *(MOMENTS[row.prediction.moment] for row in rows))
    if any(row.prediction.host for row in rows):
        table.add_row("on the host besides", *(_gib(sum(row.prediction.host.values())) for row in rows))
    table.add_row("fits", *("yes" if row.fits else "no" for row in rows))
    return table


def _verdict(plan: Plan) -> list[str]:
    row = plan.rows[0]
    usable = USABLE * plan.device_bytes
    has = f"{plan.device.title}: {plan.device_bytes / GIB:.1f} GiB for a worker, {100 * USABLE:.0f} % of it counted on"
    if row.fits:
        verdict = f"fits {_workers(row)} ({has}), with {(usable - row.prediction.total) / GIB:.1f} GiB to spare"
    else:
        verdict = f"does not fit {_workers(row)} ({has}): {(row.prediction.total - usable) / GIB:.1f} GiB too much"
    if plan.change is None:
        return [verdict, "nothing in the config saves more"]
    return [verdict, f"next cheapest change: {plan.change.advice}"]


def _time(plan: Plan) -> list[str]:
    work, time, world = plan.work, plan.time, plan.rows[0].world
    most = "" if work.streams else "at most "
    tokens = f"{most}{work.tokens:,.0f} tokens a step, {work.trained_tokens:,.0f} of them trained on"
    if work.represented > work.tokens:
        tokens += f" ({work.represented:,.0f} learnt from, shared prefixes computed once)"
    lines = [f"steps: {_steps(plan)}, {tokens}"]
    if work.steps is not None:
        lines.append(
            f"tokens computed: {most}{work.steps * work.tokens:,.0f}, {work.steps * time.step.total:.3g} FLOPs"
        )
    share = 100 / time.step.total
    if plan.device.cpu:
        peak = f"{time.peak / 1e9:,.0f} GFLOP/s a worker (this machine's share, one matrix product measured)"
    else:
        peak = f"{time.peak / 1e12:,.4g} TFLOP/s (data sheet, dense bfloat16)"
    lines += [
        (
            f"FLOPs a step: {time.step.total:.3g} (blocks {share * time.step.blocks:.0f} %, attention"
            f" {share * time.step.attention:.0f} %, head {share * time.step.head:.0f} %), of attention the causal half,"
            f" of the head where there is a loss; {time.step_square:.3g} with full squares; {time.step_six_n:.3g} by 6N"
        ),
        (
            f"time: {_between(time.step_s)} a step, {work.tokens / time.step_s.most / world:,.0f} to"
            f" {work.tokens / time.step_s.least / world:,.0f} tokens/s a worker, {_run(plan)}, at"
            f" {_shares(time.reached)} MFU by full squares ({time.reached.source}) of {peak}"
        ),
    ]
    if time.offloading_s.most:
        lines.append(f"offloading: {_between(time.offloading_s)} of each step (estimated from what is carried)")
    return lines


def _shares(reached: Reached) -> str:
    low, high = (f"{100 * share:.0f}" for share in reached[:2])
    return f"{low} %" if low == high else f"{low} to {high} %"


def _storage(plan: Plan) -> list[str]:
    kept = plan.storage
    lines = [
        f"checkpoints: {_size(kept.checkpoint)} each, {_size(kept.disk)} of disk for the {kept.on_disk - 1} that are"
        " kept and the one that is being written"
    ]
    if kept.copy and not plan.device.cpu:
        lines.append(f"   while one is written: a copy of {_size(kept.copy)} a worker in its host's memory")
    return lines


def _size(size: int) -> str:
    return f"{size / 1e9:,.0f} GB" if size >= 10e9 else f"{size / 1e9:,.1f} GB"


def _steps(plan: Plan) -> str:
    if plan.work.steps is None:
        return f"unknown without the data ({plan.settings.epochs:g} epochs)"
    return f"{plan.work.steps:,}"


def _run(plan: Plan) -> str:
    hours = plan.time.hours
    if hours is None:
        return "hours unknown"
    if f"{hours.least:,.1f}" == f"{hours.most:,.1f}":
        return f"{hours.most:,.1f} hours in all"
    return f"{hours.least:,.1f} to {hours.most:,.1f} hours in all"


def _between(seconds: Span) -> str:
    least, most = _duration(seconds.least), _duration(seconds.most)
    return most if least == most else f"{least} to {most}"


def _workers(row: Row) -> str:
    return f"{row.world} worker" + ("s" if row.world > 1 else "")


def _duration(seconds: float) -> str:
    return f"{seconds:,.1f} s" if seconds < 600 else f"{seconds / 60:,.0f} min"


def _gib(size: int) -> str:
    return f"{size / GIB:.2f}" if size else "–"
