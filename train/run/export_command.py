"""`python -m train export RUN [--step N] [--out DIR]`: a checkpoint of a run as a Hugging Face folder. Without Ray.

A finished run has written its last one itself (RUN/model); this is for those before it, and for a run that was stopped.
One process is enough for a model that fits its memory; a larger one is gathered tensor by tensor from several:

    torchrun --nproc-per-node 8 -m train export RUN
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from actors.program.configuration import check, with_overrides
from actors.program.terminal import console
from actors.program.user_error import UserError
from train.run.run_folder import KIND, MANIFEST, Found, committed
from train.settings import TrainSettings

if TYPE_CHECKING:
    from train.model.ranks import Ranks


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", help="the folder of a run: its config's 'out'")
    parser.add_argument(
        "overrides",
        nargs="*",
        metavar="key=value",
        help="changes to its config, such as model=DIR where that has moved",
    )
    parser.add_argument("--step", type=int, metavar="N", help="which checkpoint (default: the newest)")
    parser.add_argument("--out", metavar="DIR", help="the folder to write (default: RUN/model-step-N)")


def run(arguments: argparse.Namespace) -> int:
    place = Path(arguments.run).expanduser()
    config = _config(place)
    trained = check(config, TrainSettings, str(place / MANIFEST))
    settings = check(with_overrides(config, arguments.overrides), TrainSettings, str(place / MANIFEST))
    found = _chosen(place, arguments.step)
    out = Path(arguments.out).expanduser() if arguments.out else place / f"model-step-{found.commit.step:06d}"
    if _write(found, settings, trained, out):
        console().print(f"step {found.commit.step}: {out}", soft_wrap=True)
    return 0


def _config(place: Path) -> dict[str, Any]:
    """The config that a run wrote down."""
    try:
        manifest = msgspec.json.decode((place / MANIFEST).read_bytes())
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not JSON"
        raise UserError(f"'{place}' is no training run (its {MANIFEST}: {reason}): give the 'out' of one") from error
    config = manifest.get("config") if isinstance(manifest, dict) and manifest.get("kind") == KIND else None
    if not isinstance(config, dict):
        raise UserError(f"'{place}' is no training run (its {MANIFEST} is something else's): give the 'out' of one")
    return config


def _chosen(place: Path, step: int | None) -> Found:
    found = {entry.commit.step: entry for entry in committed(place)}
    if not found:
        raise UserError(
            f"run '{place}' has no committed checkpoint yet: let it run until one is written"
            " ('checkpoints.every_steps')"
        )
    if step is not None and step not in found:
        raise UserError(
            f"run '{place}' has no checkpoint of step {step}: there are those of {', '.join(map(str, found))}"
        )
    return found[max(found) if step is None else step]


def _write(found: Found, settings: TrainSettings, trained: TrainSettings, out: Path) -> bool:
    """Every rank's part; whether this is the one that speaks."""
    from train.model import weights
    from train.model.model import configuration
    from train.model.ranks import joined

    configuration(settings.model)
    if found.commit.identity.get("model") != weights.fingerprint(settings.model):
        raise UserError(
            f"model '{settings.model}' is not the one that '{found.path}' began with: name that with model=DIR"
        )
    with joined(settings.compute.device) as ranks:
        _write_share(found, settings, trained, out, ranks)
    return ranks.first


def _write_share(found: Found, settings: TrainSettings, trained: TrainSettings, out: Path, ranks: Ranks) -> None:
    import torch
    from torch.distributed.checkpoint.state_dict import get_model_state_dict, set_model_state_dict

    from train.model import sharding, trained_model
    from train.renderers import of_settings
    from train.run import checkpoint

    renderer = of_settings(settings)
    model = trained_model.assembled(_plainest(settings), ranks)
    options = trained_model.state_options(settings)
    state = {"model": get_model_state_dict(model, options=options)}
    checkpoint.load(found, state)
    set_model_state_dict(model, state["model"], options=options)
    there = trained.compute.device  # which decided what 'auto' precision was
    device = ranks.device if there == "auto" else torch.device(there)
    trained_model.write(
        model, settings, renderer, out, sharding.compute_dtype(sharding.precision(trained.compute, device))
    )


def _plainest(settings: TrainSettings) -> TrainSettings:
    """Nothing is computed with the model, so what its computing needs (CUDA, for some) need not be here."""
    plain = {"attention": "auto", "compile": False, "checkpointing": "none", "hsdp_shards": 0}
    return settings.model_copy(
        update={
            "compute": settings.compute.model_copy(update=plain),
            "optimizer": settings.optimizer.model_copy(update={"offload": False}),
        }
    )
