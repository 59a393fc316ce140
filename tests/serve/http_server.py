"""A folder behind the OpenAI protocol with vLLM's extensions, each of which can be missing: on loopback, in a thread of
its own.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from actors.records.trajectory import Message
from serve.check.settings import TransformersSettings
from serve.check.transformers_served import TransformersServed

EXTENSIONS = frozenset({"return_token_ids", "tokenize", "prompt_logprobs", "echo", "logit_bias", "completions"})
PLAIN_REPLY = "A story."


@contextmanager
def serving(folder: Path, names: tuple[str, ...] = ("tuned",), has: frozenset[str] = EXTENSIONS) -> Iterator[str]:
    """The address of a server of `folder`, up to and with /v1."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        runner, url = asyncio.run_coroutine_threadsafe(_started(folder, names, has), loop).result(60)
        try:
            yield url
        finally:
            asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(60)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(60)
        loop.close()


async def _started(folder: Path, names: tuple[str, ...], has: frozenset[str]) -> tuple[web.AppRunner, str]:
    served = TransformersServed(TransformersSettings(model=str(folder)))
    await served.start()
    runner = web.AppRunner(_application(served, names, has))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    return runner, f"http://{host}:{port}/v1"


def _application(served: TransformersServed, names: tuple[str, ...], has: frozenset[str]) -> web.Application:
    async def models(_: web.Request) -> web.Response:
        return web.json_response({"data": [{"id": name} for name in names]})

    async def chat(request: web.Request) -> web.Response:
        body = await request.json()
        messages = _messages(body)
        bias = body.get("logit_bias") if "logit_bias" in has else None
        ids: tuple[int, ...] | None = (5,)
        text, reason = PLAIN_REPLY, "length"
        if bias:
            reason, text, ids = await served.forced(messages, int(next(iter(bias))))
        answer: dict[str, Any] = {"choices": [{"message": {"content": text}, "finish_reason": reason}]}
        if "return_token_ids" in has:
            answer["prompt_token_ids"] = await served.prompt_ids(messages)
            answer["choices"][0]["token_ids"] = list(ids or ())
        return web.json_response(answer)

    async def completions(request: web.Request) -> web.Response:
        body = await request.json()
        ids, choice = body["prompt"], {"text": ""}
        scores = await served.log_probabilities(ids)
        if "prompt_logprobs" in body and "prompt_logprobs" in has:
            choice["prompt_logprobs"] = [
                None,
                *({str(token): {"logprob": score}} for token, score in zip(ids[1:], scores, strict=True)),
            ]
        if body.get("echo") and "echo" in has:
            choice["logprobs"] = {"token_logprobs": [None, *scores, -1.0]}
        return web.json_response({"choices": [choice]})

    async def tokenize(request: web.Request) -> web.Response:
        return web.json_response({"tokens": await served.prompt_ids(_messages(await request.json()))})

    application = web.Application()
    application.add_routes([web.get("/v1/models", models), web.post("/v1/chat/completions", chat)])
    if "completions" in has:
        application.add_routes([web.post("/v1/completions", completions)])
    if "tokenize" in has:
        application.add_routes([web.post("/tokenize", tokenize)])
    return application


def _messages(body: dict[str, Any]) -> list[Message]:
    return [Message(turn["role"], turn["content"]) for turn in body["messages"]]
