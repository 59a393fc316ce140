"""Generated tasks: reproducible, unambiguous, and worth what they claim on the real server."""

from __future__ import annotations

import asyncio
from collections import Counter

import msgspec
import pytest

from environments.contract import UserError
from environments.database.environment import Database
from environments.database.generate import families, generate
from environments.database.payload import read_payload
from environments.database.vocabulary.domain import domains
from environments.database.vocabulary.side import Side
from tests.environments.database.players import nothing, reference, wrong
from tests.environments.episodes import play

EACH = 2


SPLITS = ("train", "test")


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("split", SPLITS)
async def test_reference_earns_1_and_doing_nothing_or_wrong_earns_0_in_every_family(
    environment: Database, split: str
) -> None:
    tasks = list(generate(EACH * len(families()), 11, split))
    together = asyncio.Semaphore(12)

    async def reward(player: object, task: object) -> float | None:
        async with together:
            return (await play(environment, task, player)).reward  # type: ignore[arg-type]

    for player, expected in ((reference, 1.0), (nothing, 0.0), (wrong, 0.0)):
        rewards = await asyncio.gather(*(reward(player, task) for task in tasks))
        assert [task.id for task, got in zip(tasks, rewards, strict=True) if got != expected] == []


def test_there_are_families_for_every_kind() -> None:
    kinds = Counter(task.payload["kinds"][0] for task in generate(len(families()), 0, "train"))
    assert len(families()) >= 100
    assert len(domains()[Side.TRAIN]) >= 80
    assert len(domains()[Side.EVALUATION]) >= 6
    for kind in ("counting", "comparison", "ranking", "other", "INSERT", "UPDATE", "DELETE"):
        assert kinds[kind] >= 3, kinds
    assert {"aggregation-SUM", "aggregation-MIN", "aggregation-MAX", "aggregation-AVG"} <= set(kinds)


def test_a_task_depends_on_seed_family_and_number_alone() -> None:
    whole = list(generate(2 * len(families()), 3, "train"))
    name = families()[7]
    assert [task for task in whole if task.family == name] == list(generate(2, 3, "train", [name]))
    assert msgspec.json.encode(whole) == msgspec.json.encode(list(generate(2 * len(families()), 3, "train")))
    assert len({task.id for task in whole}) == len(whole)
    assert {task.payload["description"] for task in whole}.isdisjoint(
        task.payload["description"] for task in generate(50, 4, "train")
    )


def test_tables_have_5_to_200_rows() -> None:
    tasks = list(generate(20 * len(families()), 5, "train"))
    sizes = [len(read_payload(task).tables[0].rows) for task in tasks]
    assert min(sizes) == 5
    assert 150 < max(sizes) <= 200
    assert any(len(task.payload["tables"]) == 2 for task in tasks)


def test_an_unknown_family_names_the_nearest() -> None:
    with pytest.raises(UserError, match="did you mean 'rank_first'"):
        list(generate(1, 0, "train", ["rank_frist"]))
