"""What a trainer wrote down about a model folder: in its own manifest, or (exports before that) in the manifest of its
run.

A folder that no trainer wrote, such as the model before its tuning, has no record: its tokenizer's own template is then
the truth.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from actors.files import json_files
from actors.files.atomic_folder import MANIFEST
from actors.program.user_error import UserError

Form = TypeVar("Form")


class Record(NamedTuple):
    """`found` is the manifest that says so, "" where none does; empty fields are not known.

    `source` is the model before training.
    """

    found: str = ""
    renderer: str = "auto"
    renderer_fingerprint: str = ""
    system_prompt: str | None = None
    chat_template: str | None = None
    stop_token_ids: tuple[int, ...] = ()
    tokenizer: str = ""
    weights: str = ""
    source: str = ""


class _Trained(msgspec.Struct):
    """What an export says of how its model was trained."""

    renderer: str = "auto"
    renderer_fingerprint: str = ""
    system_prompt: str | None = None
    chat_template: str | None = None
    stop_token_ids: tuple[int, ...] = ()
    tokenizer: str = ""


class _Model(msgspec.Struct):
    weights: str = ""
    source: str = ""
    trained: _Trained | None = None


class _RunData(msgspec.Struct, frozen=True):
    renderer: str | None = None
    renderer_fingerprint: str = ""


class _DataSettings(msgspec.Struct, frozen=True):
    renderer: str = "auto"
    system_prompt: str | None = None
    chat_template: str | None = None


class _Config(msgspec.Struct, frozen=True):
    model: str = ""
    data: _DataSettings = _DataSettings()


class _Run(msgspec.Struct):
    data: _RunData = _RunData()
    config: _Config = _Config()


def read(model_dir: Path, run: str | None) -> Record:
    """The record of a folder; `run` names its training run where it does not lie inside.

    Raises `UserError` where that is none.
    """
    own = _manifest(model_dir, "model", _Model)
    weights, source = (own.weights, own.source) if own else ("", "")
    if own and own.trained is not None and run is None:
        return Record(str(model_dir / MANIFEST), **msgspec.structs.asdict(own.trained), weights=weights, source=source)
    place = model_dir.resolve().parent if run is None else Path(run).expanduser()
    of_run = _manifest(place, "training run", _Run) if own or run is not None else None
    if run is not None and of_run is None:
        raise UserError(
            f"--run '{run}' is no training run: its {MANIFEST} is not there or is something else's; give the 'out'"
            " of one"
        )
    return _of_run(of_run, place, weights) if of_run else Record(weights=weights, source=source)


def trained_system_prompt(model: str) -> str | None:
    """The system prompt that a model was trained with; None where it had none, or nothing here says so (a name on the
    hub).
    """
    return read(Path(model).expanduser(), None).system_prompt


def _of_run(manifest: _Run, place: Path, weights: str) -> Record:
    data, settings = manifest.data, manifest.config.data
    return Record(
        str(place / MANIFEST),
        renderer=data.renderer or settings.renderer,
        renderer_fingerprint=data.renderer_fingerprint,
        system_prompt=settings.system_prompt,
        chat_template=settings.chat_template,
        weights=weights,
        source=manifest.config.model,
    )


def _manifest(folder: Path, kind: str, form: type[Form]) -> Form | None:
    """The manifest of this kind in a folder; None if there is none."""
    what, advice = f"the manifest of a {kind}", "export the model again with 'python -m train export'"
    found = json_files.read(folder / MANIFEST, dict[str, Any], what, advice)
    if found is None or found.get("kind") != kind:
        return None
    return json_files.convert(found, form, str(folder / MANIFEST), what, advice)
