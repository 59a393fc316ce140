"""Measures the OS environment's sandboxes: warm lease, whole life under load, overhead of a command. Prints a dated
report.

python -m benchmarks.sandbox [--backend docker | bubblewrap] > benchmarks/sandbox/DATE-BACKEND.md
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime
import os
import platform
import statistics
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from environments.contract import Task
from environments.operating_system.environment import OperatingSystem, create
from environments.operating_system.settings import Settings

TASK = Task("bench", "operating_system", "bench", "bench", {"description": "d", "match": {"answer": "1"}})
SETTINGS = Settings(warm=8, max_starting=4)


class Row(NamedTuple):
    """One line of the report."""

    what: str
    samples: Sequence[float]
    note: str = ""

    def line(self) -> str:
        ordered = sorted(self.samples)
        p95 = ordered[int(len(ordered) * 0.95)]
        return (
            f"| {self.what} | {len(ordered)} | {statistics.median(ordered) * 1e3:.2f} | {p95 * 1e3:.2f} | {self.note} |"
        )


async def pool_full(environment: OperatingSystem) -> None:
    while environment.gauges()["warm"] < SETTINGS.warm:  # noqa: ASYNC110 - looked at from outside, as a metrics page would
        await asyncio.sleep(0.01)


async def leases(environment: OperatingSystem, count: int) -> Row:
    """Leases one after the other, the pool full before each."""
    samples = []
    for number in range(count):
        await pool_full(environment)
        began = time.perf_counter()
        lease = await environment.lease(TASK, f"warm-{number}")
        samples.append(time.perf_counter() - began)
        await environment.release(lease)
    return Row("warm lease, pool keeping up", samples, "take and ping; target: median 5 ms, p95 150 ms")


async def commands(environment: OperatingSystem, count: int) -> list[Row]:
    """Commands in one warm shell that has the machine to itself."""
    await pool_full(environment)
    lease = await environment.lease(TASK, "commands")
    supervisor = environment._leased["commands"].supervisor
    await supervisor.command("true", 10, 65536)
    rows = []
    for what, command in (("`true` in a warm shell", "true"), ("`ls /etc` in a warm shell", "ls /etc")):
        samples = []
        for _ in range(count):
            began = time.perf_counter()
            await supervisor.command(command, 10, 65536)
            samples.append(time.perf_counter() - began)
        rows.append(
            Row(what, samples, "target for the overhead: 2 ms" if command == "true" else "with fork and exec of ls")
        )
    await environment.release(lease)
    return rows


async def lives(environment: OperatingSystem, count: int, at_once: int) -> tuple[Row, float]:
    """Whole episodes under load: lease, shell, one command, answer, release."""
    samples: list[float] = []
    room = asyncio.Semaphore(at_once)

    async def life(number: int) -> None:
        async with room:
            began = time.perf_counter()
            lease = await environment.lease(TASK, f"life-{number}")
            session = await environment.connect(lease, TASK)
            await session.step("Act: bash\n\n```bash\nls /etc | wc -l\n```")
            await session.step("Act: answer(1)")
            await session.close()
            await environment.release(lease)
            samples.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(life(number) for number in range(count)))
    rate = count / (time.perf_counter() - began)
    return (
        Row(f"a sandbox's whole life, {at_once} at once", samples, f"{rate:.1f} lives/s with the start of the next"),
        rate,
    )


async def measure(backend: str, quick: bool) -> list[Row]:
    environment = create(SETTINGS.model_copy(update={"backend": backend}))
    await environment.start()
    try:
        began = time.perf_counter()
        await pool_full(environment)
        filled = Row(
            f"filling the pool of {SETTINGS.warm}",
            [time.perf_counter() - began],
            f"{SETTINGS.max_starting} starts at once",
        )
        rows: list[Row] = [
            filled,
            await leases(environment, 20 if quick else 100),
            *await commands(environment, 100 if quick else 1000),
        ]
        for at_once in (1, 8) if quick else (1, 8, 32):
            rows.append((await lives(environment, 16 if quick else 64, at_once))[0])
        return rows
    finally:
        await environment.stop()


def report(backend: str, rows: Sequence[Row], load: float) -> str:
    """The Markdown page."""
    machine = (
        f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}, load average at the start"
        f" {load:.1f}"
    )
    head = [
        f"# Sandboxes, {backend}: {datetime.date.today().isoformat()}",
        "",
        f"Machine: {machine}. Settings: the defaults.",
        "",
    ]
    table = ["| what | samples | median ms | p95 ms | note |", "|---|---|---|---|---|", *(row.line() for row in rows)]
    return "\n".join([*head, *table])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--backend", choices=["docker", "bubblewrap"], default="docker")
    parser.add_argument("--quick", action="store_true")
    chosen: Any = parser.parse_args()
    load = os.getloadavg()[0]
    with contextlib.suppress(KeyboardInterrupt):
        print(report(chosen.backend, asyncio.run(measure(chosen.backend, chosen.quick)), load))


if __name__ == "__main__":
    main()
