"""The messages before the task: instruction, acknowledgement, and a purchase shown from beginning to end
(`loss=False`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from environments.contract import Task, UserError
from environments.message import Message
from environments.own_opening import read_own_opening, tools_instruction
from environments.webshop.grammar import Form, render_turn
from environments.webshop.settings import Settings

PROMPTS = Path(__file__).parent / "prompts"


class _Shown(msgspec.Struct, forbid_unknown_fields=True):
    """One turn of the demonstration: what is seen, and the reply to it."""

    observation: str
    actions: dict[str, Any]
    reply: str


def read_opening(folder: str | None, demonstration: bool, form: Form = "agentbench") -> list[Message]:
    """Instruction, `Ok.`, and four turns of a demonstration, as AgentBench begins. `folder` holds texts of the user's
    own: these two, or all of it as it is (`own_opening`).

    Raises `UserError` where they are not there or no such thing.
    """
    own = read_own_opening(Path(folder)) if folder is not None else None
    if own is not None:
        return own if demonstration else own[:2]
    instruction = _read(folder, "instruction.md")
    messages = [Message("user", instruction.strip()), Message("assistant", "Ok.", loss=False)]
    if demonstration:
        try:
            turns = msgspec.json.decode(_read(folder, "demonstration.json"), type=list[_Shown])
        except msgspec.DecodeError as error:
            raise UserError(
                f"webshop.prompts: '{Path(folder or PROMPTS) / 'demonstration.json'}' is no demonstration: {error}"
            ) from None
        for turn in turns:
            messages.append(Message("user", render_turn(turn.observation, turn.actions, form)))
            messages.append(Message("assistant", turn.reply, loss=False))
    return messages


def opening(task: Task, settings: Settings) -> list[Message]:
    """As the session begins, but for its first page, in whose place stands the demonstration's: it is as long."""
    page = read_opening(settings.prompts, True, settings.turns)[2].content
    return with_page(before_the_page(settings), page)


def before_the_page(settings: Settings) -> list[Message]:
    """All that stands before the first page. Raises `UserError`."""
    if settings.dialect == "tools":
        return [Message("user", tools_instruction(Path(settings.prompts or PROMPTS)))]
    return read_opening(settings.prompts, settings.demonstration, settings.turns)


def with_page(before: Sequence[Message], page: str) -> list[Message]:
    """The opening: the page is a message of its own, or ends the one before it."""
    *earlier, last = before
    if last.role == "user":
        return [*earlier, Message("user", f"{last.content}\n\n{page}")]
    return [*before, Message("user", page)]


def _read(folder: str | None, name: str) -> str:
    path = Path(folder or PROMPTS) / name
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"webshop.prompts: cannot read '{path}' ({error.strerror}); the folder needs a file {name}"
        ) from None
