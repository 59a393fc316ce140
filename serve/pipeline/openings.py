"""How long the messages are that an episode begins with, taken from tasks that are really generated; no environment is
started for it.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from actors.service.episode_list import tasks_of
from actors.service.settings import TaskSource
from environments.registry import registered
from environments.rows import BadRow, refuse

SAMPLED_TASKS = 8


def sampled(
    source: TaskSource, settings: dict[str, Any], split: str, seed: int, bad: Callable[[BadRow], None] = refuse
) -> list[str]:
    """The openings of the source's first tasks, each as one text.

    Raises `UserError` for a file that is missing or malformed.
    """
    home = registered(source.environment)
    known = home.settings_type.model_validate(settings)
    tasks = islice(tasks_of(source, split, seed, bad), SAMPLED_TASKS)
    return ["\n".join(message.content for message in home.opening(task, known)) for task in tasks]
