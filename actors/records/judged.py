"""What a judge expected beside what it got, as a record's `details` say it.

Judges write `expected` and `answer`, and `found` where not the answer but the state of a machine or of tables was
judged. An episode that never came to a judge has neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

EXPECTED, ANSWER, FOUND = "expected", "answer", "found"


class Judged(NamedTuple):
    """Both as text; "nothing" for an answer that is empty, "not recorded" for what the record does not say."""

    expected: str
    answered: str


def judged(details: Mapping[str, Any]) -> Judged | None:
    """None where the record says neither."""
    if not details.keys() & {EXPECTED, ANSWER, FOUND}:
        return None
    return Judged(_text(details.get(EXPECTED)), _text(details.get(FOUND, details.get(ANSWER))))


def _text(value: Any) -> str:
    if value is None:
        return "not recorded"
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return text.strip() or "nothing"
