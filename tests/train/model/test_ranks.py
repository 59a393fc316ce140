"""Joining a group of processes, and leaving it."""

from __future__ import annotations

import time
from pathlib import Path

import torch
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import DTensor, Shard

from train.model.ranks import joined


def threads_of_gloo() -> int:
    return sum(path.read_text().startswith("pt_gloo") for path in Path("/proc/self/task").glob("*/comm"))


def test_the_groups_threads_end_with_it() -> None:
    """They would abort the process where they outlive the interpreter; torch's own caches keep what was sharded over a
    group.
    """
    before = threads_of_gloo()
    with joined("cpu"):
        deadline = time.monotonic() + 10  # a thread names itself, when it gets to run
        while threads_of_gloo() == before and time.monotonic() < deadline:
            time.sleep(0.01)
        assert threads_of_gloo() > before
        DTensor.from_local(torch.ones(4), init_device_mesh("cpu", (1,)), [Shard(0)]).full_tensor()
    assert threads_of_gloo() == before
