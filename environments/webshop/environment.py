"""The WebShop environment: one shop, hosted here or somebody else's, and for every episode a session in it."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from typing import Any, ClassVar
from urllib.parse import urlsplit

import aiohttp
import msgspec
from pydantic import BaseModel

from environments.contract import EnvironmentFault, Lease, Session, Task, TaskFault, UserError
from environments.kinds.served import Served
from environments.ownership import Owner
from environments.webshop.browser import Browser
from environments.webshop.hosted_shop import HostedShop
from environments.webshop.opening import before_the_page
from environments.webshop.payload import read_payload
from environments.webshop.session import WebShopSession
from environments.webshop.settings import LOOPBACK, Settings

EVERY_ADDRESS = ("0.0.0.0", "::")
LIMIT_PROBE_S = 10.0


def create(settings: BaseModel) -> WebShop:
    """The WebShop environment, not started."""
    if not isinstance(settings, Settings):
        raise TypeError(f"expected webshop settings, found {type(settings).__name__}")
    return WebShop(settings)


class WebShop(Served):
    """Leases sessions of one shop. Sessions are direct: they speak HTTP to the shop from wherever the loop runs."""

    name: ClassVar[str] = "webshop"
    title = "the WebShop environment"
    server_title = "the shop"
    child: HostedShop | None = None

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._opening = before_the_page(settings)
        self._http: aiohttp.ClientSession | None = None
        self._token = ""
        self._leases: dict[str, Lease] = {}

    async def open_server(self, owner: Owner) -> None:
        self._token = os.environ.get(self._settings.token_env, "") if self._settings.url else secrets.token_urlsafe(24)
        if not self._token:
            raise UserError(f"webshop.url is set, but {self._settings.token_env} does not hold the shop's token")
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._settings.request_timeout_s))
        if self._settings.url is None:
            self.child = HostedShop(owner.directory / self.name, self._token, self._settings)
            await self.child.start()
        await self._greet()

    async def _greet(self) -> None:
        try:
            status, answer = await self._ask("GET", "/health")
        except EnvironmentFault as error:
            raise UserError(f"{error}; webshop.url should name a shop that runs") from None
        if status != 200 or "catalogue" not in answer:
            raise UserError(f"the shop at {self._url()} answers {status}; is it one, and is this its token?")

    def _url(self) -> str:
        if self._settings.url is not None:
            return self._settings.url.rstrip("/")
        if self.child is None:
            raise self.not_started
        bind = self._settings.bind
        host = socket.getfqdn() if bind in EVERY_ADDRESS else bind
        return f"http://[{host}]:{self.child.port}" if ":" in host else f"http://{host}:{self.child.port}"

    async def _ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, dict[str, Any]]:
        """Speak to the shop as its host: the status and the JSON that came."""
        if self._http is None:
            raise self.not_started
        url = self._url()
        try:
            headers = {"Authorization": f"Bearer {self._token}"}
            async with self._http.request(method, f"{url}{path}", data=body, headers=headers) as answer:
                content = await answer.read()
                found = msgspec.json.decode(content) if answer.content_type == "application/json" else {}
                return answer.status, found if isinstance(found, dict) else {}
        except (TimeoutError, aiohttp.ClientError, OSError, msgspec.DecodeError) as error:
            raise EnvironmentFault(
                f"the shop at {url} does not answer: {type(error).__name__} {error}".rstrip()
            ) from error

    async def lease(self, task: Task, lease_id: str) -> Lease:
        payload = read_payload(task)
        url = self._url()
        status, answer = await self._ask("POST", "/sessions", msgspec.json.encode(payload))
        if status == 422:
            raise TaskFault(f"task '{task.id}' cannot be played here: {answer.get('error')}")
        if status != 201:
            raise EnvironmentFault(f"the shop gives no session: {answer.get('error', status)}")
        lease = Lease(lease_id, self.name, {"url": url}, secret=str(answer["session"]))
        self._leases[lease_id] = lease
        return lease

    async def release(self, lease: Lease) -> None:
        if self._http is None:
            raise self.not_started
        if lease.address["url"] == self._url():  # else its shop is gone, and the session with it
            await self._ask("DELETE", f"/sessions/{lease.secret}")
        self._leases.pop(lease.id, None)

    async def connect(self, lease: Lease, task: Task) -> Session:
        browser = Browser(lease.address["url"], lease.secret, self._settings.request_timeout_s)
        try:
            goal = read_payload(task).goal
            return WebShopSession(
                browser=browser, page=await browser.open(), opening=self._opening, settings=self._settings, goal=goal
            )
        except BaseException:
            await browser.close()
            raise

    async def ask_server(self) -> None:
        url = self._url()
        try:
            async with asyncio.timeout(LIMIT_PROBE_S):
                status, _ = await self._ask("GET", "/health")
        except TimeoutError:
            raise EnvironmentFault(f"the shop at {url} does not answer within {LIMIT_PROBE_S:g} s") from None
        if status != 200:
            raise EnvironmentFault(f"the shop at {url} answers {status}")

    def forget_leases(self) -> None:
        self._leases.clear()

    async def stop(self) -> None:
        if self._settings.url is not None and self._http is not None:
            for lease in list(self._leases.values()):
                try:
                    await self.release(lease)
                except EnvironmentFault:
                    break  # the shop forgets its sessions by itself
        if self._http is not None:
            await self._http.close()
            self._http = None
        self._leases.clear()
        await super().stop()

    @property
    def node_bound(self) -> bool:
        """Whether the shop listens on this machine's loopback only; can be asked before `start`."""
        host = self._settings.bind if self._settings.url is None else urlsplit(self._settings.url).hostname
        return host in LOOPBACK

    def gauges(self) -> dict[str, float]:
        return {"open_sessions": float(len(self._leases)), "shop_restarts": float(self._restarts)}
