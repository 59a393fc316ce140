"""An opening of the user's own, to the byte: `opening.json` in an environment's `prompts` folder, a JSON list of chat
messages.

    [{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}, …]

It takes the place of the environment's own files, instruction and demonstration alike; the task follows it as ever.
AgentBench's role `agent` is the assistant.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from environments.contract import UserError
from environments.message import Message

FILE = "opening.json"
TOOLS = "tools.md"


class _Said(msgspec.Struct, forbid_unknown_fields=True):
    role: Literal["user", "agent", "assistant"]
    content: str


def read_own_opening(folder: Path) -> list[Message] | None:
    """The messages, the assistant's with `loss=False`; None where the folder has no such file.

    Raises `UserError` where it is another.
    """
    path = folder / FILE
    try:
        said = msgspec.json.decode(path.read_bytes(), type=list[_Said])
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise UserError(
            f"{path}: no opening ({error}); it is a JSON list of messages with 'role' and 'content'"
        ) from None
    if not said or len(said) % 2 or any((message.role == "user") is bool(i % 2) for i, message in enumerate(said)):
        raise UserError(f"{path}: messages must alternate, from user to assistant; the task follows the last one")
    return [_message(message) for message in said]


def tools_instruction(folder: Path) -> str:
    """What stands before the task where the agent calls tools: `tools.md` of a `prompts` folder. Raises `UserError`."""
    path = folder / TOOLS
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"{path}: cannot read this prompt ({error}); with dialect 'tools' a prompt folder holds {TOOLS}"
        ) from None


def _message(said: _Said) -> Message:
    return Message("user", said.content) if said.role == "user" else Message("assistant", said.content, loss=False)
