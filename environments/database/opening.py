"""What an episode begins with: DBBench's three messages, and no demonstration, as in AgentBench."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from environments.contract import Task, UserError
from environments.database.payload import Payload, read_payload
from environments.database.settings import Settings
from environments.message import Message
from environments.own_opening import read_own_opening, tools_instruction

PROMPTS = Path(__file__).parent / "prompts"


def opening(task: Task, settings: Settings) -> list[Message]:
    """Instruction, acknowledgement, task."""
    return opening_of(read_payload(task), prefix(settings))


def prefix(settings: Settings) -> list[Message]:
    """Instruction and acknowledgement: this project's words, the text that the user put into `prompts`, or all of it as
    it is there. Raises `UserError`.
    """
    folder = settings.prompts
    if settings.dialect == "tools":
        return _acknowledged(tools_instruction(Path(folder or PROMPTS)))
    own = read_own_opening(Path(folder)) if folder is not None else None
    return own if own is not None else _acknowledged(_instruction(folder))


def opening_of(payload: Payload, before: Sequence[Message]) -> list[Message]:
    """`before`, and the task."""
    task = f"{payload.description}\n{payload.add_description}" if payload.add_description else payload.description
    return [*before, Message("user", task)]


def _acknowledged(instruction: str) -> list[Message]:
    return [Message("user", instruction), Message("assistant", "Ok.", loss=False)]


def _instruction(folder: str | None) -> str:
    path = Path(folder or PROMPTS) / "instruction.md"
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise UserError(
            f"database.prompts: cannot read '{path}' ({error.strerror}); the folder needs an instruction.md"
        ) from None
