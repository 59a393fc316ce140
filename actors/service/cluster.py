"""The Ray side of a run: makes the actors, ends them. It carries out, it does not decide."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Any

import ray
from ray.exceptions import ActorUnavailableError, RayActorError, RayError

from actors.episodes.episode import Assignment, Context
from actors.llms.vllm_settings import VLLMSettings, resources
from actors.program.error_line import error_line
from actors.program.user_error import UserError
from actors.service.environment_actor import EnvironmentActor, EnvironmentHandle
from actors.service.llm_actor import LLMActor, LLMActorPlan
from actors.service.llm_host import Exchange, Outcome
from actors.service.settings import RolloutSettings
from environments.registry import registered

log = logging.getLogger(__name__)

START_TIMEOUT_S = 1800.0  # longer than any environment's or engine's own, whose line says more
RESTART_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 60.0
CONCURRENT_CALLS = 10_000


class Cluster:
    """The actors of one run."""

    failures = (RayError, TimeoutError)

    def __init__(self, settings: RolloutSettings, context: Context, limits: Any = None) -> None:
        self._settings = settings
        self._context = context
        self._limits = limits
        self._environments: list[EnvironmentHandle] = []
        self._llms: list[Any] = []
        self._groups: dict[Any, Any] = {}
        self._closing: set[asyncio.Task[None]] = set()

    async def start_environments(self, names: Sequence[str]) -> None:
        """Bring up an environment actor (or several) for each environment.

        Raises `UserError` with the first refusal.
        """
        self._environments = list(await asyncio.gather(*(self._start_environment(name) for name in names)))

    async def _start_environment(self, name: str) -> EnvironmentHandle:
        host = self._settings.host(name)
        settings_json = registered(name).settings_type.model_validate(host.settings).model_dump_json()
        if registered(name).description.stateless:
            return EnvironmentHandle(name, settings_json, ())
        maker: Any = ray.remote(EnvironmentActor).options(
            num_cpus=host.cpus,
            resources=dict(host.resources),
            max_restarts=-1,
            max_task_retries=0,
            max_concurrency=CONCURRENT_CALLS,
            scheduling_strategy="SPREAD",
        )
        actors = [maker.remote(name, settings_json) for _ in range(host.actors)]
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                refusals = await asyncio.gather(*(_brought_up(actor, name) for actor in actors))
        except TimeoutError as error:
            wanted = f"{host.actors} actor(s) with cpus={host.cpus:g}, resources={host.resources}"
            raise UserError(
                f"'{name}' did not start within {START_TIMEOUT_S:.0f} s: does the cluster have nodes for {wanted}?"
            ) from error
        for refusal in filter(None, refusals):
            raise UserError(refusal)
        return EnvironmentHandle(name, settings_json, actors)

    async def start_llm(self, name: str, number: int) -> Any:
        """A new LLM actor that is ready.

        Raises `UserError` with its refusal, and one of `failures` when it died over it.
        """
        plan = LLMActorPlan(
            name=name,
            settings=self._settings.llm,
            context=self._context,
            store_url=self._settings.store,
            flush_interval_s=self._settings.flush_s,
            concurrency=self._settings.llm_actors.concurrency,
        )
        options, group = self._llm_options()
        maker: Any = ray.remote(LLMActor).options(max_restarts=0, max_concurrency=CONCURRENT_CALLS, **options)
        actor = maker.remote(plan)
        self._llms.append(actor)
        if group is not None:
            self._groups[actor] = group
        try:
            refusal: str = await asyncio.wait_for(actor.start.remote(self._environments, self._limits), START_TIMEOUT_S)
        except TimeoutError:
            wanted = options if group is None else group.bundle_specs
            refusal = (
                f"LLM actor {number} did not start within {START_TIMEOUT_S:.0f} s: does the cluster have a node for"
                f" {wanted}?"
            )
        except BaseException:
            self.discard(actor, name)
            raise
        if refusal:
            self.discard(actor, name)  # an engine that refused may hold a GPU
            raise UserError(refusal)
        return actor

    def _llm_options(self) -> tuple[dict[str, Any], Any]:
        """Ray's options for an LLM actor, and the placement group that was made for it, if any."""
        chosen = self._settings.llm_actors
        options: dict[str, Any] = {"num_cpus": chosen.cpus, "resources": dict(chosen.resources)}
        if not isinstance(self._settings.llm, VLLMSettings):
            return options, None
        needs = resources(self._settings.llm)
        options |= needs.actor
        if not needs.bundles:
            return options, None
        from ray.util.placement_group import placement_group
        from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

        group = placement_group(needs.bundles, strategy=needs.strategy)
        options["scheduling_strategy"] = PlacementGroupSchedulingStrategy(
            group, placement_group_bundle_index=0, placement_group_capture_child_tasks=True
        )
        return options, group

    def _free(self, actor: Any) -> None:
        """Give back the placement group of an LLM actor that is gone."""
        from ray.util.placement_group import remove_placement_group

        group = self._groups.pop(actor, None)
        if group is not None:
            remove_placement_group(group)

    async def exchange(self, actor: Any, assignments: list[Assignment]) -> Exchange:
        answer: Exchange = await actor.exchange.remote(assignments)
        return answer

    async def cancel(self, actor: Any) -> list[Outcome]:
        outcomes: list[Outcome] = await actor.cancel.remote()
        return outcomes

    def discard(self, actor: Any, name: str) -> None:
        """Make sure that a lost LLM actor is dead, and have its leases taken back at once, in the background."""
        ray.kill(actor, no_restart=True)
        self._free(actor)
        if actor in self._llms:
            self._llms.remove(actor)
        closing = asyncio.create_task(self._close_all_of(name))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    async def _close_all_of(self, name: str) -> None:
        calls = [host.close_all_of.remote(name) for handle in self._environments for host in handle.actors]
        for result in await asyncio.gather(
            *(asyncio.wait_for(call, STOP_TIMEOUT_S) for call in calls), return_exceptions=True
        ):
            if isinstance(result, BaseException):
                log.warning("an environment actor did not take back the leases of %s: %s", name, result)

    async def stop(self) -> None:
        """End all actors in order: LLMs first, so that every record is durable and every lease given back."""
        for actors in (self._llms, [actor for handle in self._environments for actor in handle.actors]):
            stops = (asyncio.wait_for(actor.stop.remote(), STOP_TIMEOUT_S) for actor in actors)
            for result in await asyncio.gather(*stops, return_exceptions=True):
                if isinstance(result, BaseException):
                    log.warning("an actor did not stop cleanly: %s", result)
        for closing in self._closing:
            closing.cancel()
        for actor in list(self._groups):
            self._free(actor)


async def _brought_up(actor: Any, name: str) -> str:
    """Start an environment actor's environment; the answer is its refusal, if any.

    Ray restarts an actor that dies over it.
    """
    deadline = time.monotonic() + RESTART_TIMEOUT_S
    while True:
        try:
            refusal: str = await actor.start.remote()
            return refusal
        except RayActorError as error:
            if not isinstance(error, ActorUnavailableError) or time.monotonic() > deadline:
                raise UserError(
                    f"the environment actor of '{name}' died while it started: {error_line(error, 400)}"
                ) from error
            await asyncio.sleep(0.5)
