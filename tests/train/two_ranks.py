"""Runs a function in two processes that share a gloo group: for the tests of what is sharded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
import torch.multiprocessing

RANKS = 2


def in_two_ranks(run: Callable[..., None], folder: Path, *arguments: Any) -> None:
    """`run(rank, folder, *arguments)` in each, of an importable module; what it finds it writes into `folder`. Fails if
    one fails.
    """
    torch.multiprocessing.spawn(_one_rank, (run, folder, arguments), nprocs=RANKS)


def _one_rank(rank: int, run: Callable[..., None], folder: Path, arguments: tuple[Any, ...]) -> None:
    torch.set_num_threads(1)
    store = dist.FileStore(str(folder / "store"), RANKS)
    dist.init_process_group("gloo", store=store, rank=rank, world_size=RANKS, timeout=timedelta(seconds=60))
    dist.barrier()  # one that fails at once must not be gone while the other still connects to it
    try:
        run(rank, folder, *arguments)
    finally:
        dist.destroy_process_group()
