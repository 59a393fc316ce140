"""Environments around one server: a child of ours in the owner's folder, or somebody's at a URL.

    class Library(Served):
        name = "library"
        title, server_title = "the library environment", "the library's server"

        async def open_server(self, owner): ...     # start the child and keep it as `child`, or look at the URL
        async def ask_server(self): ...             # an `EnvironmentFault` where nobody answers

beside `lease`, `release` and `connect` of the contract. A child that died, or does not answer, is replaced by a fresh
one; what was leased on it died with it. A child is made of a `ServerProcess` (environments/child_server.py).
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import ClassVar

from environments.child_server import remove_leftovers
from environments.contract import Environment, EnvironmentFault, UserError
from environments.ownership import Owner


class Child(ABC):
    """A server of our own."""

    @abstractmethod
    async def start(self) -> None:
        """Bring it up, anew and empty. Raises `UserError` where it cannot be."""

    @abstractmethod
    def running(self) -> bool:
        """Whether, as far as can be told without asking it, it still runs."""

    @abstractmethod
    async def stop(self) -> None:
        """End it and remove its files. May be called twice."""


class Served(Environment):
    """Brings the server up, watches it, replaces a child that is lost, and leaves nothing.

    Its folder inside the owner's has the environment's name.
    """

    direct = True
    title: ClassVar[str]
    server_title: ClassVar[str]
    child: Child | None = None
    """None where the server is somebody's, or not up yet."""

    def __init__(self) -> None:
        self._owner: Owner | None = None
        self._repairing = asyncio.Lock()
        self._restarts = 0

    @abstractmethod
    async def open_server(self, owner: Owner) -> None:
        """Start the child, kept as `child` before it runs, or see that somebody's server can be used.

        Raises `UserError` where it cannot be.
        """

    @abstractmethod
    async def ask_server(self) -> None:
        """Ask it for something, for some seconds. Raises `EnvironmentFault` where it does not answer."""

    def forget_leases(self) -> None:
        """The child died, and what was leased on it."""

    def remove_leftovers(self) -> int:
        """Remove what dead owners left on this machine, and say how many things that were."""
        return remove_leftovers(self.name)

    @property
    def not_started(self) -> EnvironmentFault:
        return EnvironmentFault(f"{self.title} is not started")

    async def start(self) -> None:
        await asyncio.to_thread(self.remove_leftovers)
        self._owner = Owner.claim()
        try:
            await self.open_server(self._owner)
        except BaseException:
            await self.stop()
            raise

    async def sweep(self) -> int:
        return await asyncio.to_thread(self.remove_leftovers)

    async def healthy(self) -> None:
        async with self._repairing:
            if self._owner is None:
                raise self.not_started
            if self.child is None:
                await self.ask_server()
            elif not (self.child.running() and await self._answers()):
                await self._replace(self.child)

    async def _answers(self) -> bool:
        try:
            await self.ask_server()
        except EnvironmentFault:
            return False
        return True

    async def _replace(self, child: Child) -> None:
        self.forget_leases()
        try:
            await child.start()
        except UserError as error:
            raise EnvironmentFault(f"{self.server_title} died and cannot be replaced: {error}") from error
        self._restarts += 1

    async def stop(self) -> None:
        """Where the child does not die, its owner lives on with this process, and both are swept after it."""
        if self.child is not None:
            await self.child.stop()
            self.child = None
        owner, self._owner = self._owner, None
        if owner is not None:
            await asyncio.to_thread(owner.release)
