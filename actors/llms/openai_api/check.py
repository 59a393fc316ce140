"""Does a server answer, take the key and know the model? Asked once before a run, so that mistakes show at once."""

from __future__ import annotations

import asyncio
import difflib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import aiohttp
from yarl import URL

from actors.llms.openai_api.connection import Connection, read_up_to
from actors.llms.openai_api.errors import Meaning, Verdict, one_line, verdict
from actors.program.hidden import without_passwords
from actors.program.user_error import UserError

CHECK_TIMEOUT = aiohttp.ClientTimeout(total=20, sock_connect=10)
TRIES = 3
PAUSE_S = 0.2  # after the first, twice that after the second
LIMIT = 8 * 2**20  # of an answer


async def check_model(session: aiohttp.ClientSession, connection: Connection, key: int, model: str) -> Verdict | None:
    """Ask `/models` with one key. Returns a refusal of this key, said again when asked again, else None.

    Raises `UserError` when nothing answers or the model is unknown. A server without `/models`, or one that is busy,
    passes: the calls themselves will tell.
    """
    status, headers, body = await _get(session, connection, key, connection.models)
    for attempt in range(1, TRIES):
        if _refusal(status, headers, body, connection) is None:
            break
        await asyncio.sleep(PAUSE_S * attempt)  # an edge may refuse any key for a moment
        status, headers, body = await _get(session, connection, key, connection.models)
    if status != 200:
        return _refusal(status, headers, body, connection)
    names = _model_names(body)
    if not names or model in names:
        return None
    status, headers, body = await _get(session, connection, key, _of(connection.models, model))
    if status != 404:
        return None
    near = difflib.get_close_matches(model, names, n=3, cutoff=0.4) or sorted(names)[:5]
    listed = one_line(connection.secrets.hide(", ".join(near)))
    raise UserError(
        f"unknown model '{model}' at {connection.shown}: it has {listed}{' …' if len(names) > len(near) else ''}"
    )


def _refusal(status: int, headers: Mapping[str, str], body: bytes, connection: Connection) -> Verdict | None:
    """What an answer says against the key."""
    if status == 200:
        return None
    found = verdict(status, headers, body, hide=connection.secrets.hide)
    return found if found.meaning is Meaning.KEY else None


def _of(models: URL, model: str) -> URL:
    """The address of one model; a slash in its name is no step into a folder."""
    return models.joinpath(quote(model, safe=""), encoded=True).with_query(models.query)


async def _get(
    session: aiohttp.ClientSession, connection: Connection, key: int, url: URL
) -> tuple[int, Mapping[str, str], bytes]:
    for attempt in range(TRIES):
        try:
            async with session.get(url, headers=connection.headers[key], timeout=CHECK_TIMEOUT) as response:
                return response.status, response.headers, (await read_up_to(response, LIMIT))[0]
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            if attempt == TRIES - 1:
                why = one_line(without_passwords(connection.secrets.hide(str(error)))) or type(error).__name__
                raise UserError(
                    f"no answer from {connection.shown} ({why}): start the server or set `base_url`"
                ) from error
        await asyncio.sleep(PAUSE_S * (attempt + 1))
    raise AssertionError("unreachable")


def _model_names(body: bytes) -> list[str]:
    try:
        content: Any = json.loads(body)
    except (ValueError, RecursionError):
        return []
    rows = content.get("data") if isinstance(content, dict) else content
    return (
        [row["id"] for row in rows or [] if isinstance(row, dict) and isinstance(row.get("id"), str)]
        if isinstance(rows, list)
        else []
    )
