"""How much memory this process may take: of its GPU, or what is free on the machine within the container's limit."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import psutil

from actors.program.user_error import UserError

# Of cgroup v2 and v1: the limit and what is used of it.
_LIMITS = (
    ("sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory.current"),
    ("sys/fs/cgroup/memory/memory.limit_in_bytes", "sys/fs/cgroup/memory/memory.usage_in_bytes"),
)


class DeviceMemory(NamedTuple):
    cuda: bool
    total: int  # bytes


def device_memory(wanted: str) -> DeviceMemory:
    """Of the device that `compute.device` ('auto', 'cpu', 'cuda') means here.

    Raises `UserError` for a CUDA that is not there.
    """
    import torch

    if wanted == "cuda" and not torch.cuda.is_available():
        raise UserError(
            "compute.device is 'cuda', but torch finds no CUDA device: set compute.device=cpu, or install torch for"
            " CUDA"
        )
    if wanted == "cpu" or not torch.cuda.is_available():
        return DeviceMemory(False, host_memory())
    return DeviceMemory(True, torch.cuda.get_device_properties(torch.cuda.current_device()).total_memory)


def host_memory(root: Path = Path("/")) -> int:
    """Bytes that are free here: the machine's, or the container's where its limit is lower."""
    free = psutil.virtual_memory().available
    for limit_file, used_file in _LIMITS:
        limit, used = _number(root / limit_file), _number(root / used_file)
        if limit is not None and used is not None:
            free = min(free, max(0, limit - used))
    return int(free)


def _number(file: Path) -> int | None:
    """What a cgroup's file says; None where there is no such file or no limit ('max')."""
    try:
        text = file.read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None
