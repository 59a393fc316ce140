"""The player of a task's own solution."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import pytest

from actors.llms.llm import Episode
from actors.llms.llm_kinds import create
from actors.llms.reference_llm import ReferenceLLM, ReferenceSettings
from environments.contract import TaskFault
from environments.message import Message
from tests.actors.scripted import practice_task

OPENING = [Message("user", "Count from 1 to 5, one number in each reply.")]


async def test_a_task_without_a_reference_is_the_tasks_fault_and_says_what_to_do() -> None:
    task = msgspec.structs.replace(practice_task(), reference=None)
    with pytest.raises(TaskFault, match="no reference solution to play"):
        await ReferenceLLM().reply(OPENING, Episode("e", task))


@pytest.mark.parametrize("delay_s", [0.0, 0.2])
async def test_a_reply_takes_as_long_as_its_setting_says_and_stays_the_same_player(delay_s: float) -> None:
    settings = ReferenceSettings(delay_s=delay_s)
    llm = create(settings)
    began = time.monotonic()
    assert "1" in (await llm.reply(OPENING, Episode("e", practice_task()))).text
    assert time.monotonic() - began >= delay_s
    identity: dict[str, Any] = {"kind": "reference"}
    assert settings.identity() == identity
