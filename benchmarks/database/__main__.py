"""What an episode of the database environment costs: set-up, clean-up, a statement. Prints a dated Markdown report.

    python -m benchmarks.database > benchmarks/database/YYYY-MM-DD.md

Set-up is `lease`, `connect` adds the session's own connection, clean-up is `close` and `release`; the target is 10 ms
for set-up and clean-up together. Processor time is given beside wall time, for the client's process and the server's:
it says what an episode costs on a machine that is busy with other things too. "Bare" is the same statement over the
same driver without the session.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Any, NamedTuple

import psutil

from environments.contract import Task
from environments.database.environment import Database
from environments.database.generate import generate
from environments.database.grammar import render_operation
from environments.database.server.private import PrivateServer
from environments.database.settings import Settings
from environments.database.wire import open_connection

EPISODES = 320
STATEMENTS = 2000
PROBE = "SELECT 1"


class Cost(NamedTuple):
    """One episode's milliseconds."""

    lease: float
    connect: float
    give_back: float

    @property
    def total(self) -> float:
        return self.lease + self.connect + self.give_back


def _quantile(values: Sequence[float], part: float) -> float:
    return sorted(values)[min(int(len(values) * part), len(values) - 1)]


async def _timed(work: Awaitable[Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    result = await work
    return result, (time.perf_counter() - started) * 1000


async def _episode(environment: Database, task: Task, number: int) -> Cost:
    lease, leased = await _timed(environment.lease(task, f"bench-{number}"))
    session, connected = await _timed(environment.connect(lease, task))
    _, closed = await _timed(session.close())
    _, released = await _timed(environment.release(lease))
    return Cost(leased, connected, closed + released)


class Load(NamedTuple):
    """What a batch took: episodes per second, and milliseconds of processor per episode, ours and the server's."""

    rate: float
    client_ms: float
    server_ms: float


def _server_cpu_s(environment: Database) -> float:
    assert isinstance(environment._started.server, PrivateServer), (
        "the benchmark measures a private server; unset the DSN"
    )
    times = psutil.Process(environment._started.server.pid).cpu_times()
    return float(times.user + times.system)


async def _at_once(environment: Database, tasks: Sequence[Task], together: int) -> tuple[list[Cost], Load]:
    """Every task's cost with `together` episodes at a time."""
    slots = asyncio.Semaphore(together)

    async def one(number: int, task: Task) -> Cost:
        async with slots:
            return await _episode(environment, task, number)

    started, client, server = time.perf_counter(), time.process_time(), _server_cpu_s(environment)
    costs = await asyncio.gather(*(one(number, task) for number, task in enumerate(tasks)))
    count = len(tasks)
    spent = (time.process_time() - client) * 1000 / count, (_server_cpu_s(environment) - server) * 1000 / count
    return list(costs), Load(count / (time.perf_counter() - started), *spent)


def _row(name: str, values: Sequence[float]) -> str:
    return f"| {name} | {statistics.median(values):.2f} | {_quantile(values, 0.95):.2f} |"


async def _statement(environment: Database, task: Task) -> list[str]:
    lease = await environment.lease(task, "statement")
    session: Any = await environment.connect(lease, task)
    session._limit_rounds = STATEMENTS + 1
    reply = render_operation(PROBE)
    cpu = time.process_time()
    ours = [(await _timed(session.step(reply)))[1] for _ in range(STATEMENTS)]
    cpu_ours = (time.process_time() - cpu) * 1000 / STATEMENTS
    bare = await open_connection(environment._started.admin.endpoint)
    cursor: Any = await bare.cursor()

    async def ask() -> None:
        await cursor.execute(PROBE)
        await cursor.fetchall()

    cpu = time.process_time()
    plain = [(await _timed(ask()))[1] for _ in range(STATEMENTS)]
    cpu_plain = (time.process_time() - cpu) * 1000 / STATEMENTS
    bare.close()
    await session.close()
    await environment.release(lease)
    overhead = statistics.median(ours) - statistics.median(plain)
    return [
        f"## A statement (`{PROBE}`, {STATEMENTS} times), ms",
        "",
        "| | median | p95 |",
        "|---|---|---|",
        _row("in a session", ours),
        _row("bare driver", plain),
        "",
        (
            f"Overhead of the session: {overhead:.2f} ms (median), {cpu_ours - cpu_plain:.2f} ms of processor "
            f"({cpu_ours:.2f} against {cpu_plain:.2f})."
        ),
    ]


async def report(say: Callable[[str], None]) -> None:
    """Measure and write the report line by line."""
    environment = Database(Settings())
    _, started = await _timed(environment.start())
    try:
        version = (await environment._started.admin.run(["SELECT VERSION()"]))[0][0]
        tasks = list(generate(EPISODES, 0, "bench"))
        rows = [len(task.payload["tables"][0]["rows"]) for task in tasks]
        say(f"# Database environment, {date.today().isoformat()}\n")
        say(
            f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} before; private {version}; started in"
            f" {started:.0f} ms."
        )
        say(f"{EPISODES} generated tasks, {min(rows)} to {max(rows)} rows, median {statistics.median(rows):.0f}.\n")
        for together in (1, 16):
            costs, load = await _at_once(environment, tasks, together)
            say(f"## An episode's set-up and clean-up, {together} at once, ms\n")
            say("| | median | p95 |\n|---|---|---|")
            say(_row("lease", [cost.lease for cost in costs]))
            say(_row("connect", [cost.connect for cost in costs]))
            say(_row("close and release", [cost.give_back for cost in costs]))
            say(_row("**all**", [cost.total for cost in costs]))
            say(f"\n{load.rate:.0f} episodes/s, that is {1000 / load.rate:.2f} ms each.")
            say(f"Processor time of an episode: {load.client_ms:.2f} ms ours, {load.server_ms:.2f} ms the server's.\n")
        for line in await _statement(environment, tasks[0]):
            say(line)
    finally:
        await environment.stop()


if __name__ == "__main__":
    asyncio.run(report(print))
