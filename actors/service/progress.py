"""What a run has done so far, as numbers, as a line, and as the closing table."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.table import Table

from actors.program.durations import duration
from actors.records.endings import title
from actors.records.store import Entry
from actors.records.trajectory import Usage
from actors.service.llm_host import Activity, Outcome
from environments.contract import Status


class Progress:
    """Counts of one run: endings and rewards of all its episodes, turns, tokens and errors of those played now."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.skipped = 0
        self.played = 0
        self.unscored = 0
        self.interrupted = 0
        self.began = time.monotonic()
        self.statuses: dict[str, Counter[Status]] = defaultdict(Counter)
        self.rewards: dict[str, list[float]] = defaultdict(lambda: [0.0, 0])
        self.turns: Counter[str] = Counter()
        self.played_in: Counter[str] = Counter()
        self.usage = Usage()
        self.errors: Counter[str] = Counter()
        self.lag_s = 0.0

    def was_there(self, entry: Entry) -> None:
        """An episode whose record an earlier start of this run has written."""
        self.skipped += 1
        self._count(entry.environment, entry.status, entry.reward)

    def finished(self, outcome: Outcome) -> None:
        """An episode that was played now."""
        self.played += 1
        self.played_in[outcome.environment] += 1
        self._count(outcome.environment, outcome.status, outcome.reward)
        self.turns[outcome.environment] += outcome.turns
        self.usage += outcome.usage
        if outcome.reward is None and outcome.status is not Status.AWAITS_JUDGEMENT:
            self.unscored += 1
            self.errors[outcome.error or title(outcome.status)] += 1

    def _count(self, environment: str, status: Status, reward: float | None) -> None:
        self.statuses[environment][status] += 1
        if reward is not None:
            self.rewards[environment][0] += reward
            self.rewards[environment][1] += 1

    @property
    def endings_without_reward(self) -> Counter[Status]:
        """Of all the run's episodes, whenever they were played; not those that only await judgement."""
        every: Counter[Status] = sum(self.statuses.values(), Counter())
        fine = (Status.AWAITS_JUDGEMENT,)
        return Counter({status: number for status, number in every.items() if not status.scored and status not in fine})

    @property
    def mean_reward(self) -> float | None:
        scored = sum(count for _, count in self.rewards.values())
        return sum(total for total, _ in self.rewards.values()) / scored if scored else None

    def line(self, under_way: int) -> str:
        """One line for a terminal or a log."""
        if not self.played and not under_way:
            return f"{self.skipped}/{self.total} episodes · waiting for the LLM to start"
        seconds = max(1e-9, time.monotonic() - self.began)
        rate = self.played / seconds
        left = self.total - self.skipped - self.played
        parts = [f"{self.skipped + self.played}/{self.total} episodes", f"{under_way} under way", f"{rate:.1f}/s"]
        if self.mean_reward is not None:
            parts.append(f"mean reward {self.mean_reward:.3f}")
        if self.usage.completion_tokens:
            parts.append(f"{self.usage.completion_tokens / seconds:.0f} tokens/s")
        if self.usage.cost is not None:
            parts.append(f"cost {self.usage.cost:.4f}")
        if self.unscored:
            parts.append(f"{self.unscored} without reward")
        if rate and left > 0:
            parts.append(f"{duration(left / rate)} left")
        return " · ".join(parts)

    def status(self, run_id: str, state: str, activities: Iterable[Activity]) -> dict[str, Any]:
        """What `RUN/status.json` says."""
        return {
            "run_id": run_id,
            "state": state,
            "written_at": time.time(),
            "total": self.total,
            "skipped": self.skipped,
            "played": self.played,
            "mean_reward": self.mean_reward,
            "statuses": {name: dict(counter) for name, counter in self.statuses.items()},
            "usage": self.usage,
            "event_loop_lag_s": self.lag_s,
            "activities": list(activities),
        }

    def print_table(self, console: Console) -> None:
        table = Table(
            title=(
                f"{self.played} episodes played in {duration(time.monotonic() - self.began)}, {self.skipped} were"
                " there already"
            )
        )
        table.add_column("environment")
        for column in ("episodes", "mean reward", "turns", "endings"):
            table.add_column(column, justify="left" if column == "endings" else "right")
        for name, counter in sorted(self.statuses.items()):
            total, count = self.rewards[name]
            endings = ", ".join(f"{number} {title(status)}" for status, number in counter.most_common())
            mean = f"{total / count:.3f}" if count else "–"
            turns = f"{self.turns[name] / played:.2f}" if (played := self.played_in[name]) else "–"
            table.add_row(name, str(counter.total()), mean, turns, endings)
        console.print(table)
        for error, number in self.errors.most_common(5):
            console.print(f"{number} × {error}", markup=False, highlight=False)
