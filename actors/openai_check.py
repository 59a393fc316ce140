"""Does a server answer, take the key and know the model? Asked once before a run, so that mistakes show at once."""

from __future__ import annotations

import asyncio
import difflib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import aiohttp

from actors.openai_errors import Meaning, Verdict, one_line, verdict
from environments.contract import UserError

CHECK_TIMEOUT = aiohttp.ClientTimeout(total=20, sock_connect=10)
TRIES = 3


async def check_model(session: aiohttp.ClientSession, base_url: str, headers: Mapping[str, str], model: str) -> Verdict | None:
    """Ask `/models` with one key. Returns a refusal of this key, else None.

    Raises `UserError` when nothing answers or the model is unknown. A server without `/models`, or one that is busy, passes:
    the calls themselves will tell.
    """
    status, answer_headers, body = await _get(session, f"{base_url}/models", headers)
    if status != 200:
        refusal = verdict(status, answer_headers, body)
        return refusal if refusal.meaning is Meaning.KEY else None
    names = _model_names(body)
    if not names or model in names:
        return None
    status, answer_headers, body = await _get(session, f"{base_url}/models/{quote(model, safe='')}", headers)
    if status != 404:
        return None
    near = difflib.get_close_matches(model, names, n=3, cutoff=0.4) or sorted(names)[:5]
    raise UserError(f"unknown model '{model}' at {base_url}: it has {', '.join(near)}{' …' if len(names) > len(near) else ''}")


async def _get(session: aiohttp.ClientSession, url: str, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
    for attempt in range(TRIES):
        try:
            async with session.get(url, headers=headers, timeout=CHECK_TIMEOUT) as response:
                return response.status, response.headers, await response.read()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            if attempt == TRIES - 1:
                why = one_line(str(error)) or type(error).__name__
                raise UserError(f"no answer from {url} ({why}): start the server or set `base_url`") from error
        await asyncio.sleep(0.2 * (attempt + 1))
    raise AssertionError("unreachable")


def _model_names(body: bytes) -> list[str]:
    try:
        content: Any = json.loads(body)
    except ValueError:
        return []
    rows = content.get("data") if isinstance(content, dict) else content
    return [row["id"] for row in rows or [] if isinstance(row, dict) and isinstance(row.get("id"), str)] if isinstance(rows, list) else []
