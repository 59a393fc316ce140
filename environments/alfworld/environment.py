"""The ALFWorld environment: workers that play one game after the other, each episode in one of them."""

from __future__ import annotations

from pydantic import BaseModel

from environments.alfworld.logic import check_installed
from environments.alfworld.opening import Openings
from environments.alfworld.payload import task_type
from environments.alfworld.session import AlfworldSession
from environments.alfworld.settings import Settings
from environments.contract import Lease, Session, Task, TaskFault
from environments.kinds.pooled import Pooled
from environments.kinds.worker import Worker


def create(settings: BaseModel) -> Alfworld:
    """The ALFWorld environment, not started."""
    if not isinstance(settings, Settings):
        raise TypeError(f"expected alfworld settings, found {type(settings).__name__}")
    return Alfworld(settings)


class Alfworld(Pooled):
    """Leases workers with a game loaded."""

    name = "alfworld"

    def __init__(self, settings: Settings) -> None:
        self._episodes = settings
        self._openings = Openings(settings)
        options = {"commands": settings.commands, "data": str(settings.data_folder())}
        super().__init__("environments.alfworld.engine:Engine", self._begun, settings, options)

    def _begun(self, task: Task, worker: Worker) -> Session:
        before = self._openings.before_the_task(task_type(task.payload))
        return AlfworldSession(worker, before, self._episodes)

    async def start(self) -> None:
        check_installed()
        await super().start()

    async def lease(self, task: Task, lease_id: str) -> Lease:
        try:
            task_type(task.payload)
        except ValueError as error:
            raise TaskFault(f"task '{task.id}' is no household task: {error}") from None
        return await super().lease(task, lease_id)
