"""AgentBench's public rows on the real server."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from environments.contract import Status
from environments.database.environment import Database
from environments.database.judge import is_modification
from environments.registry import registered
from tests.environments.database.players import nothing, reference, wrong
from tests.environments.episodes import play

pytestmark = pytest.mark.asyncio(loop_scope="session")

load = registered("database").load


@dataclass
class _Score:
    right: int
    done_nothing: int
    wrong: int


async def test_every_row_earns_1_with_its_label_and_0_without(environment: Database, dbbench: Path) -> None:
    tasks = list(registered("database").load(str(dbbench), "dev"))
    endings = await asyncio.gather(
        *(play(environment, task, player) for player in (reference, nothing, wrong) for task in tasks)
    )
    assert all(ending.status is Status.COMPLETED for ending in endings)
    rewards = [ending.reward or 0.0 for ending in endings]
    score = _Score(*(int(sum(rewards[start : start + 60])) for start in (0, 60, 120)))
    assert score == _Score(60, 0, 0)


async def test_reference_sql_reproduces_the_stored_md5_of_all_40_modifications(
    environment: Database, dbbench: Path
) -> None:
    tasks = [
        task for task in registered("database").load(str(dbbench), "dev") if is_modification(task.payload["kinds"])
    ]
    assert len(tasks) == 40
    for task in tasks:
        ending = await play(environment, task, reference)
        assert ending.details["hash"] == task.payload["answer_md5"], task.id


async def test_a_row_without_a_stored_md5_is_judged_by_its_reference_sql(environment: Database, dbbench: Path) -> None:
    tasks = [
        task for task in registered("database").load(str(dbbench), "dev") if is_modification(task.payload["kinds"])
    ][::8]
    bare = [msgspec.structs.replace(task, payload={**task.payload, "answer_md5": ""}) for task in tasks]
    assert [(await play(environment, task, reference)).reward for task in bare] == [1.0] * len(bare)
    assert [(await play(environment, task, nothing)).reward for task in bare] == [0.0] * len(bare)
