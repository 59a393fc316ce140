"""The model spread over the ranks: FSDP2 by block, HSDP where asked; recomputed activations; compiled blocks.

A sharded model's gradients are FSDP2's: the mean over all ranks, copies included. Who wants the sum multiplies the loss
by their number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.distributed as dist
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh
from torch.distributed.fsdp import CPUOffloadPolicy, MixedPrecisionPolicy, OffloadPolicy, fully_shard
from torch.utils.checkpoint import checkpoint

from actors.program.user_error import UserError
from train.attention import backend
from train.model.devices import cpu_multiplies_bfloat16
from train.model.model import PackedModel, Precision
from train.model.ranks import Ranks
from train.model.working_copy import WorkingCopy
from train.settings import Compute


def precision(compute: Compute, device: torch.device) -> Precision:
    """'auto' is 'mixed' where the device multiplies bfloat16: on CUDA, and on a CPU with the instructions; elsewhere
    'float32'.
    """
    if compute.precision != "auto":
        return compute.precision
    return "mixed" if device.type == "cuda" or cpu_multiplies_bfloat16() else "float32"


def refuse_unlike(chosen: Precision, ranks: Ranks) -> None:
    """Raises `UserError`, on every rank, where 'auto' does not mean the same on the CPUs of all."""
    mixed = torch.tensor([float(chosen == "mixed")], device=ranks.device)
    dist.all_reduce(mixed)
    if 0 < (number := int(mixed)) < ranks.world:
        raise UserError(
            f"compute.precision 'auto': the CPUs of {number} of {ranks.world} workers have bfloat16 instructions, the"
            " others have not; set compute.precision=float32 (or mixed)"
        )


def compute_dtype(chosen: Precision) -> torch.dtype:
    return torch.float32 if chosen == "float32" else torch.bfloat16


def alone(compute: Compute, device: torch.device, ranks: int, offload: bool) -> bool:
    """Whether the process has nobody to share with, so that FSDP2 would only copy. 'mixed' on CUDA keeps FSDP2, which
    casts a block at a time: a copy of all weights costs memory that is dearer there."""
    return ranks == 1 and not offload and (device.type == "cpu" or precision(compute, device) != "mixed")


def mesh(compute: Compute, device: torch.device, ranks: int) -> DeviceMesh:
    """One dimension (FSDP), or copies of the model by shards of each (HSDP). Needs the process group, of one rank too.

    Raises `UserError` if `compute.hsdp_shards` does not divide the number of ranks.
    """
    shards = compute.hsdp_shards or ranks
    if ranks % shards:
        raise UserError(
            f"compute.hsdp_shards is {shards}, which does not divide the {ranks} workers: take a divisor, or 0 for all"
        )
    if shards == ranks:
        return init_device_mesh(device.type, (ranks,), mesh_dim_names=("shard",))
    return init_device_mesh(device.type, (ranks // shards, shards), mesh_dim_names=("replicate", "shard"))


def apply(
    model: PackedModel,
    compute: Compute,
    mesh: DeviceMesh | None,
    device: torch.device,
    *,
    offload: bool = False,
    shared_prefixes: bool = False,
) -> None:
    """Prepare the blocks as `compute` says and shard the model, still on the meta device, over `mesh`; weights are
    loaded after.

    Chooses the attention's backend on the way; `shared_prefixes`: batches may have parents. Raises `UserError` where it
    can't do that. Without a mesh nothing is sharded: one process, whole parameters, for 'mixed' with a copy of them
    (`train.model.working_copy`). Then `offload`, which FSDP2 provides, raises ValueError.
    """
    chosen = precision(compute, device)
    model.backend = backend(compute.attention, device, compute_dtype(chosen), shared_prefixes)
    for number, block in enumerate(model.blocks):
        if compute.compile:
            block.forward = torch.compile(block.forward)
        if compute.checkpointing == "every" or (compute.checkpointing == "alternate" and number % 2 == 0):
            block.forward = _recomputed(block.forward)
    if mesh is None:
        if offload:
            raise ValueError("offloading needs a mesh, if only of one rank")
        if chosen == "mixed":
            model.computing = WorkingCopy(model)
        return
    _shard(
        model,
        mesh,
        _mixed_precision(chosen),
        CPUOffloadPolicy(pin_memory=device.type == "cuda") if offload else OffloadPolicy(),
    )


def _recomputed(forward: Callable[..., Any]) -> Callable[..., Any]:
    """Around the compiled block, and inside FSDP's hooks: its weights are there when the backward recomputes. No
    dropout, no RNG.
    """

    def run(*args: Any, **kwargs: Any) -> Any:
        return checkpoint(forward, *args, use_reentrant=False, preserve_rng_state=False, **kwargs)

    return run


def _mixed_precision(chosen: Precision) -> MixedPrecisionPolicy:
    if chosen == "float32":
        return MixedPrecisionPolicy()
    return MixedPrecisionPolicy(param_dtype=torch.bfloat16, reduce_dtype=torch.float32 if chosen == "mixed" else None)


def _shard(model: PackedModel, mesh: DeviceMesh, policy: MixedPrecisionPolicy, offload: OffloadPolicy) -> None:
    for block in model.blocks:
        fully_shard(block, mesh=mesh, mp_policy=policy, offload_policy=offload)
    fully_shard(model, mesh=mesh, mp_policy=policy, offload_policy=offload)
