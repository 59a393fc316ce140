"""The reference player: plays a task's own solution with simple honest thoughts.

It is the demo's default and how every environment is tested: a task's reference must earn reward 1.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from actors.llms.llm import LLM, Episode, Reply
from environments.contract import TaskFault
from environments.message import Message, Tool
from environments.registry import registered


class ReferenceSettings(BaseModel):
    """The solution is in the task.

    `delay_s` is how long each reply takes: a run that lasts as long as a model's, to be killed in tests.
    """

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid", frozen=True)

    kind: Literal["reference"] = "reference"
    """The tasks' own solutions."""
    delay_s: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """Seconds that each reply takes."""

    def identity(self) -> dict[str, Any]:
        """What makes two LLMs the same for the episode id."""
        return {"kind": self.kind}


class ReferenceLLM(LLM):
    """Answers with `environments.<name>.reference`; needs no model, no key, no network."""

    def __init__(self, settings: ReferenceSettings | None = None) -> None:
        self._delay_s = settings.delay_s if settings is not None else 0.0

    async def reply(self, messages: Sequence[Message], episode: Episode, tools: Sequence[Tool] = ()) -> Reply:
        task = episode.task
        if task.reference is None:
            raise TaskFault(
                "the task has no reference solution to play: choose another llm.kind, or tasks that have one"
            )
        if self._delay_s:
            await asyncio.sleep(self._delay_s)
        home = registered(task.environment)
        if not tools:
            return Reply(home.reference_reply(task, messages))
        said = home.reference_call(task, messages)
        return Reply(said.content, tool_calls=said.tool_calls)
