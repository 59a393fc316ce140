"""Any OpenAI-compatible API: GPT-4, a local vLLM, whatever speaks `/chat/completions`.

    llm = OpenAILLM(settings)                                  # limits of this process alone
    llm = OpenAILLM(settings, limiter_of(settings, handle))    # the cluster's limits and budget (`shared_limiter`)
    await llm.start()

The openai package configures (`actors.llms.openai_api.connection`); the hot path is one aiohttp POST of a body that is
serialised once. Every failure that may pass is tried again with exponential backoff and full jitter, through the
limiter each time, until `max_retries` or `deadline_s` ends it as a `ProviderFault`. Keys come from the environment and
go nowhere but into the header: what a provider says is shown without them. Money counts when it is spent, whether or
not a reply came of it.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import aiohttp
import msgspec

from actors.llms.llm import LLM, ContextOverflow, Episode, ProviderFault, Reply, with_system
from actors.llms.openai_api.answer import GarbledAnswer, RefusedAnswer, read_reply
from actors.llms.openai_api.check import check_model
from actors.llms.openai_api.connection import Connection, connection_of, read_up_to
from actors.llms.openai_api.errors import Meaning, Verdict, one_line, status_of, verdict
from actors.llms.openai_api.estimate import TokenEstimate
from actors.llms.openai_api.keys import Keys
from actors.llms.openai_api.limiter import KeysRefused, Limiter, LocalLimiter, Permit
from actors.llms.openai_api.limits import Grant
from actors.llms.openai_api.prices import Price
from actors.llms.openai_api.settings import OpenAISettings
from actors.llms.openai_api.wire import EMPTY, RequestWriter
from actors.program.hidden import without_passwords
from actors.program.user_error import UserError
from actors.records.trajectory import Usage
from environments.message import Message, Tool

logger = logging.getLogger(__name__)

ANSWER_LIMIT = 16 * 2**20  # bytes of an answer, and for each token that it may have:
ANSWER_LIMIT_PER_TOKEN = 4096


class _Request(NamedTuple):
    """One body, and how it was written."""

    body: bytes
    streamed: bool
    filled: bool


class OpenAILLM(LLM):
    """One model behind one address. `budgeted` says that a budget is set: the model must then have a price."""

    def __init__(self, settings: OpenAISettings, limiter: Limiter | None = None, budgeted: bool = False) -> None:
        self.settings = settings
        self._limiter = limiter if limiter is not None else LocalLimiter(settings.rate_limits())
        self._budgeted = budgeted
        self._estimate = TokenEstimate(settings.sampling.max_tokens, settings.tokens_counted == "requested")
        self._answer_limit = ANSWER_LIMIT + ANSWER_LIMIT_PER_TOKEN * settings.sampling.max_tokens
        self._price: Price | None = None
        self._keys = Keys(settings.api_key_env, settings.backoff_s, settings.backoff_limit_s)
        self._connection: Connection | None = None
        self._session: aiohttp.ClientSession | None = None
        self._answered = False
        self._streams = settings.stream
        self._fills_empty = False
        self._writer = self._request_writer()

    def _request_writer(self) -> RequestWriter:
        settings = self.settings
        extra: dict[str, Any] = {"logprobs": True} if settings.logprobs else {}
        if settings.token_ids:
            extra["return_token_ids"] = True
        fields = {**extra, **settings.extra_body}
        return RequestWriter(
            model=settings.model,
            sampling=settings.sampling,
            max_tokens_field=settings.max_tokens_field,
            extra_body=fields,
            stream=self._streams,
        )

    def hide(self, text: str) -> str:
        return text if self._connection is None else self._connection.secrets.hide(text)

    async def start(self) -> None:
        """Read keys and prices, and see that the server answers, takes the keys and knows the model."""
        self._price = self.settings.price(self._budgeted)
        self._connection = connection = connection_of(self.settings)
        self._session = session = connection.session(self.settings)
        try:
            keys = range(len(connection.headers))
            checks = (check_model(session, connection, key, self.settings.model) for key in keys)
            self._take_check(await asyncio.gather(*checks, return_exceptions=True))
        except BaseException:
            await self.stop()
            raise

    def _take_check(self, results: Sequence[Verdict | BaseException | None]) -> None:
        for key, result in enumerate(results):
            if isinstance(result, BaseException):
                raise result
            if result is not None:
                self._rest(key, self._keys.refuse(key, result.reason))
        if self._keys.none_left:
            raise self._keys_error()

    async def reply(self, messages: Sequence[Message], episode: Episode, tools: Sequence[Tool] = ()) -> Reply:
        settings = self.settings
        asked = with_system(messages, settings.system_prompt)
        give_up_at = time.monotonic() + settings.deadline_s
        began, calls, limit_s = time.monotonic(), 0, 0.0
        reason = "no call was made"
        while True:
            body = self._writer.body(asked, episode.attempt, self._fills_empty, tools)
            request = _Request(body, self._streams, self._fills_empty)
            estimate = self._estimate.tokens(body)
            leave = await self._leave(estimate, give_up_at, reason)
            limit_s += leave.waited_s
            give_up_at += leave.waited_s
            outcome = await self._call(body, leave.grant, estimate, episode)
            if isinstance(outcome, Reply):
                return msgspec.structs.replace(outcome, limit_s=limit_s) if limit_s > 0.001 else outcome
            reason = outcome.reason
            calls += outcome.meaning is not Meaning.KEY or self._keys.has_worked(leave.grant.key)
            pause_s = self._pause_s(outcome, leave.grant.key, calls, request, episode)
            if calls > settings.max_retries or time.monotonic() + pause_s > give_up_at:
                spent_s = time.monotonic() - began
                raise ProviderFault(
                    f"'{settings.model}' gave no reply in {calls} calls and {spent_s:.0f} s; the last one: {reason}"
                )
            await asyncio.sleep(pause_s)

    async def _leave(self, estimate: Usage, give_up_at: float, reason: str) -> Permit:
        try:
            return await self._limiter.acquire(
                estimate.prompt_tokens + estimate.completion_tokens, give_up_at - time.monotonic()
            )
        except KeysRefused as error:
            if math.isinf(error.for_s):
                raise self._keys_error() from error
            raise ProviderFault(f"'{self.settings.model}': {error}; the last one: {reason}") from error

    async def _call(self, body: bytes, grant: Grant, estimate: Usage, episode: Episode) -> Reply | Verdict:
        """One call: its reply, or what its failure means. Settles the grant and the money, whatever happens.

        A call that was cut off or cancelled is counted as if it had been answered: the provider may well have done the
        work.
        """
        if self._session is None or self._connection is None:
            raise RuntimeError("reply() before start()")
        used: Usage = estimate
        outcome: Reply | Verdict | None = None
        headers = self._connection.headers[grant.key]
        try:
            async with self._session.post(
                self._connection.chat, data=body, headers=headers, allow_redirects=False
            ) as response:
                raw, whole = await read_up_to(response, self._answer_limit)
            outcome, used = self._read(response.status, response.headers, raw if whole else None, estimate)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            outcome, used = Verdict(Meaning.RETRY, self._said(error)), Usage()  # nothing was sent
        except TimeoutError:
            outcome = Verdict(Meaning.RETRY, f"no answer within {self.settings.request_timeout_s:g} s")
        except (aiohttp.ClientError, OSError) as error:
            outcome = Verdict(Meaning.RETRY, self._said(error))
        finally:
            cost = self._cost(used)
            self._limiter.settle(grant, self._estimate.counted(estimate, used) if used != Usage() else 0, cost or 0.0)
            if cost and not isinstance(outcome, Reply):
                episode.wasted(cost)
        if not isinstance(outcome, Reply):
            return outcome
        self._answered = True
        self._keys.answered(grant.key)
        self._estimate.learn(body, outcome.usage)
        return (
            outcome
            if cost is None
            else msgspec.structs.replace(outcome, usage=msgspec.structs.replace(outcome.usage, cost=cost))
        )

    def _read(
        self, status: int, headers: Mapping[str, str], raw: bytes | None, estimate: Usage
    ) -> tuple[Reply | Verdict, Usage]:
        """What an answer is, and what was used for it. `raw` is None for one that never ended."""
        if status != 200:
            return verdict(status, headers, raw or b"", hide=self.hide), Usage()
        if raw is None:
            return Verdict(Meaning.RETRY, f"an answer of more than {self._answer_limit >> 20} MiB"), estimate
        try:
            reply = read_reply(raw)
        except GarbledAnswer as error:
            return Verdict(Meaning.RETRY, self._said(error)), estimate if error.usage is None else error.usage
        except RefusedAnswer as refused:
            return verdict(status_of(refused.body), headers, refused.body, hide=self.hide), refused.usage
        shown = reply if self._connection is None else _hidden(reply, self._connection.secrets.hide_in_reply)
        if shown != reply:
            reply = msgspec.structs.replace(shown, token_ids=None, logprobs=None)
        return reply, reply.usage if reply.usage.prompt_tokens else estimate

    def _said(self, error: Exception) -> str:
        text = str(error) if isinstance(error, GarbledAnswer) else f"{type(error).__name__}: {error}"
        return one_line(without_passwords(self.hide(text)))

    def _pause_s(self, outcome: Verdict, key: int, calls: int, request: _Request, episode: Episode) -> float:
        """How long to wait before the next call. Raises for what no repetition can mend; a refused key is put to rest.

        Before the first answer a refused setting or model is the user's mistake; after it, this one request's or a
        replica's trouble.
        """
        settings = self.settings
        match outcome.meaning:
            case Meaning.OVERFLOW:
                raise ContextOverflow(outcome.reason)
            case Meaning.STREAM if not request.streamed:
                return self._stream_from_now_on(outcome.reason)
            case Meaning.EMPTY if not request.filled:
                return self._fill_empty_from_now_on(outcome.reason)
            case Meaning.MODEL if not self._answered:
                raise UserError(f"unknown model '{settings.model}' at {self._shown}: {outcome.reason}")
            case Meaning.SETTING | Meaning.STREAM if not self._answered:
                raise UserError(
                    f"{self._shown} refuses the request for '{settings.model}', mend the `llm` settings:"
                    f" {outcome.reason}"
                )
            case Meaning.SETTING | Meaning.STREAM | Meaning.EMPTY | Meaning.FAULT:
                raise ProviderFault(f"'{settings.model}' refused the request: {outcome.reason}")
            case Meaning.KEY:
                self._rest(key, self._keys.doubt(key, outcome.reason, episode.id, time.monotonic()))
                if self._keys.none_left:
                    raise self._keys_error()
                return 0.0
        backoff_s = random.uniform(0, min(settings.backoff_limit_s, settings.backoff_s * 2.0 ** max(0, calls - 1)))
        if outcome.meaning is Meaning.RATE:
            self._limiter.penalise(key, backoff_s if outcome.after_s is None else outcome.after_s)
            return backoff_s if outcome.after_s is None else random.uniform(0, settings.backoff_s)
        return max(backoff_s, outcome.after_s or 0.0)

    def _stream_from_now_on(self, reason: str) -> float:
        if not self._streams:
            logger.warning(
                "'%s' answers in a stream only, and is asked for one from now on (llm.stream): %s",
                self.settings.model,
                reason,
            )
            self._streams = True
            self._writer = self._request_writer()
        return 0.0

    def _fill_empty_from_now_on(self, reason: str) -> float:
        if not self._fills_empty:
            logger.warning(
                "'%s' takes no empty message; they are sent as '%s' from now on: %s", self.settings.model, EMPTY, reason
            )
            self._fills_empty = True
        return 0.0

    def _cost(self, usage: Usage) -> float | None:
        return None if self._price is None else self._price.cost(usage)

    def _rest(self, key: int, for_s: float) -> None:
        if math.isinf(for_s):
            logger.warning("key %s is refused and no longer used", self._keys.refused[key])
        self._limiter.penalise(key, for_s)

    @property
    def _shown(self) -> str:
        return self._connection.shown if self._connection is not None else ""

    def _keys_error(self) -> UserError:
        reasons = self._keys.reasons
        return UserError(
            f"{self._shown} refuses every API key (set the environment variables in `api_key_env`): {reasons}"
        )

    async def stop(self) -> None:
        await self._limiter.close()
        if self._session is not None:
            await self._session.close()
            self._session = None


def _hidden(reply: Reply, hide: Callable[[str], str]) -> Reply:
    """The reply with `hide` over everything that the model wrote."""
    calls = tuple(msgspec.structs.replace(call, arguments=hide(call.arguments)) for call in reply.tool_calls)
    return msgspec.structs.replace(reply, text=hide(reply.text), reasoning=hide(reply.reasoning), tool_calls=calls)
