"""AgentTuning on Ray from Python; `agenttuning --help` is the same as a program.

    import agenttuning

    store = agenttuning.rollout("configs/practice.yaml", "store=runs/first")
    for trajectory in store.trajectories():
        print(trajectory.status, trajectory.reward)

    async with agenttuning.open_session("practice", agenttuning.tasks("practice", 1)[0]) as session:
        feedback = await session.step("1")

Names are looked up when they are used: importing this imports neither Ray nor torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from actors.program.user_error import UserError
    from actors.records.store import Store
    from actors.records.trajectory import Trajectory
    from agenttuning.api import Unfinished, evaluate, open_session, rollout, tasks, train
    from environments.contract import Feedback, Session, Status, Task
    from environments.message import Message
    from serve.evaluation.evaluation import Evaluation

    __version__: str

_HOMES = {
    "agenttuning.api": ("Unfinished", "evaluate", "open_session", "rollout", "tasks", "train"),
    "actors.program.user_error": ("UserError",),
    "actors.records.store": ("Store",),
    "actors.records.trajectory": ("Trajectory",),
    "environments.contract": ("Feedback", "Session", "Status", "Task"),
    "environments.message": ("Message",),
    "serve.evaluation.evaluation": ("Evaluation",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Evaluation",
    "Feedback",
    "Message",
    "Session",
    "Status",
    "Store",
    "Task",
    "Trajectory",
    "Unfinished",
    "UserError",
    "__version__",
    "evaluate",
    "open_session",
    "rollout",
    "tasks",
    "train",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from actors.program.version import version

        return version()
    if name not in _HOME_OF:
        raise AttributeError(f"module 'agenttuning' has no attribute '{name}'")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return __all__
