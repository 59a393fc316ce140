"""What an episode begins with."""

from __future__ import annotations

from environments.contract import Task
from environments.message import Message
from environments.practice.settings import Settings


def opening(task: Task, settings: Settings) -> list[Message]:
    """The whole instruction."""
    how = "as 'Say: 1', then 'Say: done'" if settings.dialect == "text" else "with the tool, then 'done'"
    return [Message("user", f"Count from 1 to {task.payload['rounds']}, one number a turn {how}.")]
