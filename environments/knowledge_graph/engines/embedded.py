"""A session's side of the embedded store's server: one short connection on its unix socket per query."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from environments.contract import EnvironmentFault
from environments.knowledge_graph.engines.engine import Answers, Engine, InDoubt, Malformed, Refused
from environments.knowledge_graph.engines.server import LENGTH, LIMIT_RESULT_BYTES

GRACE_S = 2.0
ATTEMPTS = 2


class Busy(EnvironmentFault):
    """No worker was free in time."""


class Embedded(Engine):
    """Asks the server at `socket`.

    A query has `timeout_s` from when it starts, and waits for a free worker for `queue_timeout_s`.
    """

    def __init__(self, socket: str, timeout_s: float, queue_timeout_s: float) -> None:
        self._socket = socket
        self._timeout_s = timeout_s
        self._queue_timeout_s = queue_timeout_s

    async def select(self, query: str, limit: int) -> Answers:
        # A worker that somebody else killed says nothing about the query; of one that dies again it may be the cause.
        for _ in range(ATTEMPTS):
            answer = await self._ask({"query": query, "limit": limit, "seconds": self._timeout_s})
            if answer is None:
                continue
            if "error" in answer:
                raise EnvironmentFault(f"the embedded store cannot run a query: {answer['error']}")
            if "malformed" in answer:
                raise Malformed(f"the embedded store cannot read a query: {answer['malformed']}")
            if "refused" in answer:
                raise Refused(answer["refused"])
            return Answers(answer["values"], answer["cut"])
        raise InDoubt("the query needs more memory than it may have")

    async def _ask(self, request: dict[str, Any]) -> dict[str, Any] | None:
        """The answer; None where the worker died before its time.

        Raises `InDoubt` where it died at the query's limit.
        """
        try:
            async with asyncio.timeout(10):
                reader, writer = await asyncio.open_unix_connection(self._socket, limit=1 << 20)
        except (OSError, TimeoutError) as error:
            raise EnvironmentFault(
                f"the embedded store's server is gone ({error or 'no connection within 10 s'})"
            ) from error
        try:
            body = json.dumps(request).encode()
            writer.write(LENGTH.pack(len(body)) + body)
            if not await self._starts(reader):
                return None
            started = time.monotonic()
            try:
                async with asyncio.timeout(self._timeout_s + GRACE_S):
                    (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
                    if length > 2 * LIMIT_RESULT_BYTES:
                        raise EnvironmentFault(f"the embedded store's server sends {length} bytes")
                    answer: dict[str, Any] = json.loads(await reader.readexactly(length))
                    return answer
            except (asyncio.IncompleteReadError, OSError, TimeoutError):
                if time.monotonic() - started >= self._timeout_s * 0.95:
                    raise InDoubt(f"the query takes longer than {self._timeout_s:g} s") from None
                return None
        finally:
            writer.close()

    async def _starts(self, reader: asyncio.StreamReader) -> bool:
        """Wait for a worker to begin; False where it died before it said so."""
        try:
            async with asyncio.timeout(self._queue_timeout_s):
                await reader.readexactly(1)
            return True
        except TimeoutError:
            raise Busy(f"no worker of the embedded store was free within {self._queue_timeout_s:g} s") from None
        except (asyncio.IncompleteReadError, OSError):
            return False

    async def close(self) -> None:
        return
