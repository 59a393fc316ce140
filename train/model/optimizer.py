"""AdamW and its learning rate (SPEC section 4: cosine decay after a linear warm-up)."""

from __future__ import annotations

import importlib
import math
from typing import Any

import torch
import torch.distributed as dist
from torch import nn

from actors.program.user_error import UserError
from train.model import low_memory
from train.settings import Optimizer


def learning_rate(step: int, steps: int, settings: Optimizer) -> float:
    """The rate of step `step` (from 0) of `steps`: linear up over the warm-up's share, then a cosine down to
    `final`.
    """
    warmup = math.ceil(settings.warmup * steps)
    if step < warmup:
        return settings.learning_rate * (step + 1) / warmup
    progress = (step - warmup) / max(1, steps - warmup)
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
    return settings.learning_rate * (settings.final + (1 - settings.final) * cosine)


def build(model: nn.Module, settings: Optimizer, bfloat16: bool) -> torch.optim.Optimizer:
    """AdamW over the parameters that train; weight decay on matrices only.

    Eight-bit moments, and bfloat16 parameters (which take steps smaller than their precision only by stochastic
    rounding), are torchao's; without it a `UserError`. So are eight bits on more than one rank.
    """
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [parameter for parameter in trained if parameter.ndim >= 2], "weight_decay": settings.weight_decay},
        {"params": [parameter for parameter in trained if parameter.ndim < 2], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    common: dict[str, Any] = {"lr": settings.learning_rate, "betas": settings.betas, "eps": settings.eps}
    if settings.state_bits == 32 and not bfloat16:
        return torch.optim.AdamW(groups, **common, fused=True)
    if dist.is_initialized():
        low_memory.refuse_shards(settings, dist.get_world_size())
    optim = _torchao()
    kind = optim.AdamW8bit if settings.state_bits == 8 else optim._AdamW
    built: torch.optim.Optimizer = kind(groups, **common, bf16_stochastic_round=bfloat16)
    return built


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """The learning rate of the next step. torchao's optimisers compile their step and keep it in a tensor."""
    for group in optimizer.param_groups:
        if isinstance(group["lr"], torch.Tensor):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate


def _torchao() -> Any:
    try:
        return importlib.import_module("torchao.optim")
    except ImportError as error:
        raise UserError(low_memory.MISSING) from error
