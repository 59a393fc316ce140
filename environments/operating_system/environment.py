"""The OS environment: a fresh, hardened Linux machine for every episode, from a warm pool."""

from __future__ import annotations

from pydantic import BaseModel

from environments.contract import Lease, Session, Task
from environments.kinds.sandboxed import Sandboxed
from environments.operating_system.payload import payload_of
from environments.operating_system.session import OperatingSystemSession
from environments.operating_system.settings import Settings
from environments.operating_system.setup_failures import SetupFailure, SetupFailures


def create(settings: BaseModel) -> OperatingSystem:
    """The environment for these settings, not started."""
    return OperatingSystem(Settings.model_validate(settings.model_dump()))


class OperatingSystem(Sandboxed):
    """Prepares a task's machine before its session, and tells whose fault it is where that fails."""

    name = "operating_system"
    title = "the OS environment"
    settings: Settings

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._setup_failures = SetupFailures()

    async def lease(self, task: Task, lease_id: str) -> Lease:
        payload_of(task)
        return await super().lease(task, lease_id)

    async def connect(self, lease: Lease, task: Task) -> Session:
        session = OperatingSystemSession(payload_of(task), self.leased(lease), self.settings, self.originals)
        try:
            await session.open()
        except SetupFailure as failure:
            raise self._setup_failures.fault(task.id, failure) from failure
        self._setup_failures.forget(task.id)
        return session
