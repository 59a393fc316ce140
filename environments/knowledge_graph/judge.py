"""The reward: F1 of the final answer's set against the gold set; exact match and executability beside it (SPEC 2.4)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

LIMIT_NUMBER_CHARS = 60


class Verdict(NamedTuple):
    """`executable`: the final answer's program gave something."""

    f1: float
    exact_match: bool
    executable: bool


def judge(predicted: Iterable[str], gold: Iterable[str]) -> Verdict:
    """Compare two sets of ids or values. An empty prediction, or an empty gold set, earns nothing."""
    found, right = {canonical(value) for value in predicted}, {canonical(value) for value in gold}
    hits = len(found & right)
    f1 = 2 * hits / (len(found) + len(right)) if hits else 0.0
    return Verdict(f1, bool(found) and found == right, bool(found))


def canonical(value: str) -> str:
    """One spelling for every number (`1.5e+09`, `1500000000` and `1500000000.0` come from three engines), all else as
    it is.
    """
    if len(value) > LIMIT_NUMBER_CHARS or not value.isascii() or not value.strip("+-")[:1].isdigit():
        return value
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    if abs(number.adjusted()) > LIMIT_NUMBER_CHARS:
        return value
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) if number else "0"
