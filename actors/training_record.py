"""What a trainer wrote down about a model folder: in its own manifest, or (exports before that) in the manifest of its run.

A folder that no trainer wrote, such as the model before its tuning, has no record: its tokenizer's own template is then the truth.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from actors.trajectory import UserError
from actors.whole_folder import MANIFEST


class Record(NamedTuple):
    """`found` is the manifest that says so, "" where none does; empty fields are not known. `source` is the model before training."""

    found: str = ""
    renderer: str = "auto"
    renderer_fingerprint: str = ""
    system_prompt: str | None = None
    chat_template: str | None = None
    stop_token_ids: tuple[int, ...] = ()
    tokenizer: str = ""
    weights: str = ""
    source: str = ""


def read(model_dir: Path, run: str | None) -> Record:
    """The record of a folder; `run` names its training run where it does not lie inside. Raises `UserError` where that is none."""
    own = _manifest(model_dir, "model")
    weights, source = str(own.get("weights", "")), str(own.get("source", ""))
    trained = own.get("trained")
    if isinstance(trained, dict) and run is None:
        known = {name: trained[name] for name in Record._fields if name in trained}
        stops = tuple(known.pop("stop_token_ids", ()))
        return Record(str(model_dir / MANIFEST), stop_token_ids=stops, weights=weights, source=source, **known)
    place = model_dir.resolve().parent if run is None else Path(run).expanduser()
    of_run = _manifest(place, "training run") if own or run is not None else {}
    if run is not None and not of_run:
        raise UserError(f"--run '{run}' is no training run: its {MANIFEST} is not there or is something else's; give the 'out' of one")
    return _of_run(of_run, place, weights) if of_run else Record(weights=weights, source=source)


def trained_system_prompt(model: str) -> str | None:
    """The system prompt that a model was trained with; None where it had none, or nothing here says so (a name on the hub)."""
    return read(Path(model).expanduser(), None).system_prompt


def _of_run(manifest: dict[str, Any], place: Path, weights: str) -> Record:
    data, config = manifest.get("data", {}), manifest.get("config", {})
    settings = config.get("data", {})
    return Record(
        str(place / MANIFEST),
        renderer=data.get("renderer") or settings.get("renderer", "auto"),
        renderer_fingerprint=data.get("renderer_fingerprint", ""),
        system_prompt=settings.get("system_prompt"),
        chat_template=settings.get("chat_template"),
        weights=weights,
        source=config.get("model", ""),
    )


def _manifest(folder: Path, kind: str) -> dict[str, Any]:
    """The manifest of this kind in a folder; empty if there is none."""
    try:
        content = msgspec.json.decode((folder / MANIFEST).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, msgspec.DecodeError) as error:
        raise UserError(f"'{folder / MANIFEST}' cannot be read ({error}): export the model again with 'python -m train export'") from error
    return content if isinstance(content, dict) and content.get("kind") == kind else {}
