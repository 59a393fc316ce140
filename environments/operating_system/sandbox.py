"""What a sandbox is to the OS world, whichever kind it is: made by an `Engine`, spoken to through its `Supervisor`, removed."""

from __future__ import annotations

import socket
from abc import ABC, abstractmethod

from environments.operating_system.shell import Supervisor
from environments.ownership import state_directory


def host_label() -> str:
    """Where an owner's lock can be asked for: ids of another machine, or of another state directory, say nothing here."""
    return f"{socket.gethostname()}:{state_directory()}"


class Sandbox(ABC):
    """One agent's machine: created, used for one episode, removed. `image` says exactly which files it began with."""

    name: str
    supervisor: Supervisor

    def __init__(self, name: str, supervisor: Supervisor) -> None:
        self.name = name
        self.supervisor = supervisor
        self.overrun = ""
        self.image = ""

    @abstractmethod
    async def blame(self) -> str:
        """Why it is the agent's fault that the sandbox is lost (a limit that it ran into); empty when it is not."""

    @abstractmethod
    async def remove(self) -> None:
        """End everything in it and remove it. Never raises; may be called twice."""


class Engine(ABC):
    """A way to make sandboxes on this machine."""

    name: str

    @abstractmethod
    async def start(self) -> None:
        """Check that sandboxes can be made. Raises `UserError` when something is missing."""

    @abstractmethod
    async def create(self) -> Sandbox:
        """A running sandbox whose supervisor has said hello. Raises `EnvironmentFault`."""

    @abstractmethod
    async def healthy(self) -> None:
        """Return if sandboxes can be made just now. Raises `EnvironmentFault`."""

    @abstractmethod
    async def sweep(self) -> int:
        """Remove the sandboxes whose owner is dead."""

    @abstractmethod
    async def stop(self) -> None:
        """Give up what the engine itself holds; its sandboxes are removed before."""
