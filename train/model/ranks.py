"""Who takes part in a training run: this process's rank, and the process group that it shares with the others.

Works under `torchrun`, inside Ray Train (which has made the group already) and alone.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple

import torch
import torch.distributed as dist

# before there is a group: the defaults of its functions keep the one that they find
import torch.distributed.nn.functional
from torch._C._distributed_c10d import HashStore
from torch.distributed.device_mesh import DeviceMesh

from actors.program.user_error import UserError
from train.model import allocator

TIMEOUT = timedelta(minutes=30)  # for one collective: as long as the slowest rank may take to read its shards
BACKENDS = {
    "cuda": "cpu:gloo,cuda:nccl",
    "cpu": "gloo",
}  # gloo beside NCCL: checkpoints are written from the host's memory


class Ranks(NamedTuple):
    """One process of `world`, and its device."""

    rank: int
    world: int
    device: torch.device

    @property
    def first(self) -> bool:
        return self.rank == 0


def device_kind(wanted: str) -> str:
    """'cuda' or 'cpu' for a config's `compute.device`. Raises `UserError` for a CUDA that is not there."""
    if wanted == "cuda" and not torch.cuda.is_available():
        raise UserError(
            "compute.device is 'cuda', but torch finds no CUDA device: set compute.device=cpu, or install torch for"
            " CUDA"
        )
    return ("cuda" if torch.cuda.is_available() else "cpu") if wanted == "auto" else wanted


@contextmanager
def joined(wanted_device: str) -> Iterator[Ranks]:
    """Take part: join the group (or use the one that is there), and leave it if it was made here: what is sharded over
    it goes before.
    """
    made_here = not dist.is_initialized()
    kind = device_kind(wanted_device)
    device = _cuda_device(made_here) if kind == "cuda" else torch.device(kind)
    if kind == "cpu":
        allocator.keep()
    if made_here:
        _make_group(BACKENDS[kind])
    try:
        yield Ranks(dist.get_rank(), dist.get_world_size(), device)
    finally:
        if made_here:
            dist.destroy_process_group()
            _end_threads()


def _end_threads() -> None:
    """Let go of the group for good, since its threads end with it. torch (2.13) keeps every mesh in its caches of
    layouts, and a mesh its groups; a thread of gloo's that drops a tensor while the interpreter ends aborts the process
    (pytorch issue 190489)."""
    for kept in gc.get_objects():
        if type(kept) is DeviceMesh:
            kept._pg_registry.clear()
    gc.collect()


def _cuda_device(made_here: bool) -> torch.device:
    """This process's GPU. Ray Train has set it already: its index among the visible ones need not be LOCAL_RANK (where
    each worker sees its own GPU alone, it is 0)."""
    if made_here:
        local_rank, there = int(os.environ.get("LOCAL_RANK", 0)), torch.cuda.device_count()
        if local_rank >= there:
            raise UserError(
                f"local rank {local_rank} has no GPU: this machine shows {there}; start no more processes than that"
            )
        torch.cuda.set_device(local_rank)
    return torch.device("cuda", torch.cuda.current_device())


def _make_group(backend: str) -> None:
    if "RANK" in os.environ:
        dist.init_process_group(backend, timeout=TIMEOUT)
    else:
        dist.init_process_group(backend, store=HashStore(), rank=0, world_size=1, timeout=TIMEOUT)
