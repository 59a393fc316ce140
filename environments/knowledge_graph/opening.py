"""What an episode begins with."""

from __future__ import annotations

from environments.contract import Task
from environments.knowledge_graph import grammar
from environments.knowledge_graph.payload import read_payload
from environments.knowledge_graph.settings import Settings
from environments.message import Message


def opening(task: Task, settings: Settings) -> list[Message]:
    """Instruction, demonstration and question, as the session has them."""
    asked = read_payload(task)
    return grammar.opening(asked.question, asked.entities, settings.prompts)
