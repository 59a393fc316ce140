"""What a reply says."""

from __future__ import annotations

import re

_SAY = re.compile(r"Say: *(\w+)")


def say(reply: str) -> str | None:
    """What stands after `Say:`; None where nothing does."""
    found = _SAY.search(reply)
    return found[1] if found else None
