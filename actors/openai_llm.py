"""Any OpenAI-compatible API: GPT-4, a local vLLM, whatever speaks `/chat/completions`.

    llm = OpenAILLM(settings)                                  # limits of this process alone
    llm = OpenAILLM(settings, limiter_of(settings, handle))    # the cluster's limits and budget (`actors.shared_limiter`)
    await llm.start()

The openai package configures (headers, address); the hot path is one aiohttp POST of a body that is serialised once.
Every failure that may pass is tried again with exponential backoff and full jitter, through the limiter each time, until
`max_retries` or `deadline_s` ends it as a `ProviderFault`. Keys come from the environment and go nowhere but into the header.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import random
import time
from collections.abc import Sequence
from typing import Any

import aiohttp
import msgspec
from multidict import CIMultiDict
from yarl import URL

from actors.limiter import KeysRefused, Leave, Limiter, LocalLimiter
from actors.limits import Grant
from actors.llm import LLM, ContextOverflow, Episode, ProviderFault, Reply, with_system
from actors.openai_check import check_model
from actors.openai_errors import Meaning, Verdict, one_line, verdict
from actors.openai_settings import OpenAISettings
from actors.openai_wire import GarbledAnswer, RequestWriter, read_reply
from actors.prices import Price
from actors.trajectory import Usage
from environments.contract import Message, UserError

logger = logging.getLogger(__name__)


class TokenEstimate:
    """What a call will use, learned from what calls have used: prompt tokens by bytes of the body, and completions.

    Half a deviation is added for calls under way: it costs little of the allowance (it is settled when they end), and keeps
    a run of long replies from being refused.
    """

    def __init__(self, max_tokens: int, requested: bool) -> None:
        self._max_tokens = max_tokens
        self._requested = requested
        self._per_byte = 0.3
        self._completion = float(max_tokens)
        self._deviation = 0.0

    def tokens(self, body: bytes) -> Usage:
        completion = self._max_tokens if self._requested else min(self._max_tokens, math.ceil(self._completion + self._deviation / 2))
        return Usage(math.ceil(len(body) * self._per_byte), 0, completion)

    def learn(self, body: bytes, usage: Usage) -> None:
        if usage.prompt_tokens:
            self._per_byte += 0.05 * (usage.prompt_tokens / len(body) - self._per_byte)
            self._deviation += 0.05 * (1.25 * abs(usage.completion_tokens - self._completion) - self._deviation)
            self._completion += 0.05 * (usage.completion_tokens - self._completion)

    def counted(self, estimate: Usage, usage: Usage) -> int:
        """What the provider holds against the limit: `requested` counting gives nothing back."""
        completion = max(estimate.completion_tokens, usage.completion_tokens) if self._requested else usage.completion_tokens
        return usage.prompt_tokens + completion


class OpenAILLM(LLM):
    """One model behind one address. `budgeted` says that a budget is set: the model must then have a price."""

    def __init__(self, settings: OpenAISettings, limiter: Limiter | None = None, budgeted: bool = False) -> None:
        self.settings = settings
        self._limiter = limiter if limiter is not None else LocalLimiter(settings.rate_limits())
        self._budgeted = budgeted
        extra: dict[str, Any] = {}
        if settings.logprobs:
            extra["logprobs"] = True
        if settings.token_ids:
            extra["return_token_ids"] = True
        self._writer = RequestWriter(settings.model, settings.sampling, settings.max_tokens_field, {**extra, **settings.extra_body})
        self._estimate = TokenEstimate(settings.sampling.max_tokens, settings.tokens_counted == "requested")
        self._price: Price | None = None
        self._keys: list[str] = []
        self._headers: list[CIMultiDict[str]] = []
        self._url = URL()
        self._session: aiohttp.ClientSession | None = None
        self._refused: dict[int, str] = {}  # key number -> why

    def identity(self) -> dict[str, Any]:
        identity = {"kind": self.settings.kind, "model": self.settings.model, "sampling": self.settings.sampling.model_dump(mode="json")}
        if self.settings.extra_body:
            identity["extra_body"] = self.settings.extra_body
        if self.settings.system_prompt is not None:
            identity["system_prompt"] = self.settings.system_prompt
        return identity

    async def start(self) -> None:
        """Read keys and prices, and see that the server answers, takes the keys and knows the model."""
        settings = self.settings
        self._price = settings.price(self._budgeted)
        self._keys = keys_of(settings.api_key_env)
        self._headers = [headers(settings, key) for key in self._keys]
        base_url = settings.base_url.rstrip("/")
        self._url = URL(f"{base_url}/chat/completions")
        if self._url.scheme not in ("http", "https") or not self._url.host:
            raise UserError(f"base_url '{settings.base_url}' is no address: give one like https://api.openai.com/v1")
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=settings.max_connections, keepalive_timeout=60, ttl_dns_cache=300),
            timeout=aiohttp.ClientTimeout(total=settings.request_timeout_s, sock_connect=settings.connect_timeout_s),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=any(os.environ.get(name) for name in ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY")),
        )
        try:
            results = await asyncio.gather(
                *(check_model(self._session, base_url, header, settings.model) for header in self._headers),
                return_exceptions=True,
            )
            self._take_check(results)
        except BaseException:
            await self.stop()
            raise

    def _take_check(self, results: Sequence[Verdict | BaseException | None]) -> None:
        for key, result in enumerate(results):
            if isinstance(result, BaseException):
                raise result
            if result is not None:
                self._refuse_key(key, result.reason)
        if len(self._refused) == len(self._keys):
            raise self._keys_error()

    async def reply(self, messages: Sequence[Message], episode: Episode) -> Reply:
        settings = self.settings
        body = self._writer.body(with_system(messages, settings.system_prompt), episode.attempt)
        give_up_at = time.monotonic() + settings.deadline_s
        began, calls, limit_s = time.monotonic(), 0, 0.0
        reason = "no call was made"
        while True:
            estimate = self._estimate.tokens(body)
            leave = await self._leave(estimate, give_up_at, reason)
            limit_s += leave.waited_s
            give_up_at += leave.waited_s
            outcome = await self._call(body, leave.grant, estimate)
            if isinstance(outcome, Reply):
                return msgspec.structs.replace(outcome, limit_s=limit_s) if limit_s > 0.001 else outcome
            reason = outcome.reason
            calls += outcome.meaning is not Meaning.KEY
            pause_s = self._pause_s(outcome, leave.grant.key, calls)
            if calls > settings.max_retries or time.monotonic() + pause_s > give_up_at:
                spent_s = time.monotonic() - began
                raise ProviderFault(f"'{settings.model}' gave no reply in {calls} calls and {spent_s:.0f} s; the last one: {reason}")
            await asyncio.sleep(pause_s)

    async def _leave(self, estimate: Usage, give_up_at: float, reason: str) -> Leave:
        try:
            return await self._limiter.acquire(estimate.prompt_tokens + estimate.completion_tokens, give_up_at - time.monotonic())
        except KeysRefused as error:
            if math.isinf(error.for_s):
                raise self._keys_error() from error
            raise ProviderFault(f"'{self.settings.model}': {error}; the last one: {reason}") from error

    async def _call(self, body: bytes, grant: Grant, estimate: Usage) -> Reply | Verdict:
        """One call: its reply, or what its failure means. Settles the grant, whatever happens.

        A call that was cut off or cancelled is counted as if it had been answered: the provider may well have done the work.
        """
        if self._session is None:
            raise RuntimeError("reply() before start()")
        used: Usage = estimate
        try:
            async with self._session.post(self._url, data=body, headers=self._headers[grant.key], allow_redirects=False) as response:
                raw = await response.read()
            if response.status != 200:
                used = Usage()
                return verdict(response.status, response.headers, raw)
            reply = read_reply(raw)
            cost = self._cost(reply.usage)
            used = reply.usage if reply.usage.prompt_tokens else estimate
            self._estimate.learn(body, reply.usage)
            return reply if cost is None else msgspec.structs.replace(reply, usage=msgspec.structs.replace(reply.usage, cost=cost))
        except GarbledAnswer as error:
            used = error.usage or estimate
            return Verdict(Meaning.RETRY, one_line(str(error)))
        except TimeoutError:
            return Verdict(Meaning.RETRY, f"no answer within {self.settings.request_timeout_s:g} s")
        except (aiohttp.ClientError, OSError) as error:
            return Verdict(Meaning.RETRY, one_line(f"{type(error).__name__}: {error}"))
        finally:
            self._limiter.settle(grant, self._estimate.counted(estimate, used) if used != Usage() else 0, self._cost(used) or 0.0)

    def _pause_s(self, outcome: Verdict, key: int, calls: int) -> float:
        """How long to wait before the next call. Raises for what no repetition can mend; a refused key is put to rest."""
        settings = self.settings
        match outcome.meaning:
            case Meaning.OVERFLOW:
                raise ContextOverflow(outcome.reason)
            case Meaning.MODEL:
                raise UserError(f"unknown model '{settings.model}' at {settings.base_url}: {outcome.reason}")
            case Meaning.SETTING:
                raise UserError(
                    f"{settings.base_url} refuses the request for '{settings.model}', mend the `llm` settings: {outcome.reason}"
                )
            case Meaning.FAULT:
                raise ProviderFault(f"'{settings.model}' refused the request: {outcome.reason}")
            case Meaning.KEY:
                self._refuse_key(key, outcome.reason)
                if len(self._refused) == len(self._keys):
                    raise self._keys_error()
                return 0.0
        backoff_s = random.uniform(0, min(settings.backoff_limit_s, settings.backoff_s * 2.0 ** max(0, calls - 1)))
        if outcome.meaning is Meaning.RATE:
            self._limiter.penalise(key, backoff_s if outcome.after_s is None else outcome.after_s)
            return backoff_s if outcome.after_s is None else random.uniform(0, settings.backoff_s)
        return max(backoff_s, outcome.after_s or 0.0)

    def _cost(self, usage: Usage) -> float | None:
        return None if self._price is None else self._price.cost(usage)

    def _refuse_key(self, key: int, reason: str) -> None:
        if key not in self._refused:
            name = self.settings.api_key_env[key] if self.settings.api_key_env else "no key"
            self._refused[key] = f"{name}: {reason.replace(self._keys[key], '…') if self._keys[key] else reason}"
            logger.warning("key %s is refused and no longer used", self._refused[key])
        self._limiter.penalise(key, math.inf)

    def _keys_error(self) -> UserError:
        reasons = "; ".join(self._refused.values()) or ", ".join(self.settings.api_key_env)
        return UserError(f"{self.settings.base_url} refuses every API key (set the environment variables in `api_key_env`): {reasons}")

    async def stop(self) -> None:
        await self._limiter.close()
        if self._session is not None:
            await self._session.close()
            self._session = None


def keys_of(names: Sequence[str]) -> list[str]:
    """The keys in the environment variables `names`; one empty key if there are no names. Raises `UserError` for a missing one."""
    missing = [name for name in names if not os.environ.get(name, "").strip()]
    if missing:
        raise UserError(
            f"environment variable {missing[0]} is not set: export the API key, or set api_key_env=[] for a server without keys"
        )
    return [os.environ[name].strip() for name in names] or [""]


def headers(settings: OpenAISettings, key: str) -> CIMultiDict[str]:
    """The headers that the openai package sends with this key."""
    try:
        from openai import AsyncOpenAI
    except ImportError as error:
        raise UserError("the openai package is not installed: pip install 'openai>=3.54,<4'") from error

    client = AsyncOpenAI(
        api_key=key or "none", base_url=settings.base_url, organization=settings.organization, project=settings.project, max_retries=0
    )
    sent = {name: value for name, value in client.default_headers.items() if isinstance(value, str) and not name.startswith("X-Stainless")}
    return CIMultiDict({**sent, **(client.auth_headers if key else {})})
