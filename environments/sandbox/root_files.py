"""Where the files of an image are, for sandboxes that no container engine makes."""

from __future__ import annotations

import os
import re
from pathlib import Path

from environments.sandbox.settings import IMAGE


def cache_directory() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "agenttuning" / "images"


def rootfs_directory(image: str = IMAGE) -> Path:
    """Where the files of `image` are for bubblewrap. The directory exists only when it is complete."""
    return cache_directory() / re.sub(r"[^A-Za-z0-9.]+", "-", image) / "rootfs"
