"""How many of a reply's sampled tokens spell the beginning of it that was kept."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

_SLACK = 4
"""A character of several tokens decodes to up to three marks until its last one: so far lengths may be out of order."""


def tokens_of(text: str, ids: Sequence[int], decode: Callable[[Sequence[int]], str]) -> int | None:
    """The fewest of `ids` that decode to exactly `text`; None where a token spans its end."""
    near = bisect_left(range(len(ids) + 1), len(text), key=lambda count: len(decode(ids[:count])))
    counts = range(max(0, near - _SLACK), min(len(ids), near + _SLACK) + 1)
    return next((count for count in counts if decode(ids[:count]) == text), None)
