"""A SPARQL 1.1 endpoint at a URL, by the SPARQL protocol: POST, JSON results.

Virtuoso, on which AgentBench's Freebase runs, has three habits that are seen to here: it obeys a `timeout` parameter
(milliseconds), but then answers 200 with a part of the result and says so in `X-SQL-State` alone; it refuses what it
expects to take too long with an error; and it cuts results at its `ResultSetMaxRows`, said in `X-SPARQL-MaxRows`.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from environments.contract import EnvironmentFault, UserError
from environments.knowledge_graph.engines.engine import Answers, Engine, InDoubt, Malformed, Refused, shown

LIMIT_RESULT_BYTES = 64 << 20
GRACE_S = 3.0
"""How much longer than its limit a query may take before the connection is dropped: the endpoint ends it first, where
it can.
"""
PROBE = "ASK {}"
PROBE_S = 10.0
_TOO_MUCH = ("S1T00", "S1TAT", "exceeds the limit", "SR171", "QueryTimeout", "timed out", "timeout")


def parse_url(url: str) -> str:
    """The endpoint's URL. Raises `UserError`; never repeats a password."""
    found = urlsplit(url)
    if found.scheme not in ("http", "https") or not found.hostname:
        raise UserError(
            f"malformed SPARQL endpoint with scheme '{found.scheme}': it looks like http://host:8890/sparql"
        )
    return url


def where(url: str) -> str:
    """The endpoint in words, without an account."""
    found = urlsplit(url)
    return f"{found.hostname}{f':{found.port}' if found.port else ''}{found.path}"


def is_local(url: str) -> bool:
    """Whether only this machine reaches it."""
    return urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")


class Endpoint(Engine):
    """One session's connections to an endpoint."""

    def __init__(self, url: str, timeout_s: float) -> None:
        self._url = url
        self._timeout_s = timeout_s
        self._http: aiohttp.ClientSession | None = None

    async def select(self, query: str, limit: int) -> Answers:
        try:
            async with asyncio.timeout(self._timeout_s + GRACE_S):
                headers, body = await self._post(query)
        except TimeoutError:
            await self.probe()
            raise InDoubt(f"the query takes longer than {self._timeout_s:g} s") from None
        if headers.get("X-SQL-State", "").startswith("S1TA"):
            raise InDoubt(f"the query takes longer than {self._timeout_s:g} s; the endpoint stopped it half-way")
        values = _values(body, where(self._url))
        most = headers.get("X-SPARQL-MaxRows", "")
        return Answers(values[:limit], len(values) > limit or (most.isdecimal() and len(values) >= int(most)))

    async def _post(self, query: str) -> tuple[Any, bytes]:
        """Headers and body of a successful answer."""
        if self._http is None:
            self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, connect=10))
        form = {"query": query, "timeout": str(int(self._timeout_s * 1000))}
        accept = {"Accept": "application/sparql-results+json"}
        try:
            async with self._http.post(self._url, data=form, headers=accept, allow_redirects=False) as answer:
                body = await answer.content.read(LIMIT_RESULT_BYTES + 1)
                while len(body) <= LIMIT_RESULT_BYTES and (
                    more := await answer.content.read(LIMIT_RESULT_BYTES + 1 - len(body))
                ):
                    body += more
        except (aiohttp.ClientError, OSError) as error:
            raise EnvironmentFault(f"SPARQL endpoint {where(self._url)} does not answer: {error}") from error
        if len(body) > LIMIT_RESULT_BYTES:
            raise Refused(f"the result is larger than {LIMIT_RESULT_BYTES} bytes")
        if answer.status != 200:
            said = body[:300].decode("utf-8", "replace")
            if any(mark in said for mark in _TOO_MUCH):
                raise Refused(said)
            fault = Malformed if answer.status == 400 else EnvironmentFault
            raise fault(f"SPARQL endpoint {where(self._url)} answers {answer.status}: {said}")
        return answer.headers, body

    async def probe(self) -> None:
        """Return if the endpoint answers anything at all; else raise `EnvironmentFault`."""
        try:
            async with asyncio.timeout(PROBE_S):
                await self._post(PROBE)
        except (TimeoutError, Refused):
            raise EnvironmentFault(f"SPARQL endpoint {where(self._url)} does not answer within {PROBE_S:g} s") from None

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()
            self._http = None


def _values(body: bytes, place: str) -> list[str]:
    """The values of `?x` in a JSON result; unbound ones are none. One odd character costs no answer: bytes that are no
    UTF-8 read as U+FFFD, and control characters stand as they are, which JSON forbids and endpoints send."""
    try:
        rows = json.loads(body.decode("utf-8-sig", "replace"), strict=False)["results"]["bindings"]
        return [shown(str(row["x"]["value"])) for row in rows if "x" in row]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise EnvironmentFault(
            f"SPARQL endpoint {place} sends no SPARQL JSON results ({type(error).__name__}: {error})"
        ) from error
