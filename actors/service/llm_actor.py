"""The Ray skin of `actors.service.llm_host`: an actor that hosts one LLM and the episodes that it plays."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import ray

from actors.episodes.episode import Assignment, Context, Player
from actors.episodes.journal import Journal
from actors.llms.llm import ProviderFault
from actors.llms.llm_kinds import AnyLLMSettings, create
from actors.program.hidden import hide_in_logs
from actors.program.user_error import UserError
from actors.records.store import Store
from actors.service.environment_actor import EnvironmentHandle, RemoteEnvironments
from actors.service.llm_host import Exchange, LLMHost, Outcome
from actors.service.metrics import EpisodeMetrics


class LLMActorPlan(NamedTuple):
    """All that an LLM actor needs to begin."""

    name: str
    settings: AnyLLMSettings
    context: Context
    store_url: str
    flush_interval_s: float
    concurrency: int


class LLMActor:
    """One LLM, many episodes.

    When it dies its controller makes another; what it played is in the store and the journal.
    """

    def __init__(self, plan: LLMActorPlan) -> None:
        logging.basicConfig(level=logging.WARNING)
        self._plan = plan
        self._host: LLMHost | None = None
        self._environments: RemoteEnvironments | None = None
        self._journal: Journal | None = None
        self._llm: Any = None
        self._metrics = EpisodeMetrics()

    async def start(self, environments: Sequence[EnvironmentHandle], limits: Any) -> str:
        """Load or connect the LLM. Returns a user's mistake in one line, or nothing."""
        plan = self._plan
        store = Store(plan.store_url)
        node = ray.get_runtime_context().get_node_id()
        manifest = store.manifest()
        if manifest is None or manifest.get("run_id") != plan.context.run_id:
            return (
                f"the store '{plan.store_url}' is not the same on node {node[:8]}: use a shared file system or an"
                " object store (s3://…)"
            )
        try:
            self._llm = create(plan.settings, limits)
            hide_in_logs(self._llm.hide)
            await self._llm.start()
        except UserError as error:
            return str(error)
        self._environments = RemoteEnvironments({handle.name: handle for handle in environments}, plan.name, node)
        store.join_writers()
        self._journal = Journal(store, plan.flush_interval_s, plan.name)
        player = Player(self._llm, self._environments, self._journal, plan.context)
        self._host = LLMHost(
            player, store.writer(plan.flush_interval_s, plan.name), plan.concurrency, self._metrics.finished
        )
        return ""

    async def exchange(self, assignments: list[Assignment]) -> Exchange:
        """As `LLMHost.exchange`.

        An LLM that is gone for good takes its actor with it: the controller then makes another.
        """
        assert self._host is not None
        assert self._journal is not None
        if self._journal.fault is not None:
            self._host.refuse(self._journal.fault)
        try:
            await self._llm.healthy()
        except ProviderFault as error:
            logging.getLogger(__name__).error("%s ends: %s", self._plan.name, error)
            os._exit(1)
        exchange = await self._host.exchange(assignments)
        self._metrics.queue(self._host.under_way, self._host.waiting)
        return exchange

    async def cancel(self) -> list[Outcome]:
        return await self._host.cancel() if self._host else []

    async def stop(self) -> None:
        """End what is under way, make everything durable, free the engine."""
        if self._host is not None:
            await self._host.close()
        if self._journal is not None:
            await self._journal.close()
        if self._environments is not None:
            await self._environments.stop()
        if self._llm is not None:
            await asyncio.wait_for(self._llm.stop(), 60)
