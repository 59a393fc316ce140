"""Counters, gauges and histograms on Ray's metrics endpoint, named `agenttuning_*`.

Observed per episode, never per token.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ray.util.metrics import Counter, Gauge, Histogram

from actors.episodes.episode import Played

SECONDS = [0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300]
GAUGE_INTERVAL_S = 5.0


class EpisodeMetrics:
    """What an LLM actor tells of the episodes it finished."""

    def __init__(self) -> None:
        by_environment = ("environment",)
        self._episodes = Counter("agenttuning_episodes", "finished episodes", (*by_environment, "status"))
        self._reward = Counter("agenttuning_reward", "sum of rewards", by_environment)
        self._turns = Counter("agenttuning_turns", "replies of the agent", by_environment)
        self._tokens = Counter("agenttuning_tokens", "tokens", (*by_environment, "kind"))
        self._cost = Counter("agenttuning_cost", "money, in the price table's currency", by_environment)
        self._llm = Histogram(
            "agenttuning_llm_seconds", "time for one reply, mean over the episode", SECONDS, by_environment
        )
        self._environment = Histogram(
            "agenttuning_environment_seconds", "time for one step, mean over the episode", SECONDS, by_environment
        )
        self._lease = Histogram("agenttuning_lease_seconds", "time until a session was open", SECONDS, by_environment)
        self._open = Gauge("agenttuning_episodes_open", "episodes under way on this LLM actor")
        self._waiting = Gauge("agenttuning_episodes_waiting", "episodes that wait on this LLM actor for a place")

    def finished(self, played: Played) -> None:
        trajectory, usage = played
        tags = {"environment": trajectory.environment}
        self._episodes.inc(1, {**tags, "status": trajectory.status.value})
        if trajectory.reward:
            self._reward.inc(trajectory.reward, tags)
        turns = len(trajectory.turns)
        self._lease.observe(trajectory.lease_s, tags)
        if not turns:
            return
        self._turns.inc(turns, tags)
        self._llm.observe(sum(turn.llm_s for turn in trajectory.turns) / turns, tags)
        self._environment.observe(sum(turn.environment_s for turn in trajectory.turns) / turns, tags)
        for kind, tokens in (
            ("prompt", usage.prompt_tokens),
            ("cached", usage.cached_tokens),
            ("completion", usage.completion_tokens),
        ):
            if tokens:
                self._tokens.inc(tokens, {**tags, "kind": kind})
        if usage.cost:
            self._cost.inc(usage.cost, tags)

    def queue(self, under_way: int, waiting: int) -> None:
        self._open.set(under_way)
        self._waiting.set(waiting)


class EnvironmentMetrics:
    """What an environment actor tells of its environment: leases, warm pool."""

    def __init__(self, environment: str) -> None:
        self._gauge = Gauge(
            "agenttuning_environment", "the environment's own gauges (leases, warm pool)", ("environment", "what")
        )
        self._environment = environment
        self._task: asyncio.Task[None] | None = None

    def watch(self, gauges: Callable[[], dict[str, float]]) -> None:
        """Publish `gauges()` every few seconds from now on."""
        self._task = asyncio.create_task(self._publish(gauges))

    async def _publish(self, gauges: Callable[[], dict[str, float]]) -> None:
        while True:
            for what, value in gauges().items():
                self._gauge.set(value, {"environment": self._environment, "what": what})
            await asyncio.sleep(GAUGE_INTERVAL_S)
