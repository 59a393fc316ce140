"""This project's trainer as a contender: its packing, its collation, its model and its step, with and without shared
prefixes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.train.measured import Measured, peak_memory
from benchmarks.train.workload import SEED, Workload
from train.data.collate import collate
from train.data.documents import Dataset
from train.data.packing import Bin, Lengths, bin_of, pack
from train.model import optimizer, sharding, weights
from train.model.model import build_on_meta, configuration
from train.model.ranks import Ranks, joined
from train.run.step import MicroBatch, StepRunner
from train.run.surroundings import ControlRequest
from train.settings import Compute, Optimizer


def packed(dataset: Dataset, documents: Sequence[int], sequence_tokens: int, shared: bool) -> list[Bin]:
    """The conversations in rows of at most `sequence_tokens`, in random order."""
    chosen = np.array(documents)
    groups = dataset.prefix_groups[chosen] if shared else np.full(len(chosen), -1)
    lengths = Lengths(dataset.lengths[chosen].tolist(), dataset.prefix_tokens[chosen].tolist(), groups.tolist())
    rows = [
        [tuple(documents[i] for i in cluster) for cluster in clusters] for clusters in pack(lengths, sequence_tokens)
    ]
    bins = [bin_of(dataset, row) for row in rows]
    return [bins[i] for i in np.random.default_rng(SEED).permutation(len(bins))]


def stepper(
    model_dir: str, ranks: Ranks, compute: Compute, sequence_tokens: int, shared: bool, streams: Sequence[str]
) -> StepRunner:
    """As `train.run.loop` builds it."""
    precision = sharding.precision(compute, ranks.device)
    model = build_on_meta(
        configuration(model_dir),
        precision=precision,
        sequence_tokens=sequence_tokens,
        loss_chunk_tokens=compute.loss_chunk_tokens,
    )
    sharding.apply(
        model, compute, sharding.mesh(compute, ranks.device, ranks.world), ranks.device, shared_prefixes=shared
    )
    weights.load(model, model_dir, ranks.device, offload=False)
    model.train()
    return StepRunner(model, optimizer.build(model, Optimizer(), bfloat16=False), ranks, streams, clip_norm=1.0)


def micros(dataset: Dataset, bins: Sequence[Bin]) -> Iterator[MicroBatch]:
    for one in bins:
        yield MicroBatch(collate(dataset, [one]), [])


def run(workload: Workload, shared: bool) -> Measured:
    """Every conversation once, after a warm-up on the shortest one."""
    dataset = workload.dataset
    bins = packed(dataset, workload.documents, workload.sequence_tokens, shared)
    many = workload.bins(int(dataset.lengths[workload.documents].sum()))
    streams = [stream.name for stream in dataset.streams]
    measured = Measured("ours")
    with joined("cpu") as ranks:
        taker = stepper(workload.model, ranks, Compute(device="cpu"), workload.sequence_tokens, shared, streams)
        shortest = bin_of(dataset, [(min(workload.documents, key=lambda d: int(dataset.lengths[d])),)])
        taker.step(0, micros(dataset, [shortest]), shortest.trained, 0.0, ControlRequest.NOTHING)
        began, cpu = time.perf_counter(), time.process_time()
        for number, start in enumerate(range(0, len(bins), many)):
            here = bins[start : start + many]
            trained = sum(one.trained for one in here)
            done = taker.step(number + 1, micros(dataset, here), trained, 0.0, ControlRequest.NOTHING)
            measured.seconds.append(done.data_s + done.compute_s)
            measured.losses.append(done.loss)
            measured.trained.append(trained)
        measured.wall_s, measured.cpu_s = time.perf_counter() - began, time.process_time() - cpu
    measured.computed = sum(one.tokens for one in bins)
    measured.peak_bytes = peak_memory()
    return measured
