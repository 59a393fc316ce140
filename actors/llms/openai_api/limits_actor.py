"""One allowance for the whole cluster: a Ray actor that holds `Limits` and `Budget`.
`actors.llms.openai_api.shared_limiter` asks it.

    handle = create_for(settings, budget=20.0, spent=3.1)   # once a run; None if there is nothing to limit
    limiter = limiter_of(settings, handle)                  # in each LLM process (`shared_limiter`)

The actor keeps nothing on disk. When a new instance replaces a dead one, each client tells it which grants it holds and
what it has seen spent; the new instance allows no burst, as if the allowance had been used evenly until then.
"""

from __future__ import annotations

import math
import random
import time
import uuid
from typing import Any

import msgspec

from actors.llms.openai_api.limits import Budget, Grant, Limits, RateLimits, Report
from actors.llms.openai_api.settings import OpenAISettings

STOCK_EXPIRES_S = 0.5  # a client gives back a stock that is older: so much earlier than the call may its reservation be
STOCK_LIMIT = 256
EXCHANGES_PER_S = 500  # with many clients in line, each asks again so much later that all together stay below this


class Held(msgspec.Struct, array_like=True):
    """A grant that a client holds, as told to a new instance: its start lies `in_s` from now."""

    key: int
    tokens: int
    in_s: float


class Ask(msgspec.Struct, array_like=True):
    """All that one client has to ask and to tell. Times are durations, since clocks differ between machines."""

    client: str
    epoch: str
    reserve: list[int]
    stock: int
    stock_tokens: int
    settled: list[tuple[int, int]]
    released: list[int]
    penalties: list[tuple[int, float]]
    report: tuple[float, float, float]
    held: list[Held]


class Answer(msgspec.Struct, array_like=True):
    """`grants` is for the first of `reserve`, `stock` in advance; none at all when the budget is exhausted, or when
    `restate` asks the client to say again what it holds. For the rest of `reserve` the client asks again after
    `again_s`. Infinity travels as -1."""

    epoch: str
    restate: bool
    grants: list[tuple[int, int, float, int]]
    stock: list[tuple[int, int, float, int]]
    again_s: float
    rests_s: list[float]
    spent: float
    exhausted: bool
    restored: list[int]


_ask_decoder = msgspec.msgpack.Decoder(Ask)
_encoder = msgspec.msgpack.Encoder()


class LimitsService:
    """The actor's state and its one method; plain Python, so that tests drive it without Ray."""

    def __init__(self, limits: RateLimits, budget: float | None = None, spent: float = 0.0) -> None:
        self._limits = Limits(limits, first_id=1 + (random.getrandbits(32) << 24))
        self._budget = Budget(budget, spent)
        self._epoch = uuid.uuid4().hex
        self._dearest = 0.0
        self._totals: dict[str, float] = {}
        self._stock_out: dict[str, int] = {}

    def exchange(self, payload: bytes) -> bytes:
        """One client's `Ask`, answered."""
        return _encoder.encode(self.answer(_ask_decoder.decode(payload), time.monotonic()))

    def spent(self) -> float:
        """Money spent so far."""
        return self._budget.spent

    def answer(self, ask: Ask, now: float) -> Answer:
        """The exchange itself. A client of an earlier instance first has to say what it holds."""
        restored: list[int] = []
        if ask.epoch not in ("", self._epoch):
            if not ask.held:
                return Answer(
                    epoch=self._epoch,
                    restate=True,
                    grants=[],
                    stock=[],
                    again_s=0.0,
                    rests_s=[],
                    spent=self._budget.spent,
                    exhausted=False,
                    restored=[],
                )
            self._limits.no_burst(now)
            restored = [
                self._limits.restore(now, held.key, held.tokens, held.in_s).id for held in ask.held if held.key >= 0
            ]
        self._take(ask, now)
        exhausted = not self._budget.may_spend
        grants: list[Grant] = []
        stock: list[Grant] = []
        again_s = 0.0
        if not exhausted:
            grants, again_s = self._limits.offer(now, ask.reserve)
            stock = self._in_stock(ask, now) if again_s == 0 else []
        if again_s > 0:
            again_s = max(again_s, len(self._totals) / EXCHANGES_PER_S)
        rests_s = [finite(rest) for rest in self._limits.penalties(now)]
        return Answer(
            epoch=self._epoch,
            restate=False,
            grants=_wire(grants),
            stock=_wire(stock),
            again_s=again_s,
            rests_s=rests_s,
            spent=self._budget.spent,
            exhausted=exhausted,
            restored=restored,
        )

    def _take(self, ask: Ask, now: float) -> None:
        for grant_id, tokens in ask.settled:
            self._limits.settle(grant_id, tokens)
        for grant_id in ask.released:
            self._limits.release(grant_id)
        for key, for_s in ask.penalties:
            self._limits.penalise(key, now + (math.inf if for_s < 0 else for_s))
        report = Report(*ask.report)
        if ask.settled:
            growth = report.total - self._totals.get(ask.client, report.acknowledged)
            self._dearest = max(self._dearest, growth / len(ask.settled))
        self._totals[ask.client] = report.total
        self._budget.report(ask.client, report)

    def _in_stock(self, ask: Ask, now: float) -> list[Grant]:
        """Grants in advance, as long as they need not wait and the budget is far from its end."""
        self._stock_out[ask.client] = 0
        limits = self._limits.limits
        if limits.limited and limits.guarded_window_s - limits.window_s < STOCK_EXPIRES_S:
            return []
        if self._budget.limit is not None:
            if self._dearest == 0.0:
                return []
            out = sum(self._stock_out.values()) + ask.stock
            if self._budget.spent + 4 * out * self._dearest >= self._budget.limit:
                return []
        grants: list[Grant] = []
        for _ in range(min(ask.stock, STOCK_LIMIT)):
            grant = self._limits.reserve(now, ask.stock_tokens)
            if grant.delay_s > 0:
                self._limits.release(grant.id)
                break
            grants.append(grant)
        self._stock_out[ask.client] = len(grants)
        return grants


def _wire(grants: list[Grant]) -> list[tuple[int, int, float, int]]:
    return [(grant.id, grant.key, grant.delay_s, grant.tokens) for grant in grants]


def create(limits: RateLimits, budget: float | None = None, spent: float = 0.0, name: str | None = None) -> Any:
    """Start the run's limits actor on a running Ray and return its handle. It is restarted for ever when it dies."""
    import ray

    options: dict[str, Any] = {"num_cpus": 0, "max_restarts": -1, "max_task_retries": -1, "name": name}
    return ray.remote(LimitsService).options(**options).remote(limits, budget, spent)


def create_for(
    settings: OpenAISettings, budget: float | None = None, spent: float = 0.0, name: str | None = None
) -> Any:
    """The limits actor of a run, or None where nothing is limited.

    Raises `UserError` for a budget on a model without a price.
    """
    limits = settings.rate_limits()
    settings.price(budgeted=budget is not None)
    return create(limits, budget, spent, name) if limits.limited or budget is not None else None


def finite(seconds: float) -> float:
    """As it travels: infinity is -1, which no encoding stumbles over."""
    return -1.0 if math.isinf(seconds) else seconds


def infinite(seconds: float) -> float:
    """The inverse of `finite`."""
    return math.inf if seconds < 0 else seconds
