"""Tokens a second, MFU and memory of Llama shapes with random weights, by the trainer's own step over FSDP2.

    torchrun --nproc-per-node 8 -m benchmarks.train.shapes --shape 7b --compile --checkpointing alternate
    python -m benchmarks.train.shapes --shape tiny                    # one process; on a CPU, to see that it runs

Needs torch, transformers, numpy, pydantic, msgspec and psutil, and no files: weights and tokens are random. bfloat16
over float32 masters on CUDA, float32 on a CPU. MFU in three ways: by 6N, and exactly with causal attention or with full
squares (`plan.flops`). Memory on CUDA is what torch allocated at most, against the prediction without its estimate of
the framework's share.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import torch
import torch.distributed as dist
from transformers import AutoConfig

from actors.program.user_error import UserError
from benchmarks.train.synthetic import represented, rows, together
from train.data.batch import Batch
from train.model import devices, optimizer, sharding, weights
from train.model.model import PackedModel, build_on_meta
from train.model.ranks import Ranks, joined
from train.model.shapes import SHAPES, Config, shape_of
from train.plan import flops, memory
from train.run.progress import measured_memory
from train.run.step import MicroBatch, StepRunner
from train.run.surroundings import ControlRequest
from train.settings import TrainSettings

_COMMON = {"model_type": "llama", "max_position_embeddings": 8192, "tie_word_embeddings": False}


def _shape(layers: int, hidden: int, intermediate: int, heads: int, kv_heads: int, vocabulary: int) -> Config:
    return _COMMON | {
        "num_hidden_layers": layers,
        "hidden_size": hidden,
        "intermediate_size": intermediate,
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "vocab_size": vocabulary,
    }


CONFIGS: dict[str, Config] = {
    "tiny": _shape(4, 256, 704, 8, 4, 4096),
    "1b": _shape(16, 2048, 8192, 32, 8, 128256) | {"tie_word_embeddings": True},  # Llama 3.2 1B
    "3b": _shape(28, 3072, 8192, 24, 8, 128256) | {"tie_word_embeddings": True},  # Llama 3.2 3B
    "7b": SHAPES["llama-2-7b"],
}


class Timed(NamedTuple):
    """Of the steps after the warm-up: seconds each; tokens computed, represented and trained, and FLOPs by convention,
    of all.
    """

    seconds: list[float]
    computed: int
    represented: int
    trained: int
    flops: dict[str, float]
    loss: float


def parsed(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.train.shapes",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--shape", choices=CONFIGS, default="tiny")
    parser.add_argument("--sequence-tokens", type=int, default=4096)
    parser.add_argument("--micro-sequences", type=int, default=1, help="rows at once")
    parser.add_argument("--micro-batches", type=int, default=4, help="of a step, on each rank")
    parser.add_argument("--steps", type=int, default=8, help="timed, after --warm-up")
    parser.add_argument("--warm-up", type=int, default=3)
    parser.add_argument("--shared-prefixes", action="store_true")
    parser.add_argument("--attention", choices=("auto", "sdpa", "flex", "varlen"), default="auto")
    parser.add_argument("--precision", choices=("auto", "float32", "mixed", "bfloat16"), default="auto")
    parser.add_argument("--checkpointing", choices=("none", "every", "alternate"), default="none")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--loss-chunk-tokens", type=int, default=1024)
    parser.add_argument("--state-bits", type=int, choices=(8, 32), default=32, help="8: torchao's AdamW")
    parser.add_argument("--offload", action="store_true")
    parser.add_argument("--peak-tflops", type=float, help="of one device, where it is not known")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    return parser.parse_args(argv)


def settings_of(arguments: argparse.Namespace, ranks: int) -> TrainSettings:
    """As a config would say it. There are no files, so its paths name none."""
    return TrainSettings.model_validate(
        {
            "model": "random",
            "out": "none",
            "steps": arguments.steps,
            "data": {"eta": 1.0, "agent": [{"path": "none"}]},
            "packing": {"shared_prefixes": arguments.shared_prefixes},
            "batch": {
                "sequences": arguments.micro_batches * arguments.micro_sequences * ranks,
                "sequence_tokens": arguments.sequence_tokens,
                "micro_sequences": arguments.micro_sequences,
            },
            "optimizer": {"state_bits": arguments.state_bits, "offload": arguments.offload},
            "compute": {
                "device": arguments.device,
                "precision": arguments.precision,
                "attention": arguments.attention,
                "checkpointing": arguments.checkpointing,
                "compile": arguments.compile,
                "loss_chunk_tokens": arguments.loss_chunk_tokens,
            },
        }
    )


@torch.no_grad()
def filled_at_random(model: PackedModel, device: torch.device, held_on: torch.device, deviation: float) -> None:
    """Memory for a model on the meta device, and Llama's way of starting: normal matrices, norms of ones."""
    model.to_empty(device=held_on)
    weights._keep_tied(model.causal_lm)
    weights._recompute_buffers(model.causal_lm, device)
    for parameter in model.parameters():
        local, _ = weights.rows(parameter)
        if parameter.ndim > 1:
            local.normal_(0.0, deviation)
        else:
            local.fill_(1.0)


