"""What stands between an LLM and its provider: leave to call, by rate limits and budget.

`Limiter` waits and keeps the bookkeeping right under cancellation; `LocalLimiter` decides in this process.
`actors.llms.openai_api.shared_limiter.SharedLimiter` decides for the whole cluster.
"""

from __future__ import annotations

import asyncio
import math
import time
from abc import ABC, abstractmethod
from collections import deque
from typing import NamedTuple

from actors.llms.llm import BudgetExhausted, ProviderFault
from actors.llms.openai_api.limits import Budget, Grant, Limits, RateLimits, Report

ASK_AGAIN_S = 5.0  # a line is looked at again at the latest after this time, since a penalty may have changed


class KeysRefused(ProviderFault):
    """Every key rests longer than the caller is ready to wait; `for_s` is infinite when all are refused for good."""

    def __init__(self, for_s: float) -> None:
        super().__init__(
            "every API key is refused" if math.isinf(for_s) else f"every API key must rest for another {for_s:.0f} s"
        )
        self.for_s = for_s


class Permit(NamedTuple):
    """A grant whose time has come, and how long that took."""

    grant: Grant
    waited_s: float


class QueuedCall(NamedTuple):
    """A call in line."""

    tokens: int
    patience_s: float
    future: asyncio.Future[Grant]


class Limiter(ABC):
    """Permits to call, first come, first served. After `acquire`, exactly one of `settle` and `release` follows."""

    def __init__(self) -> None:
        self._line: deque[QueuedCall] = deque()

    async def acquire(self, tokens: int, patience_s: float = math.inf) -> Permit:
        """Wait for leave to make one call of about `tokens` tokens.

        Raises `BudgetExhausted`, and `KeysRefused` when no key may be used within `patience_s`. However long the limits
        themselves make it wait, that is no fault. A cancelled wait gives its place back.
        """
        began = time.monotonic()
        while True:
            grant = self._at_hand(tokens) or await self._in_line(tokens, patience_s)
            if grant.delay_s > 0:
                try:
                    await asyncio.sleep(grant.delay_s)
                except asyncio.CancelledError:
                    self.release(grant)
                    raise
                if self._rests_s()[grant.key] > 0:  # refused meanwhile: stand in line again
                    self.release(grant)
                    continue
            return Permit(grant, time.monotonic() - began)

    async def _in_line(self, tokens: int, patience_s: float) -> Grant:
        future: asyncio.Future[Grant] = asyncio.get_running_loop().create_future()
        self._line.append(QueuedCall(tokens, patience_s, future))
        self._advance()
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and future.exception() is None:
                self.release(future.result())
            raise

    def _dismiss_impatient(self) -> None:
        """Tell those in line who cannot be served in time, because every key rests for longer than they wait."""
        rest_s = min(self._rests_s())
        if rest_s > 0:
            for waiter in self._line:
                if not waiter.future.done() and (rest_s > waiter.patience_s or math.isinf(rest_s)):
                    waiter.future.set_exception(KeysRefused(rest_s))
        self._line = deque(waiter for waiter in self._line if not waiter.future.done())

    def _at_hand(self, tokens: int) -> Grant | None:
        """A grant that is there already."""
        return None

    @abstractmethod
    def _advance(self) -> None:
        """Serve the line, now or soon."""

    @abstractmethod
    def _rests_s(self) -> list[float]:
        """For each key, how long it must not be used, as far as is known here."""

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
        super().__init__()
        self._limits = Limits(limits)
        self._budget = Budget(budget, spent)
        self._total = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def _at_hand(self, tokens: int) -> Grant | None:
        if not self._budget.may_spend:
            raise BudgetExhausted(spent_line(self._budget.spent, self._budget.limit))
        return None

    def _advance(self) -> None:
        if self._timer is None:
            self._serve()

    def _serve(self) -> None:
        self._timer = None
        self._dismiss_impatient()
        if not self._budget.may_spend:
            for waiter in self._line:
                waiter.future.set_exception(BudgetExhausted(spent_line(self._budget.spent, self._budget.limit)))
            self._line.clear()
        grants, again_s = self._limits.offer(time.monotonic(), [waiter.tokens for waiter in self._line])
        for grant in grants:
            self._line.popleft().future.set_result(grant)
        if self._line:
            self._timer = asyncio.get_running_loop().call_later(min(again_s, ASK_AGAIN_S), self._serve)

    def _rests_s(self) -> list[float]:
        return self._limits.penalties(time.monotonic())

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

    async def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def spent_line(spent: float, limit: float | None) -> str:
    """The one line of an exhausted budget."""
    return (
        f"budget exhausted: {spent:.4f} spent of {limit:g}"
        if limit is not None
        else f"budget exhausted: {spent:.4f} spent"
    )
