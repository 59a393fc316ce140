"""`python -m actors why-stuck RUN`: which episode waits for what, since when.

Reads the run's status file, so it works from anywhere.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from actors.files import json_files
from actors.program.terminal import safe
from actors.program.user_error import UserError
from actors.records.store import REWRITTEN, STATUS, Store

STALE_S = 15.0


class _Activity(msgspec.Struct):
    episode_id: str
    task_id: str
    phase: str
    since: float
    began: float


class _Status(msgspec.Struct):
    """What is read here of a run's status."""

    state: str
    written_at: float
    total: int
    skipped: int
    played: int
    event_loop_lag_s: float
    activities: list[_Activity]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", help="the run's folder or URL")
    parser.add_argument(
        "--limit", type=int, default=20, help="how many episodes to list, longest wait first (default 20)"
    )


def run(arguments: argparse.Namespace) -> int:
    if arguments.limit < 0:
        raise UserError(f"--limit {arguments.limit}: give a number from 0")
    store = Store.open(arguments.run)
    status = store.status()
    console = Console()
    if status is None:
        console.print(
            "the run has not begun to play yet: its environments or its LLM are still starting", highlight=False
        )
        return 0
    json_files.convert(status, _Status, store.folder.at(STATUS), "a run's status", REWRITTEN)
    for line in verdict(status, time.time()):
        console.print(line, markup=False, highlight=False)
    activities = sorted(status["activities"], key=lambda activity: activity["since"])
    if activities:
        console.print(_table(activities[: arguments.limit], time.time()))
        if len(activities) > arguments.limit:
            console.print(f"… and {len(activities) - arguments.limit} more (--limit)", highlight=False)
    return 0


def verdict(status: dict[str, Any], now: float) -> list[str]:
    """What the status says, in sentences."""
    age = now - status["written_at"]
    done = f"{status['skipped'] + status['played']} of {status['total']} episodes are done"
    if status["state"] != "running":
        return [f"the run is {status['state']}: {done}"]
    lines = [f"{done}; the status is {age:.0f} s old"]
    if age > STALE_S:
        lines.append(
            "the controller has not written for a while: it was killed or its machine hangs; start the run again, it"
            " goes on"
        )
    phases = Counter(activity["phase"] for activity in status["activities"])
    lines += [f"{number} episodes wait for: {phase}" for phase, number in phases.most_common()]
    if status["event_loop_lag_s"] > 1:
        lines.append(
            f"an LLM actor's event loop was blocked for {status['event_loop_lag_s']:.1f} s: something in it does not"
            " yield"
        )
    return lines


def _table(activities: list[dict[str, Any]], now: float) -> Table:
    table = Table()
    for column in ("episode", "task", "waits for", "since", "episode began"):
        table.add_column(column)
    for activity in activities:
        table.add_row(
            safe(activity["episode_id"]),
            safe(activity["task_id"]),
            safe(activity["phase"]),
            f"{now - activity['since']:.1f} s",
            f"{now - activity['began']:.1f} s ago",
        )
    return table
