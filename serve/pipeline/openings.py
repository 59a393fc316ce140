"""How long the messages are that an episode begins with, taken from tasks that are really generated; no environment is
started for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from actors.service.episode_list import tasks_of
from actors.service.settings import TaskSource
from environments.contract import Task
from environments.message import Message
from environments.registry import registered
from environments.rows import BadRow, refuse

SAMPLED_TASKS = 8


def sampled(
    source: TaskSource, settings: dict[str, Any], split: str, seed: int, bad: Callable[[BadRow], None] = refuse
) -> list[str]:
    """The openings of the source's first tasks, each as one text.

    Raises `UserError` for a file that is missing or malformed.
    """
    known = registered(source.environment).settings_type.model_validate(settings)
    tasks = list(islice(tasks_of(source, split, seed, bad), SAMPLED_TASKS))
    return ["\n".join(message.content for message in _opening(source.environment, task, known)) for task in tasks]


def _opening(name: str, task: Task, settings: Any) -> Sequence[Message]:
    """As the environment's session makes it."""
    prompts = getattr(settings, "prompts", None)
    if name == "operating_system":
        from environments.operating_system import grammar
        from environments.operating_system.payload import payload_of

        return grammar.opening(payload_of(task), Path(prompts) if prompts else None)
    if name == "database":
        from environments.database import payload, session

        return session.opening(payload.read_payload(task), session.prefix(prompts))
    if name == "knowledge_graph":
        from environments.knowledge_graph import grammar as graph
        from environments.knowledge_graph import payload as question

        asked = question.read_payload(task)
        return graph.opening(asked.question, asked.entities, prompts)
    if name == "webshop":
        from environments.webshop.opening import read_opening

        shown = read_opening(prompts, True, settings.turns)
        return [*(shown if settings.demonstration else shown[:2]), shown[2]]
    return [Message("user", str(task.payload))]
