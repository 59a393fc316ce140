"""The WebShop environment: one shop, hosted here or somebody else's, and for every episode a session in it."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import socket
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import aiohttp
import msgspec
from pydantic import BaseModel

from environments.contract import Environment, EnvironmentFault, Lease, Session, Task, TaskFault, UserError
from environments.ownership import Owner
from environments.webshop import hosted_shop
from environments.webshop.browser import Browser
from environments.webshop.hosted_shop import FOLDER, HostedShop
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


class WebShop(Environment):
    """Leases sessions of one shop. Sessions are direct: they speak HTTP to the shop from wherever the loop runs."""

    name: ClassVar[str] = "webshop"
    direct = True

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._opening = before_the_page(settings)
        self._owner: Owner | None = None
        self._shop: HostedShop | None = None
        self._http: aiohttp.ClientSession | None = None
        self._token = ""
        self._leases: dict[str, Lease] = {}
        self._repairing = asyncio.Lock()
        self._restarts = 0

    async def start(self) -> None:
        await asyncio.to_thread(hosted_shop.sweep)
        self._token = os.environ.get(self._settings.token_env, "") if self._settings.url else secrets.token_urlsafe(24)
        if not self._token:
            raise UserError(f"webshop.url is set, but {self._settings.token_env} does not hold the shop's token")
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._settings.request_timeout_s))
        try:
            if self._settings.url is None:
                self._owner = Owner.claim()
                self._shop = HostedShop(self._owner.directory / FOLDER, self._token, self._settings)
                await self._shop.start()
            await self._greet()
        except BaseException:
            await self.stop()
            raise

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
        if self._shop is None:
            raise EnvironmentFault("the WebShop environment is not started")
        bind = self._settings.bind
        host = socket.getfqdn() if bind in EVERY_ADDRESS else bind
        return f"http://[{host}]:{self._shop.port}" if ":" in host else f"http://{host}:{self._shop.port}"

    async def _ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, dict[str, Any]]:
        """Speak to the shop as its host: the status and the JSON that came."""
        if self._http is None:
            raise EnvironmentFault("the WebShop environment is not started")
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

    async def sweep(self) -> int:
        return await asyncio.to_thread(hosted_shop.sweep)

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
            raise EnvironmentFault("the WebShop environment is not started")
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

    async def healthy(self) -> None:
        async with self._repairing:
            if self._shop is None or self._shop.running():
                try:
                    async with asyncio.timeout(LIMIT_PROBE_S):
                        status, _ = await self._ask("GET", "/health")
                except TimeoutError:
                    status = 0
                except EnvironmentFault:
                    if self._shop is None:
                        raise
                    status = 0
                if status == 200:
                    return
                if self._shop is None:
                    raise EnvironmentFault(f"the shop at {self._url()} answers {status}")
            await self._replace_shop(self._shop)

    async def _replace_shop(self, shop: HostedShop) -> None:
        """A fresh shop for a dead one. The sessions in it died with it; theirs find nobody at the old address."""
        self._leases.clear()
        try:
            await shop.start()
        except UserError as error:
            raise EnvironmentFault(f"the shop died and cannot be replaced: {error}") from error
        self._restarts += 1

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
        if self._shop is not None:
            await self._shop.stop()
            self._shop = None
        self._leases.clear()
        if self._owner is not None:
            self._owner.release()
            await asyncio.to_thread(shutil.rmtree, Path(self._owner.directory), True)
            self._owner = None

    @property
    def node_bound(self) -> bool:
        """Whether the shop listens on this machine's loopback only; can be asked before `start`."""
        host = self._settings.bind if self._settings.url is None else urlsplit(self._settings.url).hostname
        return host in LOOPBACK

    def gauges(self) -> dict[str, float]:
        return {"open_sessions": float(len(self._leases)), "shop_restarts": float(self._restarts)}
