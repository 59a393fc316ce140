"""What a run achieved and what it cost: one row for each environment, LLM and ending.

    python -m actors stats RUN… [--json]

Mean rewards carry Wilson's 95 % interval. It is made for yes/no rewards; for other rewards between 0 and 1, whose
variance can only be smaller, it is wider than need be. Streams: medians and p95 come from logarithmic bins, within 1 %.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
from rich.table import Table

from actors.program.terminal import console, one_line, safe
from actors.records.endings import title
from actors.records.filtered import read_trajectories
from actors.records.store import settled
from actors.records.trajectory import Trajectory, Usage
from environments.contract import Status

_BIN = math.log(1.02)  # the middle of a bin is at most 1 % from what is in it
_Z = 1.959964  # 95 %


class Interval(NamedTuple):
    """A mean and its 95 % interval."""

    mean: float
    low: float
    high: float


def wilson(total: float, n: int) -> Interval | None:
    """Wilson's score interval of a mean of `n` values between 0 and 1 that add up to `total`; None without values."""
    if n == 0:
        return None
    mean = total / n
    centre, spread = mean + _Z * _Z / (2 * n), _Z * math.sqrt(max(0.0, mean * (1 - mean)) / n + _Z * _Z / (4 * n * n))
    scale = 1 + _Z * _Z / n
    return Interval(mean, max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale))


class Durations:
    """Quantiles of many times in little memory."""

    def __init__(self) -> None:
        self._bins: defaultdict[int | None, int] = defaultdict(int)

    def add(self, seconds: float) -> None:
        self._bins[round(math.log(seconds) / _BIN) if seconds > 0 else None] += 1

    def merge(self, other: Durations) -> None:
        for index, count in other._bins.items():
            self._bins[index] += count

    def quantile(self, share: float) -> float | None:
        """The smallest time that at least `share` of all do not exceed; None without any."""
        left = math.ceil(share * sum(self._bins.values()))
        for index in sorted(self._bins, key=lambda i: -math.inf if i is None else i):
            left -= self._bins[index]
            if left <= 0:
                return 0.0 if index is None else math.exp(index * _BIN)
        return None


ALL = "all"
PHASES = ("llm", "environment", "limit", "lease")


class Group:
    """The episodes of one environment, LLM and ending (or of all endings)."""

    def __init__(self) -> None:
        self.episodes = self.scored = self.turns = 0
        self.reward = 0.0
        self.usage = Usage()
        self.times = {phase: Durations() for phase in PHASES}

    def add(self, t: Trajectory) -> None:
        self.episodes += 1
        self.turns += len(t.turns)
        self.usage += t.usage
        if t.reward is not None:
            self.scored += 1
            self.reward += t.reward
        llm, environment, limit, lease = self.times.values()
        for turn in t.turns:
            llm.add(turn.llm_s)
            environment.add(turn.environment_s)
            limit.add(turn.limit_s)
        lease.add(t.lease_s)

    def merge(self, other: Group) -> None:
        """Count the other's episodes too."""
        self.episodes += other.episodes
        self.scored += other.scored
        self.turns += other.turns
        self.reward += other.reward
        self.usage += other.usage
        for phase in PHASES:
            self.times[phase].merge(other.times[phase])

    def summary(self) -> dict[str, Any]:
        """The numbers of `--json`; times are in seconds, per turn but for the lease."""
        interval = wilson(self.reward, self.scored)
        return {
            "episodes": self.episodes,
            "scored": self.scored,
            "mean_reward": interval and interval.mean,
            "reward_interval": interval and [interval.low, interval.high],
            "turns": self.turns,
            "prompt_tokens": self.usage.prompt_tokens,
            "cached_tokens": self.usage.cached_tokens,
            "completion_tokens": self.usage.completion_tokens,
            "cost": self.usage.cost,
            "times_s": {
                phase: {"p50": times.quantile(0.5), "p95": times.quantile(0.95)} for phase, times in self.times.items()
            },
        }


