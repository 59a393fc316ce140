"""The general check before and after: held-out chat and items that have nothing to do with the agent's environments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from serve.general.general_result import GeneralCheck, difference, read
from serve.tables.formats import Measured


class Row(NamedTuple):
    """One measure of one model; `difference` is what it has more than the first (None: it is the first)."""

    measure: str
    model: str
    value: Measured
    difference: Measured | None


def general(folders: Sequence[str]) -> list[Row]:
    """The measures of all `folders`, by measure.

    Raises `UserError` for one without a check, or where nothing can be paired.
    """
    checks = [read(folder) for folder in folders]
    rows = [row for number, check in enumerate(checks) for row in _rows(check, checks[0] if number else None)]
    measures = list(dict.fromkeys(row.measure for row in rows))
    return [row for measure in measures for row in rows if row.measure == measure]


def _rows(check: GeneralCheck, first: GeneralCheck | None) -> Iterator[Row]:
    more = difference(first, check) if first else None
    yield Row("loss on held-out chat, nats a token", check.name, check.chat.loss, more and more.chat)
    for kind, share in check.items.items():
        yield Row(f"{kind.replace('_', ' ')}, share right", check.name, share, more.items.get(kind) if more else None)
