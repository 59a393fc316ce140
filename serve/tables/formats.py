"""How scores are written: the same by `evaluate`, `compare` and `report`, in the terminal, in markdown and on the
page.
"""

from __future__ import annotations

import math
from typing import Protocol

NONE = "–"


class Range(Protocol):
    """The ends of a 95 % interval; NaN where there was nothing to measure."""

    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


class Measured(Range, Protocol):
    """A value with its 95 % interval, over `number` tasks, conversations or items."""

    @property
    def value(self) -> float: ...
    @property
    def number(self) -> int: ...


def score(value: float) -> str:
    """Three digits, or a dash where there was nothing to measure."""
    return NONE if math.isnan(value) else f"{value:.3f}"


def signed(value: float) -> str:
    """With its sign, unless it rounds to nothing; minus as typographers set it."""
    digits = score(abs(value))
    return digits if not digits.strip("0.–") else ("+" if value > 0 else "−") + digits


def interval(found: Range) -> str:
    return NONE if math.isnan(found.low) else f"{score(found.low)} to {score(found.high)}"


def signed_interval(found: Range) -> str:
    return NONE if math.isnan(found.low) else f"{signed(found.low)} to {signed(found.high)}"


def mean(total: float, count: int, digits: int = 2) -> str:
    """An average, or a dash where there is nothing to average."""
    return f"{total / count:,.{digits}f}" if count else NONE


def compared(wins: int, losses: int, ties: int) -> str:
    """Tasks on which a model scores more than the first one, less, and the same."""
    return f"{wins} / {losses} / {ties}"


def p_value(p: float) -> str:
    """Two digits that say something; what is smaller than a ten-thousandth is not told apart."""
    return f"{p:.2g}" if p >= 0.0001 else "< 0.0001"


def words(name: str) -> str:
    """An environment's name as one reads it."""
    return name.replace("_", " ")
