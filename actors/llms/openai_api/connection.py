"""How a provider is reached: the address with its query, each key's headers, the proxy; and what of these must not be
written.

The openai package knows its own headers; the rest is configuration (`OpenAISettings.headers`, `query`,
`api_key_header`). The proxy is the one that the environment names (`https_proxy`, `http_proxy`, `no_proxy`), with its
user and password; `.netrc` is not read, since its credentials would take the place of the key.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.request import getproxies, proxy_bypass

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from actors.llms.openai_api.settings import OpenAISettings
from actors.program.hidden import Secrets, without_passwords
from actors.program.user_error import UserError

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_CHAT = "/chat/completions"


class Connection(NamedTuple):
    """All that a call needs. `headers` are by the key's number, `shown` is the address as it may be written."""

    chat: URL
    models: URL
    headers: list[CIMultiDict[str]]
    proxy: URL | None
    shown: str
    secrets: Secrets

    def session(self, settings: OpenAISettings) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=settings.max_connections, keepalive_timeout=60, ttl_dns_cache=300),
            timeout=aiohttp.ClientTimeout(total=settings.request_timeout_s, sock_connect=settings.connect_timeout_s),
            cookie_jar=aiohttp.DummyCookieJar(),
            proxy=self.proxy,
        )


def connection_of(settings: OpenAISettings) -> Connection:
    """The connection that `settings` and the environment describe.

    Raises `UserError` for what is missing or contradicts itself.
    """
    keys = keys_of(settings.api_key_env)
    base = _base(settings.base_url)
    query = {**base.query, **_filled(settings.query, "query")}
    own = _filled(settings.headers, "headers")
    if base.user is not None and any(keys):
        raise UserError(
            "base_url holds a user and a password, and api_key_env names a key: a server takes one of them, leave out"
            " the other"
        )
    if base.user is not None:
        own["Authorization"] = aiohttp.encode_basic_auth(base.user, base.password or "")
    proxy = _proxy(base)
    secrets = [*keys, *_variables(settings.headers), *_variables(settings.query), *_passwords(base), *_passwords(proxy)]
    base = base.with_user(None)
    return Connection(
        chat=(base / "chat" / "completions").with_query(query),
        models=(base / "models").with_query(query),
        headers=[_headers(settings, key, own) for key in keys],
        proxy=proxy,
        shown=without_passwords(settings.base_url),
        secrets=Secrets(secrets),
    )


def _base(text: str) -> URL:
    """The address under which `/chat/completions` lies, with its query."""
    shown = without_passwords(text)
    try:
        url = URL(text.strip())
        port = url.port
    except ValueError as error:
        raise UserError(
            f"base_url '{shown}' is no address ({error}): give one like https://api.openai.com/v1"
        ) from error
    if url.scheme not in ("http", "https") or not url.host or port is None:
        raise UserError(f"base_url '{shown}' is no address: give one like https://api.openai.com/v1")
    path = url.path.rstrip("/").removesuffix(_CHAT)
    return url.with_path(path, keep_query=True)


def missing_variables(settings: OpenAISettings) -> list[str]:
    """Every environment variable that `settings` names and that is not there, or blank."""
    values = (*settings.headers.values(), *settings.query.values())
    named = [*settings.api_key_env, *(name for text in values for name in _VARIABLE.findall(text))]
    return [name for name in dict.fromkeys(named) if not _is_set(name)]


def _is_set(name: str) -> bool:
    return bool(os.environ.get(name, "").strip())


def keys_of(names: Sequence[str]) -> list[str]:
    """The keys in the environment variables `names`; one empty key if there are no names.

    Raises `UserError` for a missing one.
    """
    missing = [name for name in names if not _is_set(name)]
    if missing:
        raise UserError(
            f"environment variable {missing[0]} is not set: export the API key, or set api_key_env=[] for a server"
            " without keys"
        )
    return [_sendable(os.environ[name].strip(), f"environment variable {name}") for name in names] or [""]


def _sendable(value: str, where: str) -> str:
    if not (value.isascii() and value.isprintable()):
        raise UserError(f"{where} holds characters that no HTTP header takes: was it pasted whole, and on one line?")
    return value


def _filled(values: Mapping[str, str], where: str) -> dict[str, str]:
    """`values` with each `${NAME}` replaced by that environment variable."""

    def value(found: re.Match[str]) -> str:
        if not _is_set(found[1]):
            raise UserError(
                f"environment variable {found[1]} is not set, but llm.{where} has ${{{found[1]}}}: export it"
            )
        return os.environ[found[1]].strip()

    return {name: _sendable(_VARIABLE.sub(value, text), f"llm.{where}.{name}") for name, text in values.items()}


def _variables(values: Mapping[str, str]) -> list[str]:
    """What `_filled` took from the environment: it is secret."""
    return [os.environ[name].strip() for text in values.values() for name in _VARIABLE.findall(text)]


def _passwords(url: URL | None) -> list[str]:
    """The password in an address, alone and as basic authentication has it."""
    return [url.password, f"{url.user}:{url.password}"] if url is not None and url.password else []


def _proxy(url: URL) -> URL | None:
    """The proxy that the environment names for `url`."""
    found = getproxies().get(url.scheme)
    if not found or proxy_bypass(url.host or ""):
        return None
    variable = f"{url.scheme}_proxy"
    proxy = URL(found if "://" in found else f"http://{found}")
    if proxy.scheme not in ("http", "https") or not proxy.host:
        raise UserError(
            f"environment variable {variable} names '{without_passwords(found)}': only HTTP proxies can be used"
        )
    return proxy


def _headers(settings: OpenAISettings, key: str, own: Mapping[str, str]) -> CIMultiDict[str]:
    """The headers that the openai package sends with this key, and the configured ones, which win."""
    try:
        from openai import AsyncOpenAI
    except ImportError as error:
        raise UserError("the openai package is not installed: pip install 'openai>=3.54,<4'") from error

    client = AsyncOpenAI(
        api_key=key or "none",
        base_url=settings.base_url,
        organization=settings.organization,
        project=settings.project,
        max_retries=0,
    )
    sent = {
        name: value
        for name, value in client.default_headers.items()
        if isinstance(value, str) and not name.startswith("X-Stainless")
    }
    headers = CIMultiDict(sent)
    if key:
        headers.update(
            client.auth_headers
            if settings.api_key_header.lower() == "authorization"
            else {settings.api_key_header: key}
        )
    headers.update(own)
    return headers


async def read_up_to(response: aiohttp.ClientResponse, limit: int) -> tuple[bytes, bool]:
    """The body as far as `limit` bytes, and whether that is all of it: some servers never end."""
    if (response.content_length or limit + 1) <= limit and "Content-Encoding" not in response.headers:
        return await response.read(), True
    chunks: list[bytes] = []
    left = limit
    async for chunk in response.content.iter_any():
        chunks.append(chunk[:left])
        left -= len(chunk)
        if left < 0:
            response.close()
            return b"".join(chunks), False
    return b"".join(chunks), True
