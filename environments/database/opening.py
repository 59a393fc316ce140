"""What an episode begins with."""

from __future__ import annotations

from environments.contract import Task
from environments.database import session
from environments.database.payload import read_payload
from environments.database.settings import Settings
from environments.message import Message


def opening(task: Task, settings: Settings) -> list[Message]:
    """DBBench's three messages, as the session has them."""
    return session.opening(read_payload(task), session.prefix(settings.prompts))