def stepper(settings: TrainSettings, config: Config, ranks: Ranks) -> StepRunner:
    """As `train.run.loop` builds it, but for the weights."""
    of_transformers = AutoConfig.for_model(**config)
    compute, offload = settings.compute, settings.optimizer.offload
    model = build_on_meta(
        of_transformers,
        precision=sharding.precision(compute, ranks.device),
        sequence_tokens=settings.batch.sequence_tokens,
        loss_chunk_tokens=compute.loss_chunk_tokens,
    )
    mesh = sharding.mesh(compute, ranks.device, ranks.world)
    sharding.apply(
        model, compute, mesh, ranks.device, offload=offload, shared_prefixes=settings.packing.shared_prefixes
    )
    held_on = torch.device("cpu") if offload else ranks.device
    filled_at_random(model, ranks.device, held_on, of_transformers.initializer_range)
    model.train()
    optim = optimizer.build(model, settings.optimizer, compute.precision == "bfloat16")
    return StepRunner(model, optim, ranks, ["random"], settings.optimizer.clip_norm)


def timed(
    taker: StepRunner, source: Iterator[Batch], settings: TrainSettings, config: Config, ranks: Ranks, warm_up: int
) -> Timed:
    """Take the steps; counts are of all ranks."""
    seconds: list[float] = []
    counts = torch.zeros(5, dtype=torch.float64, device=ranks.device)
    loss = 0.0
    each = settings.batch.sequences // ranks.world // settings.batch.micro_sequences
    for number in range(warm_up + (settings.steps or 0)):
        batches = list(islice(source, each))
        trained = torch.tensor(sum(batch.trained for batch in batches), device=ranks.device)
        dist.all_reduce(trained)
        _synchronise(ranks)
        done = taker.step(
            number + 1, (MicroBatch(batch, []) for batch in batches), int(trained), 1e-5, ControlRequest.NOTHING
        )
        _synchronise(ranks)
        if number < warm_up:
            continue
        loss = done.loss
        seconds.append(done.data_s + done.compute_s)
        pairs = [flops.pairs_in(batch) for batch in batches]
        counts += torch.tensor(
            [
                sum(len(batch.ids_T) for batch in batches),
                sum(represented(batch) for batch in batches),
                sum(batch.trained for batch in batches),
                sum(pair.causal for pair in pairs),
                sum(pair.square for pair in pairs),
            ],
            dtype=torch.float64,
            device=ranks.device,
        )
    dist.all_reduce(counts)
    computed, original, with_loss, causal, square = (int(count) for count in counts.tolist())
    shape, all_pairs = shape_of(config), flops.Pairs(causal, square)
    work = {
        "exact": flops.exact(shape, computed, with_loss, all_pairs).total,
        "exact, full squares": flops.exact(shape, computed, with_loss, all_pairs, "square").total,
        "6N": flops.six_n(shape, computed),
    }
    return Timed(seconds, computed, original, with_loss, work, loss)


def _synchronise(ranks: Ranks) -> None:
    if ranks.device.type == "cuda":
        torch.cuda.synchronize(ranks.device)


def peak(ranks: Ranks, asked_tflops: float | None) -> float:
    """FLOP/s of one device. Raises `UserError` for one that is not known."""
    if asked_tflops:
        return asked_tflops * 1e12
    if ranks.device.type == "cpu":
        return devices.measured_peak()
    name = torch.cuda.get_device_name(ranks.device)
    known = devices.known_device(name)
    if known is None:
        raise UserError(f"the peak of '{name}' is not known: give --peak-tflops")
    return known.peak


def lines(found: Timed, settings: TrainSettings, config: Config, ranks: Ranks, peak_flops: float) -> list[str]:
    """What is printed."""
    seconds, cuda = sum(found.seconds), ranks.device.type == "cuda"
    predicted = memory.predict(settings, config, ranks.world, cuda=cuda)
    if cuda:  # what torch allocates does not include the framework's own
        predicted = predicted._replace(
            items={name: size for name, size in predicted.items.items() if name != "framework"}
        )
    rate = f"{found.computed / seconds / ranks.world:,.0f} tokens/s a device"
    slowest = f"{min(found.seconds):.2f} to {max(found.seconds):.2f} s a step"
    shares = ", ".join(
        f"{100 * flops.mfu(work, seconds, peak_flops, ranks.world):.1f} % ({name})"
        for name, work in found.flops.items()
    )
    return [
        (
            f"{rate} ({found.represented / seconds / ranks.world:,.0f} represented,"
            f" {found.trained / seconds / ranks.world:,.0f} trained), {slowest}, last loss {found.loss:.3f}"
        ),
        f"MFU {shares} of {peak_flops / 1e12:,.3g} TFLOP/s",
        memory.compared(predicted, measured_memory(ranks)),
    ]


def main(argv: list[str]) -> int:
    arguments = parsed(argv)
    try:
        with joined(arguments.device) as ranks:
            settings, config = settings_of(arguments, ranks.world), CONFIGS[arguments.shape]
            name = (
                torch.cuda.get_device_name(ranks.device)
                if ranks.device.type == "cuda"
                else f"CPU, {torch.get_num_threads()} threads"
            )
            if ranks.first:
                said = (
                    f"{arguments.shape}: {ranks.world} × {name}, torch {torch.__version__}, rows of"
                    f" {arguments.sequence_tokens} tokens"
                )
                options = (
                    f"checkpointing {arguments.checkpointing}, compile {arguments.compile}, attention"
                    f" {arguments.attention}"
                )
                print(
                    f"{said}, {arguments.micro_batches} × {arguments.micro_sequences} rows a device and step,"
                    f" {options}",
                    flush=True,
                )
            peak_flops = peak(ranks, arguments.peak_tflops)
            tokens = arguments.sequence_tokens
            source = together(
                rows(tokens, config["vocab_size"], arguments.shared_prefixes, ranks.rank), arguments.micro_sequences
            )
            found = timed(stepper(settings, config, ranks), source, settings, config, ranks, arguments.warm_up)
            if ranks.first:
                print("\n".join(lines(found, settings, config, ranks, peak_flops)), flush=True)
    except UserError as error:
        print(f"benchmarks.train.shapes: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
