"""A practice range: a local OpenAI-compatible server that enforces limits and misbehaves to order.

    python -m actors.llms.practice_provider --port 0 --latency-ms 200 --keys a,b --rpm 600 --faults 429=0.05,cut=0.01

prints its address. It stands in for a provider where there is none: in tests of faults and limits, and in benchmarks,
for which it costs little itself (replies are serialised beforehand). `GET /practice/counts` says what it has seen.
Which call meets which fault is a matter of `seed` and order of arrival alone. What no name stands for is given as an
`Answer`:

    Practice(script=("ok", Answer(403, "<html>Just a moment</html>"), "429"))
    refused = Answer(400, {"error": {"message": "only streams"}})
    Practice(answer=lambda request: None if request.get("stream") else refused)
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import sys
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from aiohttp import web

FAULTS = ("429", "429-after", "500", "503", "cut", "garbage", "empty", "slow", "overflow", "401", "quota", "filter")


@dataclass(frozen=True)
class Answer:
    """One answer as it goes over the wire: bytes as they are, text, or what becomes JSON; `times` in a row, for bodies
    that do not end.
    """

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int = 1

    @property
    def content(self) -> bytes:
        if isinstance(self.body, bytes | str):
            return self.body.encode() if isinstance(self.body, str) else self.body
        return json.dumps(self.body).encode()


class Seen(NamedTuple):
    """A call as it arrived: the path with its query, and the headers."""

    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Practice:
    """What the server does. Limits are for each key and window. `script` is for the first calls: each the name of a
    fault ("ok": none) or an `Answer`; after that `answer` may give one to a request (None: an ordinary reply), and
    `faults` gives each fault's share. `replies` answer the first, second, … turn of a conversation, the last one all
    later turns; or a function of the messages does."""

    model: str = "practice"
    keys: tuple[str, ...] = ()
    rpm: int | None = None
    tpm: int | None = None
    window: Literal["sliding", "fixed"] = "sliding"
    window_s: float = 60.0
    latency_s: float = 0.0
    replies: tuple[str, ...] | Callable[[list[dict[str, str]]], str] = ("Thought: done.\n\nAct: finish",)
    completion_tokens: int = 32
    faults: dict[str, float] = field(default_factory=dict)
    script: tuple[str | Answer, ...] = ()
    answer: Callable[[dict[str, Any]], Answer | None] | None = None
    retry_after: str = "1"
    slow_s: float = 5.0
    seed: int = 0


class _Window:
    """One key's use in the provider's window, as a provider counts it: at arrival."""

    def __init__(self, practice: Practice) -> None:
        self._practice = practice
        self._calls: deque[tuple[float, int]] = deque()
        self._tokens = 0
        self._began = 0.0

    def admit(self, now: float, tokens: int) -> str:
        """Empty if the call is within the limits, else which one it breaks. A refused call does not count."""
        practice = self._practice
        if practice.window == "fixed":
            if now - self._began >= practice.window_s:
                self._began = now - (now - self._began) % practice.window_s
                self._calls.clear()
                self._tokens = 0
        else:
            while self._calls and self._calls[0][0] <= now - practice.window_s:
                self._tokens -= self._calls.popleft()[1]
        if practice.rpm is not None and len(self._calls) + 1 > practice.rpm:
            return "requests"
        if practice.tpm is not None and self._tokens + tokens > practice.tpm:
            return "tokens"
        self._calls.append((now, tokens))
        self._tokens += tokens
        return ""


class PracticeProvider:
    """The server: `async with PracticeProvider(Practice(...)) as provider: provider.base_url`."""

    def __init__(self, practice: Practice, port: int = 0) -> None:
        self.practice = practice
        self.port = port
        self.counts: Counter[str] = Counter()
        self.by_key: Counter[str] = Counter()
        self._accepted_at: tuple[float, float] | None = None  # the first and the last
        self.bodies: deque[bytes] = deque(maxlen=16)
        self.seen: deque[Seen] = deque(maxlen=16)
        self._windows = {key: _Window(practice) for key in practice.keys or ("",)}
        self._random = random.Random(practice.seed)
        self._script = deque(practice.script)
        self._runner: web.ServerRunner | None = None
        self._parts = (
            [_parts(practice.model, reply) for reply in practice.replies] if isinstance(practice.replies, tuple) else []
        )

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def __aenter__(self) -> PracticeProvider:
        self._runner = web.ServerRunner(web.Server(self._handle, access_log=None), shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, backlog=1024)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def report(self) -> dict[str, Any]:
        """The counts: calls, accepted, refused by limit, faults by name, tokens; accepted calls by the key's number,
        and the seconds from the first accepted call to the last."""
        numbers = {key: str(number) for number, key in enumerate(self.practice.keys or ("",))}
        first, last = self._accepted_at or (0.0, 0.0)
        return {
            **self.counts,
            "span_s": last - first,
            "by_key": {numbers[key]: count for key, count in self.by_key.items()},
        }

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.seen.append(Seen(request.path_qs, request.headers))
        if request.path.endswith("/chat/completions"):
            return await self._chat(request)
        if request.path == "/practice/counts":
            return web.json_response(self.report())
        if request.path.endswith("/models"):
            if self._key(request) is None:
                return _error(401, "invalid_api_key", "Incorrect API key provided")
            return web.json_response({"object": "list", "data": [{"id": self.practice.model, "object": "model"}]})
        return _error(404, "not_found", "no such page")

    def _key(self, request: web.BaseRequest) -> str | None:
        if not self.practice.keys:
            return ""
        key = request.headers.get("api-key") or request.headers.get("Authorization", "").removeprefix("Bearer ")
        return key if key in self._windows else None

    async def _chat(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        self.bodies.append(body)
        self.counts["calls"] += 1
        key = self._key(request)
        if key is None:
            self.counts["refused_key"] += 1
            return _error(401, "invalid_api_key", "Incorrect API key provided")
        tokens = len(body) // 4 + self.practice.completion_tokens
        refused = self._windows[key].admit(asyncio.get_running_loop().time(), tokens)
        if refused:
            self.counts[f"refused_{refused}"] += 1
            return _error(429, "rate_limit_exceeded", f"Rate limit reached for {refused} per window")
        fault = self._next_fault(body)
        if isinstance(fault, Answer):
            self.counts["scripted"] += 1
            return await _send(fault, request)
        if fault:
            self.counts[f"fault_{fault}"] += 1
            return await self._misbehave(fault, request, body)
        return await self._answer(key, body, tokens)

    async def _answer(self, key: str, body: bytes, tokens: int) -> web.StreamResponse:
        self.counts["accepted"] += 1
        self.counts["tokens"] += tokens
        self.by_key[key] += 1
        now = asyncio.get_running_loop().time()
        self._accepted_at = (self._accepted_at[0] if self._accepted_at else now, now)
        if self.practice.latency_s:
            await asyncio.sleep(self.practice.latency_s)
        self.counts["answered"] += 1
        return web.Response(body=self._completion(body), content_type="application/json")

    def _completion(self, body: bytes, finish_reason: str = "stop") -> bytes:
        if callable(self.practice.replies):
            head, tail = _parts(self.practice.model, self.practice.replies(json.loads(body)["messages"]))
        else:
            turn = body.count(b'"assistant"')
            head, tail = self._parts[min(turn, len(self._parts) - 1)]
        prompt, completion = len(body) // 4, self.practice.completion_tokens
        return head + finish_reason.encode() + tail % (prompt, completion, prompt + completion)

    def _next_fault(self, body: bytes) -> str | Answer:
        if self._script:
            fault = self._script.popleft()
            return "" if fault == "ok" else fault
        if self.practice.answer is not None and (answer := self.practice.answer(json.loads(body))) is not None:
            return answer
        if not self.practice.faults:
            return ""
        drawn = self._random.random()
        for fault, share in self.practice.faults.items():
            drawn -= share
            if drawn < 0:
                return fault
        return ""

    async def _misbehave(self, fault: str, request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        match fault:
            case "429":
                return _error(429, "rate_limit_exceeded", "Rate limit reached")
            case "429-after":
                return _error(
                    429, "rate_limit_exceeded", "Rate limit reached", {"Retry-After": self.practice.retry_after}
                )
            case "500" | "503":
                return _error(int(fault), "server_error", "The server had an error")
            case "cut":
                return await self._cut(request, body)
            case "garbage":
                return web.Response(body=b'{"choices": [{"message": {"cont\xff', content_type="application/json")
            case "empty":
                return web.json_response({"object": "chat.completion", "choices": [], "usage": None})
            case "slow":
                await asyncio.sleep(self.practice.slow_s)
                return web.Response(body=self._completion(body), content_type="application/json")
            case "overflow":
                return _error(400, "context_length_exceeded", "This model's maximum context length is 8192 tokens.")
            case "401":
                return _error(401, "invalid_api_key", "Incorrect API key provided")
            case "quota":
                return _error(429, "insufficient_quota", "You exceeded your current quota")
            case "filter":
                return web.Response(body=self._completion(body, "content_filter"), content_type="application/json")
        raise ValueError(f"unknown fault '{fault}'")

    async def _cut(self, request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        """Half of an answer, then a dead connection."""
        whole = self._completion(body)
        response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(whole))})
        await response.prepare(request)
        await response.write(whole[: len(whole) // 2])
        if request.transport is not None:
            request.transport.abort()
        return response


async def _send(answer: Answer, request: web.BaseRequest) -> web.StreamResponse:
    headers = {"Content-Type": "application/json", **answer.headers}
    if answer.times == 1:
        return web.Response(status=answer.status, body=answer.content, headers=headers)
    response = web.StreamResponse(status=answer.status, headers=headers)
    await response.prepare(request)
    with contextlib.suppress(ConnectionError):  # the client has had enough
        for _ in range(answer.times):
            await response.write(answer.content)
    return response


def _parts(model: str, reply: str) -> tuple[bytes, bytes]:
    """A completion before and after its finish reason; the latter takes the three counts of tokens."""
    head = (
        '{"id":"practice","object":"chat.completion","created":0,"model":'
        + json.dumps(model)
        + ',"choices":[{"index":0,"message":'
    )
    head += '{"role":"assistant","content":' + json.dumps(reply) + '},"finish_reason":"'
    return head.encode(), b'"}],"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}}'


def _error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response(
        {"error": {"message": message, "type": code, "code": code}}, status=status, headers=headers
    )


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m actors.llms.practice_provider", description="a local OpenAI-compatible practice server"
    )
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--model", default="practice")
    parser.add_argument("--latency-ms", type=float, default=0.0)
    parser.add_argument("--keys", default="", help="comma-separated; none: every call is welcome")
    parser.add_argument("--rpm", type=int, help="requests in a window, for each key")
    parser.add_argument("--tpm", type=int, help="tokens in a window, for each key")
    parser.add_argument("--window", choices=("sliding", "fixed"), default="sliding")
    parser.add_argument("--window-s", type=float, default=60.0)
    parser.add_argument("--faults", default="", help=f"shares, such as 429=0.05,cut=0.01; known: {', '.join(FAULTS)}")
    parser.add_argument("--script", default="", help="faults of the first calls, such as 429,ok,503")
    parser.add_argument("--retry-after", default="1", help="what 429-after says: seconds or a date")
    parser.add_argument("--slow-s", type=float, default=5.0, help="how long a slow answer takes")
    parser.add_argument("--replies", help="a JSON file with a list of replies, by turn")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(arguments)


def practice_of(arguments: argparse.Namespace) -> Practice:
    """The settings that the command line names. Exits with one line when a fault is unknown."""
    faults = {
        name: float(share or 1)
        for name, _, share in (part.partition("=") for part in arguments.faults.split(",") if part)
    }
    script = tuple(part for part in arguments.script.split(",") if part)
    unknown = [name for name in (*faults, *script) if name not in (*FAULTS, "ok")]
    if unknown:
        print(f"unknown fault '{unknown[0]}': known are {', '.join(FAULTS)}", file=sys.stderr)
        sys.exit(2)
    replies: dict[str, Any] = {}
    if arguments.replies:
        with open(arguments.replies, encoding="utf-8") as file:
            replies = {"replies": tuple(json.load(file))}
    return Practice(
        model=arguments.model,
        keys=tuple(key for key in arguments.keys.split(",") if key),
        rpm=arguments.rpm,
        tpm=arguments.tpm,
        window=arguments.window,
        window_s=arguments.window_s,
        latency_s=arguments.latency_ms / 1000,
        faults=faults,
        script=script,
        retry_after=arguments.retry_after,
        slow_s=arguments.slow_s,
        seed=arguments.seed,
        **replies,
    )


async def serve(practice: Practice, port: int) -> None:
    """Serve until cancelled."""
    async with PracticeProvider(practice, port) as provider:
        print(provider.base_url, flush=True)
        await asyncio.Event().wait()


def main(arguments: Sequence[str] | None = None) -> None:
    parsed = _parse(arguments)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(practice_of(parsed), parsed.port))


if __name__ == "__main__":
    main()
