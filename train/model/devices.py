"""What a device can do at best: dense bfloat16 FLOP/s, memory, and which share of its peak others have reached in
training.

Peaks are the makers' data sheets, without sparsity: H100 and H200 (SXM 989.4, NVL 835, PCIe 756 TFLOP/s), A100 312,
L40S 362, L4 121, A10 125, B200 2,250 (HGX B200: 36 PFLOP/s for eight with sparsity, halved), GeForce RTX 4090 165.2
(Ada white paper, FP32 accumulation). Memory is what a program finds of it, a little less than what is printed on the
box. The shares that were reached are fms-fsdp's for Llama-2 (train/plan/speed.py); where none is published an H100's
are assumed, and told so.
"""

from __future__ import annotations

import difflib
import os
import re
import time
from typing import NamedTuple

from actors.program.user_error import UserError

GIB = 1 << 30


class Device(NamedTuple):
    """`peak` in FLOP/s (0: measured on this machine), `memory` in bytes (0: what this machine has), `reached` by a
    model's parameters the share of the peak.
    """

    name: str
    title: str
    peak: float
    memory: int
    reached: tuple[tuple[float, float], ...]
    source: str

    @property
    def cpu(self) -> bool:
        return self.name == "cpu"


_H100 = ((7e9, 0.46), (13e9, 0.43), (70e9, 0.38))
_A100 = ((7e9, 0.68), (13e9, 0.61), (70e9, 0.55))
_PUBLISHED = "from published runs with FSDP: fms-fsdp, torchtitan"
_ASSUMED = "assumed, as on an H100"


def _gpu(
    name: str,
    title: str,
    tflops: float,
    gib: float,
    reached: tuple[tuple[float, float], ...] = _H100,
    source: str = _ASSUMED,
) -> Device:
    return Device(name=name, title=title, peak=tflops * 1e12, memory=int(gib * GIB), reached=reached, source=source)


DEVICES = {
    device.name: device
    for device in (
        _gpu("h100-80gb", "H100 SXM 80 GB", 989.4, 79.1, source=_PUBLISHED),
        _gpu("h100-nvl", "H100 NVL 94 GB", 835, 93.0),
        _gpu("h100-pcie", "H100 PCIe 80 GB", 756, 79.1),
        _gpu("h200", "H200 141 GB", 989.4, 139.7),
        _gpu("b200", "B200 180 GB", 2250, 178.0),
        _gpu("a100-80gb", "A100 80 GB", 312, 79.1, _A100, _PUBLISHED),
        _gpu("a100-40gb", "A100 40 GB", 312, 39.3, _A100, "assumed, as with 80 GB"),
        _gpu("l40s", "L40S 48 GB", 362, 44.3),
        _gpu("a10", "A10 24 GB", 125, 22.0),
        _gpu("l4", "L4 24 GB", 121, 22.0),
        _gpu("rtx-4090", "RTX 4090 24 GB", 165.2, 23.6),
        Device(name="cpu", title="CPU", peak=0.0, memory=0, reached=(), source="assumed"),
    )
}

# What CUDA calls them, in full: an A10G is no A10, an L40 no L4.
_NAMES = {
    r"NVIDIA H100 80GB HBM3": "h100-80gb",
    r"NVIDIA H100 NVL": "h100-nvl",
    r"NVIDIA H100 PCIe": "h100-pcie",
    r"NVIDIA H200": "h200",
    r"NVIDIA B200": "b200",
    r"(NVIDIA )?A100(-SXM4-80GB| 80GB PCIe|-SXM-80GB)": "a100-80gb",
    r"(NVIDIA )?A100-(SXM4|PCIE)-40GB": "a100-40gb",
    r"NVIDIA L40S": "l40s",
    r"NVIDIA GeForce RTX 4090": "rtx-4090",
    r"NVIDIA A10": "a10",
    r"NVIDIA L4": "l4",
}


def device_of(name: str) -> Device:
    """The device of that name. Raises `UserError` for an unknown one."""
    if name in DEVICES:
        return DEVICES[name]
    near = difflib.get_close_matches(name.lower(), DEVICES, n=1, cutoff=0.5)
    raise UserError(
        f"unknown device '{name}': " + (f"did you mean '{near[0]}'?" if near else f"known are {', '.join(DEVICES)}")
    )


def known_device(cuda_name: str) -> Device | None:
    """The device that `torch.cuda.get_device_name()` means; None if it is not in the table."""
    return next((DEVICES[name] for pattern, name in _NAMES.items() if re.fullmatch(pattern, cuda_name)), None)


def cpu_multiplies_bfloat16() -> bool:
    """Whether this machine's CPU has instructions for it (AVX512-BF16 or AMX).

    Without them torch emulates it, slower than float32.
    """
    import torch

    has = torch.cpu.get_capabilities()
    return bool(has.get("avx512_bf16") or has.get("amx_bf16"))


def measured_peak(size: int = 1536, budget_s: float = 0.5, *, bfloat16: bool = False) -> float:
    """FLOP/s of this machine's CPU with all of torch's threads: the best of the square matrix products, in float32 or
    `bfloat16`, that fit `budget_s`."""
    import torch

    dtype = torch.bfloat16 if bfloat16 else torch.float32
    left, right = torch.rand(size, size).to(dtype), torch.rand(size, size).to(dtype)
    best, ends = float("inf"), time.perf_counter() + budget_s
    torch.mm(left, right)  # the first one also wakes the threads
    while True:
        begun = time.perf_counter()
        torch.mm(left, right)
        best = min(best, time.perf_counter() - begun)
        if time.perf_counter() >= ends:
            return 2 * size**3 / best


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
