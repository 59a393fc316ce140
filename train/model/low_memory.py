"""What saves an optimizer's memory and needs torchao: eight-bit moments, and bfloat16 parameters with stochastic
rounding. Read by the plan, which must not wait for torch.
"""

from __future__ import annotations

import importlib.util

from actors.program.user_error import UserError
from train.settings import Optimizer

TORCHAO = "pip install 'torchao>=0.18'"
MISSING = (
    f"optimizer.state_bits=8 and compute.precision=bfloat16 need torchao: {TORCHAO} (this project's extra 'low-memory')"
)


def lacks_torchao() -> bool:
    return importlib.util.find_spec("torchao") is None


def refuse_shards(settings: Optimizer, workers: int) -> None:
    """Raises `UserError` for eight-bit moments on more workers than one."""
    if settings.state_bits == 8 and workers > 1:
        raise UserError(
            f"optimizer.state_bits=8 on {workers} workers: torchao's sharded 8-bit moments cannot be checkpointed; take"
            " state_bits=32 (with compute.precision=bfloat16, or optimizer.offload=true, where memory is short), or"
            " one worker"
        )