class Statistics:
    """All groups of the runs that were read."""

    def __init__(self) -> None:
        self._groups: defaultdict[tuple[str, str], defaultdict[Status, Group]] = defaultdict(lambda: defaultdict(Group))
        self.unsettled: Counter[Status] = Counter()
        self.versions: Counter[tuple[str, str]] = Counter()  # (environment, its and its judge's version) → episodes

    def add(self, t: Trajectory) -> None:
        self.versions[t.environment, str(t.environment_version)] += 1
        self._groups[t.environment, t.llm][t.status].add(t)
        if not settled(t.status):
            self.unsettled[t.status] += 1

    def rows(self) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
        """Environment, LLM, ending (`all` comes last), numbers."""
        for (environment, llm), groups in sorted(self._groups.items()):
            every = Group()
            for status in (s for s in Status if s in groups):
                yield environment, llm, status.value, groups[status].summary()
                every.merge(groups[status])
            yield environment, llm, ALL, every.summary()


def version_notes(played: Iterable[tuple[str, str]]) -> list[str]:
    """A line for each environment whose episodes, (environment, version), are of more than one version."""
    versions: defaultdict[str, set[str]] = defaultdict(set)
    for environment, version in played:
        versions[environment].add(version)
    return [
        f"{environment}: episodes of {len(found)} versions ({'; '.join(sorted(found))}): their rewards are not one"
        " measure"
        for environment, found in sorted(versions.items())
        if len(found) > 1
    ]


def statistics(runs: Sequence[str]) -> Statistics:
    """Read every run once."""
    found = Statistics()
    for run in runs:
        for trajectory in read_trajectories(run):
            found.add(trajectory)
    return found


def _table(found: Statistics) -> Table:
    rows = list(found.rows())
    several = len({llm for _, llm, _, _ in rows}) > 1
    table = Table("environment", *(["LLM"] if several else []), "ended", box=None, pad_edge=False)
    for name in (
        "episodes",
        "mean reward",
        "turns",
        "tokens in",
        "tokens out",
        "cost",
        *(f"{p} s p50/p95" for p in PHASES),
    ):
        table.add_column(name, justify="right")
    for environment, llm, ended, n in rows:
        low_high = n["reward_interval"]
        mean = "–" if low_high is None else f"{n['mean_reward']:.3f} [{low_high[0]:.3f}, {low_high[1]:.3f}]"
        times = ["/".join(_seconds(n["times_s"][phase][q]) for q in ("p50", "p95")) for phase in PHASES]
        cells = [
            f"{n['episodes']:,}",
            mean,
            f"{n['turns'] / n['episodes']:.2f}",
            f"{n['prompt_tokens']:,}",
            f"{n['completion_tokens']:,}",
        ]
        cells += ["–" if n["cost"] is None else f"{n['cost']:.4f}", *times]
        every = ended == ALL
        words = [safe(environment), *([safe(llm)] if several else []), safe(_ended(ended))]
        table.add_row(*words, *cells, style="bold" if every else "", end_section=every)
    return table


def _ended(ended: str) -> str:
    return ended if ended == ALL else title(Status(ended))


def _seconds(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3g}" if value >= 0.001 or not value else "<0.001"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="+", metavar="RUN", help="run folders, or filtered ones")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")


def run(arguments: argparse.Namespace) -> int:
    found = statistics(arguments.runs)
    unsettled = {status.value: n for status, n in sorted(found.unsettled.items())}
    groups = [
        {"environment": environment, "llm": llm, "ended": ended, **numbers}
        for environment, llm, ended, numbers in found.rows()
    ]
    if arguments.json:
        versions = [{"environment": e, "version": v, "episodes": n} for (e, v), n in sorted(found.versions.items())]
        content = {"groups": groups, "versions": versions, "unsettled": unsettled}
        sys.stdout.write(msgspec.json.encode(content).decode() + "\n")
        return 0
    if not groups:
        console().print("no episode has ended yet")
        return 0
    console().print(_table(found))
    for note in version_notes(found.versions):
        console().print(one_line(note), soft_wrap=True)
    if unsettled:
        parts = ", ".join(f"{n} {title(Status(status))}" for status, n in unsettled.items())
        console().print(
            f"{sum(unsettled.values())} not settled ({parts}): the same 'rollout' again plays them", soft_wrap=True
        )
    return 0
