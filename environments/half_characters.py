"""Halves of a surrogate pair that stand alone: Python reads them from JSON into a text, but no UTF-8 can hold them."""

from __future__ import annotations

import re

HALF_CHARACTER = re.compile("[\ud800-\udfff]")


def well_formed(text: str) -> str:
    """`text` with U+FFFD for each half that stands alone, and two halves of one character put together."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
