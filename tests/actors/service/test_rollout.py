"""The controller, with its LLM hosts in this process: who starts when, who is waited for, what the status says at the
end.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from actors.episodes.episode import Assignment, Context
from actors.episodes.placement import Retries
from actors.episodes.react import Limits
from actors.program.user_error import UserError
from actors.records.store import Store
from actors.service.rollout import LLMSlot, Rollout
from actors.service.settings import LLMActors, RolloutSettings, TaskSource
from tests.actors.scripted import LocalCluster, practice_task

Starts = Mapping[int, Sequence[Exception | float]]


class SlowForAStatus(MemoryFileSystem):  # type: ignore[misc]
    """A remote store that takes two seconds for the word of a running controller."""

    protocol = "slow"
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **options: Any) -> None:
        if path.endswith("status.json") and b"running" in value:
            time.sleep(2)
        super().pipe_file(path, value, mode, **options)


async def ran(folder: Path | str, starts: Starts, actors: int = 2, episodes: int = 12) -> tuple[Store, LocalCluster]:
    store = Store(f"{folder}/run")
    store.create({"schema_version": 1, "run_id": "run"})
    settings = RolloutSettings(
        store=store.url,
        tasks=(TaskSource(environment="practice", generate=episodes),),
        llm={"kind": "reference"},
        llm_actors=LLMActors(actors=actors, concurrency=4),
    )
    context = Context("run", "scripted", {}, {}, Limits(), Retries())
    cluster = LocalCluster(store, context, starts)
    try:
        await asyncio.wait_for(
            Rollout(settings, store, context, {"kind": "reference"}, total=episodes).run(cluster, lambda _: None), 20
        )
    finally:
        said = store.status()
        assert said is not None
        assert said["state"] == ("finished" if len(store.index()) == episodes else "stopped")
    return store, cluster


async def test_a_run_ends_with_its_work_and_waits_for_no_actor_that_still_starts(tmp_path: Path):
    store, _ = await ran(tmp_path, {1: [3600.0]})
    assert all(entry.reward == 1.0 for entry in store.index().values())


async def test_an_actor_that_dies_while_it_starts_is_replaced(tmp_path: Path):
    store, cluster = await ran(tmp_path, {0: [ConnectionError("killed")]}, actors=1)
    assert len(store.index()) == 12
    assert cluster.started == 2


async def test_an_actor_that_dies_whenever_it_starts_ends_the_run_in_one_line_and_the_status_says_so(tmp_path: Path):
    with pytest.raises(UserError, match="LLM actor 0 did not start in 3 tries: killed"):
        await ran(tmp_path, {0: [ConnectionError("killed")] * 9}, actors=1)


async def test_the_last_word_of_a_run_is_not_written_over_by_an_earlier_one_that_was_slow():
    fsspec.register_implementation("slow", SlowForAStatus, clobber=True)
    store, _ = await ran("slow://status", {0: [1.5]}, actors=1)
    await asyncio.sleep(2.5)
    said = store.status()
    assert said is not None
    assert said["state"] == "finished"


@pytest.mark.parametrize(("under_way", "suspected"), [({"e1", "gone"}, {"e1"}), (set(), {"e0", "e1", "e2"})])
async def test_only_what_a_lost_actor_was_playing_is_suspected_of_its_death(
    tmp_path: Path, under_way: set[str], suspected: set[str]
):
    store = Store(f"{tmp_path}/run")
    store.create({"schema_version": 1, "run_id": "run"})
    tasks = (TaskSource(environment="practice", generate=1),)
    settings = RolloutSettings(store=store.url, tasks=tasks, llm={"kind": "reference"})
    context = Context("run", "scripted", {}, {}, Limits(), Retries())
    rollout = Rollout(settings, store, context, {"kind": "reference"}, total=1)
    slot = LLMSlot(0, "driver")
    slot.in_flight = {f"e{n}": Assignment(f"e{n}", practice_task(), 0) for n in range(3)}
    await rollout._hand_out_again(slot, under_way)
    assert {one.episode_id for one in rollout._again if one.interruptions} == suspected
    assert len(rollout._again) == 3
