"""What an episode begins with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from environments.contract import Task
from environments.knowledge_graph import grammar
from environments.knowledge_graph.payload import read_payload
from environments.knowledge_graph.settings import Settings
from environments.message import Message
from environments.own_opening import tools_instruction


def opening(task: Task, settings: Settings) -> list[Message]:
    """Instruction, demonstration (of the text) and question."""
    asked = read_payload(task)
    return opening_of(asked.question, asked.entities, settings)


def opening_of(question: str, entities: Mapping[str, str], settings: Settings) -> list[Message]:
    """The same. Raises `UserError` where the prompts are missing or malformed."""
    if settings.dialect == "text":
        return grammar.opening(question, entities, settings.prompts)
    instruction = tools_instruction(Path(settings.prompts or grammar.PROMPTS))
    asked = grammar.task_message(question, list(entities))
    return [Message("user", f"{instruction}\n\n{asked.content}")]
