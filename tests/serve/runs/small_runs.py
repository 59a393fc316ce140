"""Small real runs for the tests of what is said of them and pruned: played here, without Ray."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any

from actors.dataset.stats import statistics
from actors.episodes.episode import Context
from actors.episodes.placement import Retries
from actors.episodes.react import Limits
from actors.program.command_line import main
from actors.records.store import Store
from actors.service.rollout import Rollout
from actors.service.settings import LLMActors, RolloutSettings, TaskSource
from serve.__main__ import COMMANDS
from tests.actors.scripted import LocalCluster

IDENTITY = {"kind": "reference"}


def rollout(folder: Path, episodes: int) -> Rollout:
    """The controller of a run of the practice environment in `folder`, whatever was played there before."""
    store = Store(str(folder))
    if store.manifest() is None:
        store.create({"schema_version": 1, "run_id": "run", "earlier_configs": []})
    settings = RolloutSettings(
        store=store.url,
        tasks=(TaskSource(environment="practice", generate=episodes),),
        llm={"kind": "reference"},
        llm_actors=LLMActors(actors=1, concurrency=4),
    )
    context = Context("run", "scripted", {}, {}, Limits(), Retries())
    return Rollout(settings, store, context, IDENTITY, total=episodes)


def play(folder: Path, episodes: int) -> Store:
    """Play what is missing; every reply costs 0.01."""

    async def played() -> None:
        one = rollout(folder, episodes)
        cluster = LocalCluster(one.store, one.context, {})
        await asyncio.wait_for(one.run(cluster, lambda _: None), 30)

    asyncio.run(played())
    return Store(str(folder))


def said(folder: Path) -> Any:
    """What `stats` says of a run."""
    return list(statistics([str(folder)]).rows())


def command(*words: str) -> int:
    return main("serve", "", COMMANDS, ["runs", *words])


def aged(folder: Path, seconds: float) -> Path:
    """As if nothing there had been touched for so long."""
    then = time.time() - seconds
    for path in (*folder.rglob("*"), folder):
        os.utime(path, (then, then), follow_symlinks=False)
    return folder
