"""Requests per minute, tokens per minute over several keys, and money: pure decisions, the time is an argument.

`Limits.reserve` is virtual scheduling (the generic cell rate algorithm): a call is told at once by which key and after
which delay it may go. `Limits.offer` does so only for calls that may go soon: what is reserved far ahead is reserved by
estimates, and the more of those a window holds, the more of it is guessed. Two rules hold for each key:

- *pacing*: calls are spread evenly, with at most `burst_s` seconds' worth of the allowance at once, because providers
  enforce a minute's allowance over shorter quanta too;
- *window*: in any `window_s` (stretched by `guard_s`, for what the network does to the spacing) the reservations never
  exceed the allowance, so a provider may count in sliding windows, fixed windows or token buckets alike.

Tokens are reserved by estimate and settled with what the provider reports. `Budget` holds the money spent by any number
of clients, each reporting its own running total, so that a report that comes twice counts once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import msgspec


class RateLimits(msgspec.Struct, frozen=True):
    """The allowance of each of `keys` keys; None is no limit.

    `guard_s` and `burst_s` default to a sixtieth of the window.
    """

    keys: int = 1
    requests: float | None = None  # per window
    tokens: float | None = None  # per window
    window_s: float = 60.0
    guard_s: float | None = None
    burst_s: float | None = None

    @property
    def limited(self) -> bool:
        return self.requests is not None or self.tokens is not None

    @property
    def guarded_window_s(self) -> float:
        return self.window_s + (self.window_s / 60 if self.guard_s is None else self.guard_s)

    @property
    def horizon_s(self) -> float:
        """How far ahead `Limits.offer` reserves."""
        return self.window_s / 60

    @property
    def tolerance_s(self) -> float:
        return self.window_s / 60 if self.burst_s is None else self.burst_s


class Grant(NamedTuple):
    """A permit to make one call with key number `key` after `delay_s`.

    `penalty_s` is how long the key still has to rest (part of `delay_s`); infinite when every key is refused for good.
    """

    id: int
    key: int
    delay_s: float
    tokens: int = 0
    penalty_s: float = 0.0


class _Reservation:
    __slots__ = ("counted", "id", "key", "requests", "start", "tokens")

    def __init__(self, id: int, key: int, start: float, tokens: int) -> None:
        self.id, self.key, self.start, self.tokens, self.requests, self.counted = id, key, start, tokens, 1, True


class _Pace:
    """Even spacing of one quantity: `due` is when the next unit would start if the flow were perfectly even."""

    __slots__ = ("due", "rate", "tolerance_s")

    def __init__(self, per_window: float, window_s: float, tolerance_s: float) -> None:
        self.rate = per_window / window_s
        self.tolerance_s = tolerance_s
        self.due = -math.inf

    def earliest(self) -> float:
        return self.due - self.tolerance_s

    def charge(self, start: float, amount: float) -> None:
        self.due = max(self.due, start) + amount / self.rate

    def refund(self, amount: float) -> None:
        self.due -= amount / self.rate


class _Key:
    """The reservations of one key. Their starts never decrease, so what the next one's window can hold is a suffix of
    the log: from `first` on, with the sums `requests` and `tokens`."""

    def __init__(self, number: int, limits: RateLimits) -> None:
        self.number = number
        self.limits = limits
        self.window_s = limits.guarded_window_s
        self.log: list[_Reservation] = []
        self.first = 0
        self.requests = 0
        self.tokens = 0
        self.last_id = 0
        self.rests_until = -math.inf
        tolerance_s = limits.tolerance_s
        self.request_pace = _Pace(limits.requests, self.window_s, tolerance_s) if limits.requests is not None else None
        self.token_pace = _Pace(limits.tokens, self.window_s, tolerance_s) if limits.tokens is not None else None

    @property
    def last_start(self) -> float:
        return self.log[-1].start if self.log else -math.inf

    def earliest(self, now: float, tokens: int) -> float:
        """When a call of `tokens` may start.

        A call larger than the whole allowance goes alone: the provider's word decides.
        """
        start = max(now, self.rests_until, self.last_start)
        if self.request_pace is not None:
            start = max(start, self.request_pace.earliest())
        if self.token_pace is not None:
            start = max(start, self.token_pace.earliest())
        return self._window_start(start, tokens)

    def _window_start(self, start: float, tokens: int) -> float:
        request_limit = math.inf if self.limits.requests is None else max(1.0, self.limits.requests)
        token_limit = math.inf if self.limits.tokens is None else self.limits.tokens
        requests, reserved = self.requests, self.tokens
        for index in range(self.first, len(self.log)):
            entry = self.log[index]
            leaves = entry.start + self.window_s
            if leaves > start and requests + 1 <= request_limit and reserved + tokens <= token_limit:
                break
            requests -= entry.requests
            reserved -= entry.tokens
            start = max(start, leaves)
        return start

    def append(self, entry: _Reservation) -> None:
        self.log.append(entry)
        self._count(entry, 1)
        if self.request_pace is not None:
            self.request_pace.charge(entry.start, 1)
        if self.token_pace is not None:
            self.token_pace.charge(entry.start, entry.tokens)
        while self.log[self.first].start <= entry.start - self.window_s:
            self._count(self.log[self.first], -1)
            self.first += 1

    def change(self, entry: _Reservation, tokens: int, requests: int) -> None:
        if entry.counted:
            self.requests += requests - entry.requests
            self.tokens += tokens - entry.tokens
        if self.request_pace is not None:
            self.request_pace.refund(entry.requests - requests)
        if self.token_pace is not None:
            self.token_pace.refund(entry.tokens - tokens)
        entry.tokens, entry.requests = tokens, requests

    def drop_freed_tail(self) -> None:
        """Take back freed starts at the end, so that a mass cancellation does not leave the key waiting for nobody."""
        while self.log and self.log[-1].requests == 0:
            self.log.pop()
        self.first = min(self.first, len(self.log))
        while self.first > 0 and self.log[self.first - 1].start > self.last_start - self.window_s:
            self.first -= 1
            self._count(self.log[self.first], 1)

    def forget_before(self, now: float) -> list[_Reservation]:
        """Now and then, drop the part of the log that no later call can see."""
        half = self.first // 2
        if half < 256 or self.log[half].start > now - self.window_s:
            return []
        gone = self.log[:half]
        del self.log[:half]
        self.first -= half
        return gone

    def _count(self, entry: _Reservation, sign: int) -> None:
        entry.counted = sign > 0
        self.requests += sign * entry.requests
        self.tokens += sign * entry.tokens


class Limits:
    """Who may call next, with which key, and when. Not thread-safe; `now` is any monotonic clock in seconds.

    Grants are numbered from `first_id`, which lets an instance that replaces another one avoid its numbers.
    """

    def __init__(self, limits: RateLimits, first_id: int = 1) -> None:
        self.limits = limits
        self._keys = [_Key(number, limits) for number in range(limits.keys)]
        self._open: dict[int, _Reservation] = {}
        self._next_id = first_id

    def reserve(self, now: float, tokens: int = 0) -> Grant:
        """The key that can go first (the longest unused among equals), charged for one request and `tokens`."""
        start, _, key = min(
            ((key.earliest(now, tokens), key.last_id, key) for key in self._keys), key=lambda option: option[:2]
        )
        if math.isinf(start):
            return Grant(id=0, key=key.number, delay_s=math.inf, tokens=0, penalty_s=math.inf)
        return self._book(key, now, start, tokens)

    def offer(self, now: float, tokens: Sequence[int]) -> tuple[list[Grant], float]:
        """Grants for the first of `tokens` that may start within the horizon, and when to ask again for the rest (0: no
        rest).
        """
        grants: list[Grant] = []
        horizon_s = self.limits.horizon_s
        for count in tokens:
            start, _, key = min(
                ((key.earliest(now, count), key.last_id, key) for key in self._keys), key=lambda option: option[:2]
            )
            if start > now + horizon_s:
                return grants, start - now - horizon_s * 0.5
            grants.append(self._book(key, now, start, count))
        return grants, 0.0

    def restore(self, now: float, key: int, tokens: int, in_s: float) -> Grant:
        """Book again a grant that an earlier, lost instance gave: `in_s` from now (negative: it is under way)."""
        return self._book(self._keys[key], now, max(now + in_s, self._keys[key].last_start), tokens)

    def no_burst(self, now: float) -> None:
        """Assume that the allowance has been used evenly up to `now`: for an instance that lost its memory."""
        for key in self._keys:
            for pace in (key.request_pace, key.token_pace):
                if pace is not None:
                    pace.due = max(pace.due, now + pace.tolerance_s)

    def settle(self, grant_id: int, tokens: int) -> None:
        """Replace the estimate by the tokens really used. Unknown and repeated ids do no harm."""
        entry = self._open.pop(grant_id, None)
        if entry is not None:
            self._keys[entry.key].change(entry, tokens, entry.requests)

    def release(self, grant_id: int) -> None:
        """Give back a grant that was never used."""
        entry = self._open.pop(grant_id, None)
        if entry is not None:
            key = self._keys[entry.key]
            key.change(entry, 0, 0)
            key.drop_freed_tail()

    def penalise(self, key: int, until: float) -> None:
        """No call with `key` before `until` (infinite: never again): a refusal, or the provider's Retry-After."""
        self._keys[key].rests_until = max(self._keys[key].rests_until, until)

    def penalties(self, now: float) -> list[float]:
        """For each key, the seconds that it still rests."""
        return [max(0.0, key.rests_until - now) for key in self._keys]

    def _book(self, key: _Key, now: float, start: float, tokens: int) -> Grant:
        penalty_s = max(0.0, key.rests_until - now)
        entry = _Reservation(self._next_id, key.number, start, tokens)
        self._next_id += 1
        key.last_id = entry.id
        if self.limits.limited:
            key.append(entry)
            self._open[entry.id] = entry
            for gone in key.forget_before(now):
                self._open.pop(gone.id, None)
        return Grant(id=entry.id, key=key.number, delay_s=max(0.0, start - now), tokens=tokens, penalty_s=penalty_s)


