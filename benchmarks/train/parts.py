"""Where one of our steps goes: torch's profiler, its operators sorted into the parts that a reader knows.

    python -m benchmarks.train.parts WORKLOAD.json RESULT.json

Self time on the processor; an operator belongs to the innermost part among itself and those that called it.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import msgspec
import torch

from benchmarks.train import ours
from benchmarks.train.workload import Workload, load
from train.model.ranks import joined
from train.run.surroundings import ControlRequest
from train.settings import Compute

# the first rule that an operator's or a caller's name contains, from the operator outwards
_RULES = (
    ("loss head", ("LinearLoss",)),
    ("attention", ("scaled_dot_product", "ScaledDotProduct", "flex_attention", "varlen")),
    ("optimiser and clipping", ("Optimizer.step", "adamw", "_foreach_norm", "linalg_vector_norm", "clip_grad")),
    (
        "collectives and sharding",
        ("c10d", "gloo", "FSDP", "fsdp", "all_gather", "reduce_scatter", "all_reduce", "split_with_sizes_copy"),
    ),
    ("linear layers", ("aten::mm", "aten::addmm", "aten::linear", "aten::bmm", "aten::matmul")),
    ("embedding", ("embedding", "index_select", "Embedding", "IndexSelect")),
    (
        "copies and concatenation",
        ("aten::cat", "aten::copy_", "aten::clone", "aten::contiguous", "aten::slice_backward"),
    ),
    ("norms, rotary embedding, gates, residuals", ("aten::",)),
)


def part_of(event: Any) -> str:
    """The part that a profiler's event belongs to."""
    names = []
    while event is not None:
        names.append(event.name)
        event = event.cpu_parent
    for part, words in _RULES[:4]:  # what encloses others
        if any(word in name for name in names for word in words):
            return part
    for name in names:
        for part, words in _RULES[4:]:
            if any(word in name for word in words):
                return part
    return "autograd and Python"


def parts(workload: Workload) -> dict[str, float]:
    """Seconds of one warm step by part, the largest first; the data's as the step itself counts them."""
    dataset = workload.dataset
    bins = ours.packed(dataset, workload.documents, workload.sequence_tokens, shared=True)
    bins = bins[: workload.bins(int(dataset.lengths[workload.documents].sum()))]
    trained, compute = sum(one.trained for one in bins), Compute(device="cpu")
    seconds: dict[str, float] = defaultdict(float)
    with joined("cpu") as ranks:
        streams = [stream.name for stream in dataset.streams]
        taker = ours.stepper(workload.model, ranks, compute, workload.sequence_tokens, True, streams)
        taker.step(0, ours.micros(dataset, bins[:1]), bins[0].trained, 0.0, ControlRequest.NOTHING)
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profiler:
            done = taker.step(1, ours.micros(dataset, bins), trained, 0.0, ControlRequest.NOTHING)
    for event in profiler.events():
        seconds[part_of(event)] += event.self_cpu_time_total / 1e6
    seconds["data: packing's rows read and collated"] = done.data_s
    return dict(sorted(seconds.items(), key=lambda item: -item[1]))


def main(workload_path: str, result_path: str) -> None:
    workload = load(Path(workload_path))
    torch.set_num_threads(workload.threads)
    Path(result_path).write_bytes(msgspec.json.encode(parts(workload)))


if __name__ == "__main__":
    main(*sys.argv[1:])
