"""The version of this project: of the installed package, or of the source tree that runs."""

from __future__ import annotations

import tomllib
from importlib import metadata
from pathlib import Path

PACKAGE = "agenttuning"
_PROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"


def version() -> str:
    """A source tree's own, though another may be installed beside it."""
    if _PROJECT.is_file():
        project = tomllib.loads(_PROJECT.read_text())["project"]
        if project["name"] == PACKAGE:
            return str(project["version"])
    return metadata.version(PACKAGE)