class Report(NamedTuple):
    """What one client says of its spending: its running total, the part of it that an answer has acknowledged, and the
    highest total of the whole run it has been told."""

    total: float
    acknowledged: float = 0.0
    seen: float = 0.0


class Budget:
    """Money spent, by any number of clients. `base` is what was spent before they began (from the run's records).

    An instance that replaces a lost one is told by each client what it saw last; what dead clients had spent is inside
    the highest of these, so nothing reported is forgotten.
    """

    def __init__(self, limit: float | None, base: float = 0.0) -> None:
        self.limit = limit
        self._base = base
        self._floor = 0.0
        self._acknowledged: dict[str, float] = {}
        self._grown: dict[str, float] = {}

    def report(self, client: str, report: Report) -> None:
        """Take a client's totals; idempotent, and a total never shrinks."""
        acknowledged = self._acknowledged.setdefault(client, report.acknowledged)
        self._floor = max(self._floor, report.seen) if client not in self._grown else self._floor
        self._grown[client] = max(self._grown.get(client, 0.0), report.total - acknowledged)

    @property
    def spent(self) -> float:
        return max(self._base + sum(self._acknowledged.values()), self._floor) + sum(self._grown.values())

    @property
    def may_spend(self) -> bool:
        """Asked before each call: the overshoot is at most what the calls under way cost."""
        return self.limit is None or self.spent < self.limit
