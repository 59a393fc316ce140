"""A model behind an OpenAI-compatible server: vLLM's, with its extensions, or any that has some of them.

prompt ids           /chat/completions with return_token_ids; else vLLM's /tokenize
log-probabilities    /completions over token ids with prompt_logprobs; else with echo and logprobs
the end of a reply   /chat/completions with logit_bias
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Sequence
from typing import Any

import aiohttp
import msgspec

from actors.program.terminal import one_line
from actors.program.user_error import UserError
from actors.records.trajectory import Message
from serve.check.served import FORCE, FORCED_TOKENS, CannotTell, Ending
from serve.check.settings import URLSettings

_CONNECT_S = 10.0


class URLServed:
    """One model of one server."""

    def __init__(self, settings: URLSettings) -> None:
        self._settings = settings
        self._base = settings.url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None
        self._model = settings.served_name or ""

    @property
    def name(self) -> str:
        return f"{self._base} ('{self._model}')"

    @property
    def dtype(self) -> str:
        return self._settings.dtype

    async def start(self) -> None:
        """Connect, and find the model. Raises `UserError` where nothing answers or the server has no such model."""
        if self._session is not None:
            return
        if not self._base.startswith(("http://", "https://")):
            raise UserError(f"--url '{self._settings.url}' is no address: give one like http://127.0.0.1:8000/v1")
        timeout = aiohttp.ClientTimeout(total=self._settings.request_timeout_s, sock_connect=_CONNECT_S)
        self._session = aiohttp.ClientSession(timeout=timeout, headers=self._headers())
        try:
            self._model = self._chosen(await self._models())
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def prompt_ids(self, messages: Sequence[Message]) -> list[int]:
        answer = await self._post(
            f"{self._base}/chat/completions", messages=_turns(messages), max_tokens=1, return_token_ids=True
        )
        told = answer.get("prompt_token_ids")
        if told is None:
            root = self._base.removesuffix("/v1")
            try:
                told = (
                    await self._post(f"{root}/tokenize", messages=_turns(messages), add_generation_prompt=True)
                ).get("tokens")
            except CannotTell as error:
                said = "the server tells no token ids of a chat: neither by return_token_ids nor by /tokenize"
                raise CannotTell(f"{said} ({error})") from error
        return _numbers(told, "token ids")

    async def log_probabilities(self, ids: Sequence[int]) -> list[float]:
        body = {"prompt": list(ids), "max_tokens": 1, "temperature": 0}
        choice = _choice(await self._post(f"{self._base}/completions", **body, prompt_logprobs=0))
        positions = choice.get("prompt_logprobs")
        if isinstance(positions, list):
            return [_of_token(position, token) for position, token in zip(positions[1:], ids[1:], strict=False)]
        choice = _choice(await self._post(f"{self._base}/completions", **body, echo=True, logprobs=1))
        echoed = (choice.get("logprobs") or {}).get("token_logprobs")
        if not isinstance(echoed, list) or len(echoed) < len(ids):
            raise CannotTell(
                "the server gives no log-probabilities of a prompt: neither by prompt_logprobs nor by echo"
            )
        return [float("nan") if value is None else float(value) for value in echoed[1 : len(ids)]]

    async def forced(self, messages: Sequence[Message], token_id: int) -> Ending:
        asked = {
            "max_tokens": FORCED_TOKENS,
            "temperature": 0,
            "logit_bias": {str(token_id): FORCE},
            "return_token_ids": True,
        }
        choice = _choice(await self._post(f"{self._base}/chat/completions", messages=_turns(messages), **asked))
        told = choice.get("token_ids")
        ids = None if told is None else tuple(_numbers(told, "token ids"))
        message = choice.get("message")
        text = message.get("content") if isinstance(message, dict) else None
        return Ending(str(choice.get("finish_reason") or ""), text or "", ids)

    def _headers(self) -> dict[str, str]:
        name = self._settings.api_key_env
        if name is None:
            return {}
        key = os.environ.get(name, "")
        if not key:
            raise UserError(f"api_key_env names '{name}', which is not set: export {name}=…")
        return {"Authorization": f"Bearer {key}"}

    async def _models(self) -> list[str]:
        url = f"{self._base}/models"
        assert self._session is not None
        try:
            async with self._session.get(
                url, timeout=aiohttp.ClientTimeout(total=20, sock_connect=_CONNECT_S)
            ) as response:
                status, body = response.status, await response.read()
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            why = one_line(str(error), 120) or type(error).__name__
            raise UserError(f"no answer from {url} ({why}): start the server, or give its address as --url") from error
        rows = _decoded(body).get("data") if status == 200 else None
        names = (
            [row["id"] for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)]
            if isinstance(rows, list)
            else []
        )
        if not names:
            hint = (
                "name the variable with its key by api_key_env=NAME"
                if status in (401, 403)
                else "give the address up to and with /v1"
            )
            raise UserError(f"{url} names no models (HTTP {status}): {hint}")
        return names

    def _chosen(self, names: list[str]) -> str:
        wanted, url = self._settings.served_name, self._base
        if wanted is None and len(names) == 1:
            return names[0]
        if wanted in names:
            return str(wanted)
        near = (difflib.get_close_matches(wanted, names, n=3, cutoff=0.4) if wanted else []) or sorted(names)[:5]
        listed = ", ".join(f"'{one_line(name, 60)}'" for name in near)
        if wanted is None:
            raise UserError(f"{url} has {len(names)} models ({listed}): say which with --served-name")
        raise UserError(f"{url} has no model '{wanted}': give --served-name one of {listed}")

    async def _post(self, url: str, **fields: Any) -> dict[str, Any]:
        """The answer of one request. Raises `CannotTell` for any that is no success."""
        assert self._session is not None
        try:
            async with self._session.post(url, json={"model": self._model, **fields}) as response:
                status, body = response.status, await response.read()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise CannotTell(f"no answer from {url} ({one_line(str(error), 120) or type(error).__name__})") from error
        if status != 200:
            raise CannotTell(f"{url} answered HTTP {status}: {one_line(body.decode('utf-8', 'replace'), 160)}")
        return _decoded(body)


def _turns(messages: Sequence[Message]) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.content} for message in messages]


def _decoded(body: bytes) -> dict[str, Any]:
    try:
        content = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return content if isinstance(content, dict) else {}


def _choice(answer: dict[str, Any]) -> dict[str, Any]:
    choices = answer.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise CannotTell("the server's answer has no choices")
    return choices[0]


def _numbers(told: Any, what: str) -> list[int]:
    if not isinstance(told, list) or not all(isinstance(number, int) for number in told):
        raise CannotTell(f"the server gave no {what}")
    return list(told)


def _of_token(position: Any, token: int) -> float:
    """The log-probability of one token in vLLM's `{"id": {"logprob": …}, …}`; not a number where it is not there."""
    entry = position.get(str(token)) if isinstance(position, dict) else None
    value = entry.get("logprob") if isinstance(entry, dict) else None
    return float(value) if isinstance(value, int | float) else float("nan")
