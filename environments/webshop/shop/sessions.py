"""The sessions of a shop: what a customer is after, what they searched for, and what they bought.

Small, bounded, forgotten in time.
"""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, field

from environments.webshop.judge import Score
from environments.webshop.payload import Goal

LIMIT_SEARCHES = 200
LIMIT_VISITED = 500


@dataclass(frozen=True)
class Purchase:
    """What was bought, and what it is worth."""

    asin: str
    options: dict[str, str]
    score: Score


@dataclass
class Visit:
    """One customer's session.

    Pages name a search by its number, so that addresses stay short whatever was searched for.
    """

    id: str
    goal: Goal
    used: float = 0.0
    searches: list[str] = field(default_factory=list)
    visited: set[str] = field(default_factory=set)
    purchase: Purchase | None = None

    def remember_search(self, text: str) -> int | None:
        """The number of this search; None where there were too many."""
        if text in self.searches:
            return self.searches.index(text)
        if len(self.searches) >= LIMIT_SEARCHES:
            return None
        self.searches.append(text)
        return len(self.searches) - 1

    def remember_product(self, asin: str) -> None:
        """`text_rich` marks products that were opened before."""
        if len(self.visited) < LIMIT_VISITED:
            self.visited.add(asin)


class Visits:
    """The open sessions, the longest unused first."""

    def __init__(self, limit: int, ttl_s: float) -> None:
        self._limit = limit
        self._ttl_s = ttl_s
        self._open: OrderedDict[str, Visit] = OrderedDict()

    def __len__(self) -> int:
        return len(self._open)

    def start(self, goal: Goal) -> Visit | None:
        """A new session under an id that nobody can guess; None where the shop is full."""
        self._expire()
        if len(self._open) >= self._limit:
            return None
        visit = Visit(secrets.token_urlsafe(18), goal, time.monotonic())
        self._open[visit.id] = visit
        return visit

    def get(self, id: str) -> Visit | None:
        """The session, marked as used now; None where it never was or is forgotten."""
        self._expire()
        visit = self._open.get(id)
        if visit is not None:
            visit.used = time.monotonic()
            self._open.move_to_end(id)
        return visit

    def end(self, id: str) -> None:
        """Forget a session; an unknown one is none."""
        self._open.pop(id, None)

    def _expire(self) -> None:
        border = time.monotonic() - self._ttl_s
        while self._open:
            oldest = next(iter(self._open.values()))
            if oldest.used >= border:
                return
            del self._open[oldest.id]
