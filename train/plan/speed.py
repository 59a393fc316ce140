"""How fast a run may be: the shares of a device's peak that others have published, as a range.

All of them by the full-square formula, 6N + 12·L·h·t FLOPs a token (flops.py: 'square'), without what is recomputed:

- IBM's fms-fsdp, Llama-2 at 4,096 tokens, compiled: on 96 H100 46, 43 and 38 %, on 128 A100 68, 61 and 55 % for
  7B, 13B and 70B (9,600, 4,850 and 890 tokens/s a GPU on the H100s).
- torchtitan, Llama-3.1-8B at 8,192 tokens on 8 H100: 33 % eager (5,762 tokens/s a GPU), 38 % compiled (6,667).

The upper end is fms-fsdp's at the model's size; the lower end lies below it as torchtitan's does. Without compiling
both are what torchtitan's eager run is to its compiled one. Blocks that are recomputed cost their forward products
again, which lowers the lower end alone: the published runs recomputed some, too. For devices with no published run
the shares of an H100 are assumed.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

from train.model.devices import Device
from train.settings import Compute

TORCHTITAN_EAGER, TORCHTITAN_COMPILED = 5_762, 6_667  # tokens/s a GPU
TORCHTITAN_SHARE, FMS_FSDP_SHARE = 0.38, 0.46  # of the same peak, of about the same size, compiled
FORWARD = 1 / 3  # of a step's FLOPs
CPU_FLOAT32 = (0.6, 0.75)
CPU_BFLOAT16 = (0.3, 0.45)  # the products are so fast there that what is no product takes the larger part


class Reached(NamedTuple):
    """A range of MFU by the full-square formula, and where it is from."""

    low: float
    high: float
    source: str


def expected(device: Device, parameters: int, compute: Compute, *, bfloat16: bool) -> Reached:
    """What a model of that size may reach on `device`."""
    found = _of_cpu(device, bfloat16) if device.cpu else _of_gpu(device, parameters, compute.compile)
    again = {"none": 0.0, "alternate": 0.5, "every": 1.0}[compute.checkpointing] * FORWARD
    return found._replace(low=found.low / (1 + again))


def _of_cpu(device: Device, bfloat16: bool) -> Reached:
    low, high = CPU_BFLOAT16 if bfloat16 else CPU_FLOAT32
    return Reached(low, high, device.source)


def _of_gpu(device: Device, parameters: int, compiled: bool) -> Reached:
    high = _of_size(device.reached, parameters)
    low = high * TORCHTITAN_SHARE / FMS_FSDP_SHARE
    if compiled:
        return Reached(low, high, f"{device.source}, compiled")
    eager = TORCHTITAN_EAGER / TORCHTITAN_COMPILED
    return Reached(low * eager, high * eager, f"{device.source}, not compiled")


def _of_size(reached: tuple[tuple[float, float], ...], parameters: int) -> float:
    """Between the published sizes by the logarithm of the size; beyond them the nearest."""
    if parameters <= reached[0][0]:
        return reached[0][1]
    for (below, share), (above, next_share) in pairwise(reached):
        if parameters <= above:
            part = math.log(parameters / below) / math.log(above / below)
            return share + part * (next_share - share)
    return reached[-1][1]


class Span(NamedTuple):
    """Seconds or hours: at best and at worst."""

    least: float
    most: float


LINK = 12e9  # bytes/s between a GPU and its host, each way, at worst: PCIe 3 with 16 lanes, less what is lost
ADAM = (4e9, 40e9)  # bytes/s of host memory that one worker's AdamW gets, of a socket that several share
ADAM_TOUCHES = 7  # numbers a parameter: weight, gradient and two moments read, three of them written


def of_offloading(trained: int, frozen: int, bytes_each: int, micro_steps: float) -> Span:
    """Seconds of a step that keeping `trained` and `frozen` numbers of a rank on its host costs: in every micro-step
    the weights go up for the forward and for the backward and the gradients come down; AdamW then runs on the host. At
    best what is carried hides behind the products, at worst nothing does.
    """
    carried = (2 * (trained + frozen) + trained) * bytes_each * micro_steps
    updated = ADAM_TOUCHES * trained * bytes_each
    return Span(updated / ADAM[1], carried / LINK + updated / ADAM[0])
