"""What stands between an LLM and its provider: leave to call, by rate limits and budget.

`Limiter` waits and keeps the bookkeeping right under cancellation; `LocalLimiter` decides in this process.
`actors.shared_limiter.SharedLimiter` decides for the whole cluster.
"""

from __future__ import annotations

import asyncio
import math
import time
from abc import ABC, abstractmethod
from typing import NamedTuple

from actors.limits import Budget, Grant, Limits, RateLimits, Report
from actors.llm import BudgetExhausted, ProviderFault


class KeysRefused(ProviderFault):
    """Every key rests longer than the caller is ready to wait; `for_s` is infinite when all are refused for good."""

    def __init__(self, for_s: float) -> None:
        super().__init__("every API key is refused" if math.isinf(for_s) else f"every API key must rest for another {for_s:.0f} s")
        self.for_s = for_s


class Leave(NamedTuple):
    """A grant whose time has come, and how long that took."""

    grant: Grant
    waited_s: float


class Limiter(ABC):
    """Leave to call. After `acquire`, exactly one of `settle` and `release` follows."""

    async def acquire(self, tokens: int, patience_s: float = math.inf) -> Leave:
        """Wait for leave to make one call of about `tokens` tokens.

        Raises `BudgetExhausted`, and `KeysRefused` when no key may be used within `patience_s`. However long the limits
        themselves make it wait, that is no fault. A cancelled wait gives its place back.
        """
        began = time.monotonic()
        while True:
            grant = await self._reserve(tokens)
            if grant.penalty_s > patience_s or math.isinf(grant.delay_s):
                self.release(grant)
                raise KeysRefused(grant.penalty_s)
            if grant.delay_s > 0:
                try:
                    await asyncio.sleep(grant.delay_s)
                except asyncio.CancelledError:
                    self.release(grant)
                    raise
                if self._resting(grant.key):  # refused meanwhile: stand in line again
                    self.release(grant)
                    continue
            return Leave(grant, time.monotonic() - began)

    @abstractmethod
    async def _reserve(self, tokens: int) -> Grant:
        """A grant at once, with its delay. Raises `BudgetExhausted`."""

    @abstractmethod
    def _resting(self, key: int) -> bool:
        """Whether this process knows that `key` may not be used now."""

    @abstractmethod
    def settle(self, grant: Grant, tokens: int, cost: float = 0.0) -> None:
        """The call was made: it used `tokens` and cost `cost`."""

    @abstractmethod
    def release(self, grant: Grant) -> None:
        """The call was not made."""

    @abstractmethod
    def penalise(self, key: int, for_s: float) -> None:
        """The provider refused `key`: leave it alone for `for_s` seconds (infinite: for good)."""

    async def spent(self) -> float:
        """Money spent so far, as far as is known here."""
        return 0.0

    async def close(self) -> None:
        """Hand over what is not yet reported."""


class LocalLimiter(Limiter):
    """Limits and budget of one process, without Ray."""

    def __init__(self, limits: RateLimits, budget: float | None = None, spent: float = 0.0) -> None:
        self._limits = Limits(limits)
        self._budget = Budget(budget, spent)
        self._total = 0.0

    async def _reserve(self, tokens: int) -> Grant:
        if not self._budget.may_spend:
            raise BudgetExhausted(spent_line(self._budget.spent, self._budget.limit))
        return self._limits.reserve(time.monotonic(), tokens)

    def _resting(self, key: int) -> bool:
        return self._limits.penalties(time.monotonic())[key] > 0

    def settle(self, grant: Grant, tokens: int, cost: float = 0.0) -> None:
        self._limits.settle(grant.id, tokens)
        self._total += cost
        self._budget.report("here", Report(self._total))

    def release(self, grant: Grant) -> None:
        self._limits.release(grant.id)

    def penalise(self, key: int, for_s: float) -> None:
        self._limits.penalise(key, time.monotonic() + for_s)

    async def spent(self) -> float:
        return self._budget.spent


def spent_line(spent: float, limit: float | None) -> str:
    """The one line of an exhausted budget."""
    return f"budget exhausted: {spent:.4f} spent of {limit:g}" if limit is not None else f"budget exhausted: {spent:.4f} spent"
