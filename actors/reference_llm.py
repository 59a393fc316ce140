"""The reference player: plays a task's own solution with simple honest thoughts.

It is the demo's default and how every world is tested: a task's reference must earn reward 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from actors.llm import LLM, Episode, ProviderFault, Reply
from environments.contract import Message
from environments.registry import world


class ReferenceSettings(BaseModel):
    """Nothing to set: the solution is in the task."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["reference"] = "reference"


class ReferenceLLM(LLM):
    """Answers with `environments.<name>.reference`; needs no model, no key, no network."""

    def identity(self) -> dict[str, Any]:
        return {"kind": "reference"}

    async def reply(self, messages: Sequence[Message], episode: Episode) -> Reply:
        task = episode.task
        if task.reference is None:
            raise ProviderFault(f"task '{task.id}' has no reference solution")
        return Reply(world(task.environment).reference_reply(task, messages))
