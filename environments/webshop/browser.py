"""The agent's browser: fetches the pages of one session.

A shop that does not answer is a fault of the environment, never the agent's.
"""

from __future__ import annotations

import aiohttp
from yarl import URL

from environments.contract import EnvironmentFault
from environments.webshop.page import Click, Page, read_page

LIMIT_PAGE_BYTES = 16 << 20


class Browser:
    """Where one session is in the shop."""

    def __init__(self, shop: str, session: str, timeout_s: float) -> None:
        self._session = session
        self._home = URL(shop) / session / ""
        self._here = self._home
        self._http = aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=timeout_s)
        )

    async def open(self) -> Page:
        """The search page."""
        return await self._fetch("get", self._home)

    async def search(self, keywords: str) -> Page:
        """The first page of results, whatever page is open."""
        return await self._fetch("post", self._home / "search", data={"q": keywords})

    async def click(self, click: Click) -> Page:
        """Follow a button, a link or an option of the page that is open."""
        address = self._here.join(URL(click.address, encoded=True))
        if click.method == "get" and click.fields:
            address = address.with_query(click.fields)
        return await self._fetch(click.method, address)

    async def _fetch(self, method: str, address: URL, data: dict[str, str] | None = None) -> Page:
        try:
            async with self._http.request(method, address, data=data) as answer:
                if answer.status != 200:
                    raise EnvironmentFault(f"the shop answers {answer.status} to /…/{answer.url.name}")
                body = bytearray()
                async for part in answer.content.iter_any():
                    body += part
                    if len(body) > LIMIT_PAGE_BYTES:
                        raise EnvironmentFault(
                            f"the shop's page /…/{answer.url.name} has more than {LIMIT_PAGE_BYTES} bytes"
                        )
                self._here = answer.url
                return read_page(body.decode("utf-8"))
        except (TimeoutError, aiohttp.ClientError, OSError, RuntimeError) as error:
            raise EnvironmentFault(
                f"the shop at {self._home.origin()} does not answer: {self._reason(error)}"
            ) from None
        except (ValueError, KeyError) as error:
            raise EnvironmentFault(
                f"the shop at {self._home.origin()} sent a page that is none of a shop's: {error}"
            ) from error

    def _reason(self, error: Exception) -> str:
        """What went wrong, without the session's id, which is a secret."""
        return f"{type(error).__name__} {error}".strip().replace(self._session, "…")

    async def close(self) -> None:
        """Give back the connections."""
        await self._http.close()
