"""Whether a folder holds a model at all: asked before a minute goes into the imports of what would read it."""

from __future__ import annotations

from pathlib import Path

from actors.program.user_error import UserError


def require_model_folder(model_dir: str) -> None:
    """Raises `UserError` where there is no config.json."""
    if not (Path(model_dir) / "config.json").is_file():
        advice = "give a Hugging Face folder, such as RUN/model that a training run wrote"
        raise UserError(f"'{model_dir}' is no model folder: it has no config.json; {advice}")
