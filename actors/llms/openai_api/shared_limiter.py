"""The limiter of one LLM process that shares the run's limits actor with all the others.

A remote call costs milliseconds of CPU, so there are few: all calls that wait within a few milliseconds share one, what
there is to report travels with it, and while the limits do not bind, the process is given a small stock of grants in
advance.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
import uuid
from typing import Any

import msgspec

from actors.llms.llm import BudgetExhausted, ProviderFault
from actors.llms.openai_api.limiter import ASK_AGAIN_S, Limiter, LocalLimiter, spent_line
from actors.llms.openai_api.limits import Grant
from actors.llms.openai_api.limits_actor import STOCK_EXPIRES_S, STOCK_LIMIT, Answer, Ask, Held, finite, infinite
from actors.llms.openai_api.settings import OpenAISettings

logger = logging.getLogger(__name__)

COALESCE_S = 0.002  # calls that come within this time share one remote call
ASK_LIMIT = 1000  # calls in line that one exchange asks for
REPORT_S = 0.25  # what is used and spent is reported at the latest after this time
STOCK_S = 0.4  # a stock covers the calls of this time at the recent rate
REMOTE_TIMEOUT_S = 30.0
CLOSE_S = 5.0  # a last report that is not taken within this time is left
GIVE_UP_S = 120.0  # a limits actor that cannot be reached for so long is a fault of the run

_answer_decoder = msgspec.msgpack.Decoder(Answer)
_encoder = msgspec.msgpack.Encoder()


def limiter_of(settings: OpenAISettings, handle: Any) -> Limiter:
    """The limiter of one LLM process: the run's, where `handle` is its limits actor, else one of its own."""
    limits = settings.rate_limits()
    return LocalLimiter(limits) if handle is None else SharedLimiter(handle, limits.keys)


