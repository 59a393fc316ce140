"""What a sandbox is to an environment, whichever kind it is: made by an `Engine`, spoken to through its
`Supervisor`, removed.
"""

from __future__ import annotations

import socket
from abc import ABC, abstractmethod

from environments.ownership import state_directory
from environments.sandbox.endings import Evidence, own_doing
from environments.sandbox.shell import Supervisor

# What root in a sandbox may not list, as the supervisor must not be looked into: hidden, so that `find /` does not fail
# on it.
SUPERVISORS_OWN = ("/proc/1/task", "/proc/1/fdinfo", "/proc/1/map_files")


def host_label() -> str:
    """Where an owner's lock can be asked for: ids of another machine, or of another state directory, say nothing
    here.
    """
    return f"{socket.gethostname()}:{state_directory()}"


class Sandbox(ABC):
    """One agent's machine: created, used for one episode, removed. `image` says exactly which files it began with;
    `own_disk` that what it can't write for want of room is its own limit, and not others' use of the same disk."""

    name: str
    supervisor: Supervisor

    def __init__(self, name: str, supervisor: Supervisor) -> None:
        self.name = name
        self.supervisor = supervisor
        self.overrun = ""
        self.image = ""
        self.own_disk = True

    async def blame(self) -> str:
        """Why it is the agent's own doing that the sandbox is lost; empty when it is not."""
        return own_doing(await self.evidence())

    @abstractmethod
    async def evidence(self) -> Evidence:
        """What is known of this sandbox, which does not answer any more. Never raises."""

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
