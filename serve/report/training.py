"""What a training run says of itself: its manifest and its log, as facts to print.

The log has every `logging.every_steps`-th step; sums over it say so where that is not each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from actors.files import json_files
from actors.program.user_error import UserError
from serve.tables.formats import NONE
from train.log import run_log

MANIFEST = "manifest.json"


class Stream(NamedTuple):
    """One kind of conversations in the mixture. Losses in nats a trained token; a dash where none was measured."""

    name: str
    conversations: int
    tokens: int
    trained_tokens: int
    loss: str
    held_out_loss: str


class Training(NamedTuple):
    """One run: facts by name, and what it was trained on by stream."""

    name: str
    facts: dict[str, str]
    streams: list[Stream]


def training(folder: str) -> Training:
    """Of the folder that `python -m train run` wrote. Raises `UserError` for one that is none."""
    place = Path(folder)
    manifest = _manifest(place)
    try:
        steps, held_out = run_log.read(place), run_log.read(place, "held_out")
        if not steps:
            raise UserError(f"the training run in '{folder}' has logged no step yet: report it when it is further")
        facts = dict(_facts(manifest["config"], manifest["identity"], steps))
        return Training(place.resolve().name, facts, list(_streams(manifest["data"]["streams"], steps, held_out)))
    except (
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
        RecursionError,
    ) as error:  # of another program's hand, or another version's
        said = f"its {MANIFEST} or its log says something else than a training run's ({type(error).__name__}: {error})"
        raise UserError(
            f"'{folder}' cannot be reported: {said}; give the folder that 'python -m train run' wrote"
        ) from error


def _manifest(place: Path) -> dict[str, Any]:
    advice = "give the folder that 'python -m train run' wrote (its config's 'out')"
    manifest = json_files.read(place / MANIFEST, dict[str, Any], "a training run's manifest", advice)
    if manifest is None or manifest.get("kind") != "training run":
        raise UserError(f"'{place}' is no training run: {advice}")
    return manifest


def _facts(
    config: dict[str, Any], identity: dict[str, Any], steps: Sequence[dict[str, Any]]
) -> Iterator[tuple[str, str]]:
    last, of = steps[-1], identity["steps"]
    batch, optimizer, lora = config["batch"], config["optimizer"], config["lora"]
    yield "model", Path(config["model"]).name
    weights = "all weights but embeddings and output matrix" if config.get("freeze_embeddings") else "all weights"
    yield "what is tuned", f"adapters of rank {lora['rank']} (LoRA)" if lora else weights
    yield (
        "steps",
        f"{last['step']:,}" if last["step"] == of else f"{last['step']:,} of {of:,}: this run is not at its end",
    )
    yield "a step", f"{batch['sequences']} sequences of at most {batch['sequence_tokens']:,} tokens"
    yield "η", f"{config['data']['eta']:g} of the {config['data']['ratio_counts']}"
    came_out = ", ".join(f"{share:.3f} of the {name.replace('_', ' ')}" for name, share in last["eta"].items())
    yield "η as it came out", came_out
    tokens = {kind: sum(step["tokens"][kind] for step in steps) for kind in ("computed", "trained")}
    logged = "" if len(steps) == last["step"] else f" in the {len(steps):,} steps that were logged"
    yield "tokens", f"{tokens['computed']:,} computed, {tokens['trained']:,} trained on{logged}"
    yield (
        "learning rate",
        f"{optimizer['learning_rate']:g} at its peak, warm-up {100 * optimizer['warmup']:g} % of the steps",
    )
    yield "precision", identity["compute.precision"]
    yield "time in steps", f"{timedelta(seconds=round(sum(step['seconds']['step'] for step in steps)))}{logged}"


def _streams(
    entries: Sequence[dict[str, Any]], steps: Sequence[dict[str, Any]], held_out: Sequence[dict[str, Any]]
) -> Iterator[Stream]:
    for entry in entries:
        name = f"{entry['side']}/{entry['label']}"
        losses = [step["loss_by_stream"][name] for step in steps if name in step["loss_by_stream"]]
        measured = [step["loss"][name] for step in held_out if name in step["loss"]]
        yield Stream(
            name=name,
            conversations=entry["documents"],
            tokens=entry["tokens"],
            trained_tokens=entry["trained_tokens"],
            loss=_from_to(losses),
            held_out_loss=_from_to(measured),
        )


def _from_to(values: Sequence[float]) -> str:
    return f"{values[0]:.3f} → {values[-1]:.3f}" if values else NONE
