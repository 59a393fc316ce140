"""What an episode begins with."""

from __future__ import annotations

from pathlib import Path

from environments.contract import Task
from environments.message import Message
from environments.operating_system import grammar
from environments.operating_system.payload import Payload, payload_of
from environments.operating_system.settings import Settings
from environments.own_opening import tools_instruction


def opening(task: Task, settings: Settings) -> list[Message]:
    """Instruction, demonstration (of the text) and task."""
    return opening_of(payload_of(task), settings)


def opening_of(payload: Payload, settings: Settings) -> list[Message]:
    """The same. Raises `UserError` where the prompts are missing or malformed."""
    prompts = Path(settings.prompts) if settings.prompts else grammar.PROMPTS
    if settings.dialect == "tools":
        return [Message("user", f"{tools_instruction(prompts)}\n\nMy problem is:\n\n{payload.description}")]
    return grammar.opening(payload, prompts)
