"""Many episodes on one LLM: whatever is stopped when, each has one record and one outcome."""

from __future__ import annotations

import asyncio
from pathlib import Path

from actors.episodes.episode import Assignment, Context, Player
from actors.episodes.journal import Journal
from actors.episodes.placement import Retries
from actors.episodes.react import Limits
from actors.records.store import Store
from actors.service.llm_host import LLMHost
from environments.contract import Status
from tests.actors.scripted import PracticeWorlds, ScriptedLLM, practice_task


async def test_stopping_while_a_record_is_written_loses_no_outcome_and_no_record(tmp_path: Path):
    store = Store(str(tmp_path / "run"))
    store.create({"schema_version": 1, "run_id": "run"})
    journal = Journal(store, 0.01)
    player = Player(
        ScriptedLLM(delay_s=0.02), PracticeWorlds(), journal, Context("run", "scripted", {}, {}, Limits(), Retries())
    )
    host = LLMHost(player, store.writer(0.3), concurrency=8)
    short = [Assignment(f"short-{n}", practice_task(rounds=1), 0) for n in range(2)]
    long = [Assignment(f"long-{n}", practice_task(rounds=60), 0) for n in range(2)]
    exchanging = asyncio.create_task(host.exchange([*short, *long]))
    await asyncio.sleep(0.15)  # the short ones have ended and wait for the flush
    outcomes = await asyncio.wait_for(host.cancel(), 5)
    outcomes += (await exchanging).outcomes
    await asyncio.wait_for(host.close(), 5)
    await journal.close()
    wanted = {
        "short-0": Status.COMPLETED,
        "short-1": Status.COMPLETED,
        "long-0": Status.CANCELLED,
        "long-1": Status.CANCELLED,
    }
    assert {outcome.episode_id: outcome.status for outcome in outcomes} == wanted
    assert {name: entry.status for name, entry in store.index().items()} == wanted
