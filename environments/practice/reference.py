"""Counts."""

from __future__ import annotations

from collections.abc import Sequence

from environments.contract import Task
from environments.message import Message


def reply(task: Task, messages: Sequence[Message]) -> str:
    """The next number, or `done`."""
    said = sum(message.loss is True for message in messages)
    return f"I go on counting.\nSay: {said + 1 if said < task.payload['rounds'] else 'done'}"
