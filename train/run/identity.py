"""What a run that goes on must share with the checkpoint it goes on from, so that its curve is the one it would have
been.
"""

from __future__ import annotations

from typing import Any

from actors.program.user_error import UserError
from train.settings import TrainSettings


def identity(
    settings: TrainSettings, data_fingerprint: str, model_fingerprint: str, steps: int, precision: str
) -> dict[str, Any]:
    """Everything that numbers depend on, by its name in the config. Workers, devices, memory and logging are free to
    change.

    `precision` is the one that 'auto' means here: on another device it would be another.
    """
    optimizer = settings.optimizer.model_dump(mode="json", exclude={"offload"})
    return {
        "model": model_fingerprint,
        "data": data_fingerprint,
        "steps": steps,
        "seed": settings.seed,
        "data.eta": settings.data.eta,
        "data.ratio_counts": settings.data.ratio_counts,
        "data.label_weights": settings.data.label_weights,
        "batch.sequences": settings.batch.sequences,
        "batch.sequence_tokens": settings.batch.sequence_tokens,
        "packing.window": settings.packing.window,
        "packing.shared_prefixes": settings.packing.shared_prefixes,
        "compute.precision": precision,
        "freeze_embeddings": settings.freeze_embeddings,
        "lora": settings.lora.model_dump(mode="json") if settings.lora else None,
        **{f"optimizer.{name}": value for name, value in optimizer.items()},
    }


def refuse_other(path: object, then: dict[str, Any], now: dict[str, Any]) -> None:
    """Raises `UserError` naming the first thing in which the checkpoint at `path` differs from this run."""
    for name in now:
        if then.get(name) == now[name]:
            continue
        if name == "data":
            said = "the data, the tokenizer or the renderer have changed since (another fingerprint)"
        else:
            said = f"it was written with {name}={then.get(name)!r}, this run has {now[name]!r}"
        raise UserError(f"cannot go on from the checkpoint '{path}': {said}; set it back, or give another 'out'")
