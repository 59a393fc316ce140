"""A step's numbers, and the lines that say them: losses, tokens, proportions, speed, memory, the way to go."""

from __future__ import annotations

import resource
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import numpy as np
import torch

from train.data.documents import Dataset
from train.data.packing import Bin
from train.data.steps import Step
from train.model import devices
from train.model.ranks import Ranks
from train.model.shapes import read_config, shape_of
from train.model.sharding import precision
from train.plan import flops, memory
from train.run.step import StepResult
from train.settings import TrainSettings

COMPARED_AFTER = 2  # steps: by then every buffer that a step needs has been made


class Speed(NamedTuple):
    """Tokens and seconds since the run (re)started."""

    seconds: float
    represented: int
    steps: int


class Progress:
    """One rank's view of a run; `steps` in all."""

    def __init__(self, settings: TrainSettings, ranks: Ranks, steps: int, dataset: Dataset) -> None:
        self._settings = settings
        self._ranks = ranks
        self._steps = steps
        self._streams = [stream.name for stream in dataset.streams]
        self._agent = np.array([stream.side == "agent" for stream in dataset.streams])
        self._seen = np.zeros((3, len(self._streams)), np.int64)
        self._speed = Speed(0.0, 0, 0)
        self._shape = shape_of(read_config(settings.model))
        self._peak = _peak(ranks, bfloat16=precision(settings.compute, ranks.device) != "float32")

    def after(self, step: Step, done: StepResult, learning_rate: float) -> dict[str, Any]:
        """The numbers of one step, over all ranks.

        Ratios are the agent side's share since the run (re)started: `eta` as it came out.
        """
        seconds = done.data_s + done.compute_s
        self._seen += np.stack(step.counts)
        self._speed = Speed(
            self._speed.seconds + seconds, self._speed.represented + step.represented, self._speed.steps + 1
        )
        frozen: Any = {"lora": self._settings.lora, "freeze_embeddings": self._settings.freeze_embeddings}
        work = flops.exact(self._shape, step.tokens, step.trained, _pairs(step.bins), **frozen)
        return {
            "loss": done.loss,
            "loss_by_stream": done.loss_by_stream,
            "grad_norm": done.grad_norm,
            "learning_rate": learning_rate,
            "tokens": {"computed": step.tokens, "represented": step.represented, "trained": step.trained},
            "fill": step.tokens / (len(step.bins) * self._settings.batch.sequence_tokens),
            "eta": dict(zip(step.counts._fields, self._realised(), strict=True)),
            "conversations": dict(zip(self._streams, step.counts.conversations.tolist(), strict=True)),
            "seconds": {"step": seconds, "data": done.data_s},
            "per_second": {
                "computed": step.tokens / seconds,
                "represented": step.represented / seconds,
                "trained": step.trained / seconds,
            },
            "mfu": flops.mfu(work.total, seconds, self._peak, self._ranks.world) if self._peak else None,
            "memory_bytes": measured_memory(self._ranks),
        }

    def _realised(self) -> list[float]:
        whole = self._seen.sum(axis=1)
        shares: list[float] = (self._seen[:, self._agent].sum(axis=1) / np.maximum(whole, 1)).round(4).tolist()
        return shares

    def lines(self, number: int, numbers: dict[str, Any]) -> list[str]:
        """What is said of step `number`."""
        speed = self._speed
        left = timedelta(seconds=round(speed.seconds / speed.steps * (self._steps - number)))
        by_stream = " ".join(f"{name} {loss:.3f}" for name, loss in numbers["loss_by_stream"].items())
        mfu = f", MFU {100 * numbers['mfu']:.0f} %" if numbers["mfu"] else ""
        said = [
            f"step {number}/{self._steps}  loss {numbers['loss']:.4f} ({by_stream})  norm {numbers['grad_norm']:.2f} "
            f" {speed.represented / speed.seconds:,.0f} tokens/s{mfu}  η {numbers['eta']['conversations']:.2f}  {left}"
            " to go"
        ]
        if speed.steps == COMPARED_AFTER:
            cuda = self._ranks.device.type == "cuda"
            predicted = memory.predict(self._settings, read_config(self._settings.model), self._ranks.world, cuda=cuda)
            if cuda:  # what torch allocates is measured there: the context and NCCL are not among it
                predicted = predicted._replace(
                    items={name: size for name, size in predicted.items.items() if name != "framework"}
                )
            said.append(memory.compared(predicted, numbers["memory_bytes"]))
        return said


def _pairs(bins: Sequence[Bin]) -> flops.Pairs:
    """Of a whole step, from the plan alone: no rank has the others' batches."""
    each = [
        flops.pairs_of_segments([s.end - s.begin for s in one.segments], [s.parent for s in one.segments])
        for one in bins
    ]
    return flops.Pairs(sum(pairs.causal for pairs in each), sum(pairs.square for pairs in each))


def _peak(ranks: Ranks, *, bfloat16: bool) -> float:
    """FLOP/s of one device at best; 0 where it is not known."""
    if ranks.device.type == "cpu":
        return devices.measured_peak(bfloat16=bfloat16)
    known = devices.known_device(torch.cuda.get_device_name(ranks.device))
    return known.peak if known else 0.0


def measured_memory(ranks: Ranks) -> int:
    """The most bytes that this process had so far, on its device."""
    if ranks.device.type == "cuda":
        return torch.cuda.max_memory_allocated(ranks.device)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