class SharedLimiter(Limiter):
    """The limits actor's client: one for each LLM process, used from one event loop."""

    def __init__(self, handle: Any, keys: int = 1) -> None:
        super().__init__()
        self._handle = handle
        self._client = uuid.uuid4().hex
        self._epoch = ""
        self._settled: list[tuple[int, int]] = []
        self._released: list[int] = []
        self._penalties: list[tuple[int, float]] = []
        self._rests_until = [-math.inf] * keys
        self._total = self._acknowledged = self._seen = 0.0
        self._held: dict[int, tuple[Grant, float]] = {}  # by the id the caller knows: the grant and when it starts
        self._renamed: dict[int, int] = {}  # the caller's id -> the id that a later instance of the actor gave it
        self._stock: list[tuple[Grant, float]] = []
        self._rate = _Rate()
        self._large = 0  # tokens of a large recent call, which a grant in stock should cover
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._blocked_until = -math.inf  # the front of the line cannot be served before
        self.exchanges = 0

    def _at_hand(self, tokens: int) -> Grant | None:
        now = time.monotonic()
        self._rate.count(now)
        self._large = max(tokens, int(self._large * 0.95))
        return self._from_stock(tokens, now)

    def _advance(self) -> None:
        blocked_s = self._blocked_until - time.monotonic()
        if blocked_s > 0:
            self._dismiss_impatient()
        self._flush_in(max(COALESCE_S, min(blocked_s, ASK_AGAIN_S)))

    def _from_stock(self, tokens: int, now: float) -> Grant | None:
        while self._stock and (now - self._stock[0][1] > STOCK_EXPIRES_S or self._resting(self._stock[0][0].key)):
            self.release(self._stock.pop(0)[0])
        if self._stock and tokens <= self._stock[0][0].tokens:
            return self._stock.pop(0)[0]
        return None

    def _drop_stock(self) -> None:
        for grant, _ in self._stock:
            self.release(grant)
        self._stock.clear()

    def _resting(self, key: int) -> bool:
        return self._rests_until[key] > time.monotonic()

    def _rests_s(self) -> list[float]:
        now = time.monotonic()
        return [max(0.0, until - now) for until in self._rests_until]

    def settle(self, grant: Grant, tokens: int, cost: float = 0.0) -> None:
        self._held.pop(grant.id, None)
        self._settled.append((self._renamed.pop(grant.id, grant.id), tokens))
        self._total += cost
        self._flush_in(REPORT_S)

    def release(self, grant: Grant) -> None:
        if grant.id:
            self._held.pop(grant.id, None)
            self._released.append(self._renamed.pop(grant.id, grant.id))
            self._flush_in(REPORT_S)

    def penalise(self, key: int, for_s: float) -> None:
        self._rests_until[key] = max(self._rests_until[key], time.monotonic() + for_s)
        self._penalties.append((key, finite(for_s)))
        self._flush_in(COALESCE_S)

    async def spent(self) -> float:
        """Asks the actor, after reporting what is not yet reported."""
        await self._flush()
        return self._seen

    async def close(self) -> None:
        """Report the rest. Never raises: a run that ends does not fail for its accounts."""
        self._drop_stock()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await self._flush()
        self._disarm()

    def _flush_in(self, delay_s: float) -> None:
        if self._task is None or self._task.done():  # else the exchange under way looks again when it ends
            self._arm(delay_s)

    def _arm(self, delay_s: float) -> None:
        loop = asyncio.get_running_loop()
        when = loop.time() + delay_s
        if self._timer is not None:
            if self._timer.when() <= when:
                return
            self._timer.cancel()
        self._timer = loop.call_at(when, self._start_flush)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _start_flush(self) -> None:
        self._timer = None
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._flush())

    async def _flush(self) -> None:
        self._dismiss_impatient()
        asked = list(self._line)[:ASK_LIMIT]
        try:
            answer = await self._exchange([waiter.tokens for waiter in asked])
        except Exception as error:  # whatever it is, nobody must wait for ever
            logger.warning("the run's limits actor cannot be asked: %s", error)
            self._fail_line(error)
            return
        if answer.exhausted:
            self._drop_stock()
            self._fail_line(BudgetExhausted(spent_line(answer.spent, None)))
        for waiter, grant in zip(asked, self._received(answer), strict=False):
            if waiter.future.done():
                self.release(grant)
            else:
                waiter.future.set_result(grant)
        self._dismiss_impatient()
        if self._line:
            self._arm(max(COALESCE_S, min(answer.again_s, ASK_AGAIN_S)))
        elif self._settled or self._released or self._penalties:
            self._arm(REPORT_S)

    def _fail_line(self, error: Exception) -> None:
        for waiter in self._line:
            if not waiter.future.done():
                waiter.future.set_exception(error)
        self._line.clear()

    async def _exchange(self, reserve: list[int]) -> Answer:
        """One exchange (two, with a new instance)."""
        settled, self._settled = self._settled, []
        released, self._released = self._released, []
        penalties, self._penalties = self._penalties, []
        now = time.monotonic()
        stock = min(STOCK_LIMIT, int(self._rate.per_s(now) * STOCK_S)) - len(self._stock)
        total = self._total
        ask = Ask(
            client=self._client,
            epoch=self._epoch,
            reserve=reserve,
            stock=stock if stock >= 2 else 0,
            stock_tokens=self._large,
            settled=settled,
            released=released,
            penalties=penalties,
            report=(total, self._acknowledged, self._seen),
            held=[],
        )
        holders: list[int] = []
        try:
            answer = await self._send(ask)
            while answer.restate:
                ask, holders = self._restated(ask)
                answer = await self._send(ask)
        except BaseException:
            self._settled[:0], self._released[:0], self._penalties[:0] = settled, released, penalties
            raise
        self._renamed.update(zip(holders, answer.restored, strict=False))
        self._epoch = answer.epoch
        self._acknowledged = max(self._acknowledged, total)
        self._seen = max(self._seen, answer.spent)
        return answer

    def _restated(self, ask: Ask) -> tuple[Ask, list[int]]:
        now = time.monotonic()
        holders = [(id, grant, start) for id, (grant, start) in self._held.items()]
        holders.sort(key=lambda holder: holder[2])
        self._renamed.clear()
        held = [Held(grant.key, grant.tokens, start - now) for _, grant, start in holders]
        held.append(Held(-1, 0, 0.0))  # so that holding nothing is not taken for not having said it
        told = msgspec.structs.replace(ask, held=held, settled=[], released=[], stock=0)
        return told, [id for id, _, _ in holders]

    def _received(self, answer: Answer) -> list[Grant]:
        now = time.monotonic()
        for key, rest_s in enumerate(answer.rests_s):
            self._rests_until[key] = max(self._rests_until[key], now + infinite(rest_s))
        grants, stock = ([Grant(*grant) for grant in wire] for wire in (answer.grants, answer.stock))
        for grant in grants + stock:
            self._held[grant.id] = (grant, now + grant.delay_s)
        self._stock += [(grant, now) for grant in stock]
        self._blocked_until = now + answer.again_s if answer.again_s else -math.inf
        return grants

    async def _send(self, ask: Ask) -> Answer:
        """Ask the actor, again and again while it is being restarted."""
        from ray.exceptions import ActorUnavailableError, RayActorError

        payload = _encoder.encode(ask)
        give_up_at = time.monotonic() + GIVE_UP_S
        pause_s = 0.05
        while True:
            try:
                self.exchanges += 1
                async with asyncio.timeout(REMOTE_TIMEOUT_S):
                    answer: bytes = await self._handle.exchange.remote(payload)
                return _answer_decoder.decode(answer)
            except (RayActorError, ActorUnavailableError, TimeoutError) as error:
                if time.monotonic() + pause_s > give_up_at:
                    raise ProviderFault(f"the run's limits actor does not answer: {type(error).__name__}") from error
            await asyncio.sleep(pause_s)
            pause_s = min(2.0, pause_s * 2)


class _Rate:
    """Calls a second over the last full half second."""

    def __init__(self) -> None:
        self._began = -math.inf
        self._count = 0
        self._before = 0.0

    def count(self, now: float) -> None:
        if now - self._began >= 0.5:
            self._before = self._count / (now - self._began)
            self._began, self._count = now, 0
        self._count += 1

    def per_s(self, now: float) -> float:
        return max(self._before, self._count / 0.5) if now - self._began < 1 else 0.0
