"""What an episode begins with."""

from __future__ import annotations

from pathlib import Path

from environments.contract import Task
from environments.message import Message
from environments.operating_system import grammar
from environments.operating_system.payload import payload_of
from environments.operating_system.settings import Settings


def opening(task: Task, settings: Settings) -> list[Message]:
    """Instruction, demonstration and task, as the session has them."""
    return grammar.opening(payload_of(task), Path(settings.prompts) if settings.prompts else None)
