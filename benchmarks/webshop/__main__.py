"""What the WebShop environment costs: a search, a page, an episode, memory; and a catalogue of any size. Prints a dated
Markdown report.

    python -m benchmarks.webshop > benchmarks/webshop/YYYY-MM-DD.md
    python -m benchmarks.webshop --products 1180000 --episodes 0        the original's full size: GBs of disk, minutes

The catalogue is synthetic, in the original's format. "Search" is the index alone, every query a new one; "page" is what
a step of a session takes: request, page, reading it. Targets: 0.3 ms a search and 5 ms a page on 1,000 products, 64
sessions in at most 1.5 times the memory of one, a shop's memory flat over 10,000 episodes, 2 GB and minutes for 1.18
million products.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import psutil

from benchmarks.webshop.synthetic import write_catalogue
from environments.contract import Task
from environments.webshop.environment import WebShop
from environments.webshop.products.building import open_catalogue
from environments.webshop.products.product_catalogue import Catalogue
from environments.webshop.settings import Settings
from environments.webshop.tasks import load

QUERIES = 2000
PAGES = 190
TOGETHER = 64
MIB = 1 << 20
Say = Callable[[str], None]


def _quantile(values: Sequence[float], part: float) -> float:
    return sorted(values)[min(int(len(values) * part), len(values) - 1)]


def _row(name: str, values: Sequence[float]) -> str:
    return f"| {name} | {statistics.median(values):.2f} | {_quantile(values, 0.95):.2f} |"


async def _timed(work: Awaitable[Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    result = await work
    return result, (time.perf_counter() - started) * 1000


def _action(action: str) -> str:
    return f"Thought:\nI measure.\n\nAction:\n{action}"


def _queries(catalogue: Catalogue, count: int) -> list[str]:
    """Six words of a title each, none asked twice."""
    rng = Random(1)
    titles: list[list[str]] = []
    for product in catalogue.products():
        titles.append(product.title.split())
        if len(titles) == 5000:
            break
    return [" ".join(rng.choices(rng.choice(titles), k=3) + rng.choices(rng.choice(titles), k=3)) for _ in range(count)]


def _measure_search(catalogue: Catalogue, say: Say) -> None:
    queries = _queries(catalogue, QUERIES)
    for query in queries[:50]:
        catalogue._search(query)
    spent = []
    for query in queries:
        started = time.perf_counter()
        catalogue._search(query)
        spent.append((time.perf_counter() - started) * 1000)
    say(f"## A search ({QUERIES} different queries of six words), ms\n\n| | median | p95 |\n|---|---|---|")
    say(_row("search", spent) + "\n")


async def _measure_pages(environment: WebShop, task: Task, queries: Sequence[str], say: Say) -> None:
    lease = await environment.lease(task, "pages")
    session: Any = await environment.connect(lease, task)
    session._settings = environment._settings.model_copy(update={"rounds": 10**9})
    spent: dict[str, list[float]] = {"results": [], "product": [], "features": [], "back": []}
    ours, shops = time.process_time(), _shop_cpu_s(environment)
    for query in queries[:PAGES]:
        turn, took = await _timed(session.step(_action(f"search[{query}]")))
        spent["results"].append(took)
        first = next(name for name in session._page.clicks if name.startswith("b0"))
        for name, action in (("product", first), ("features", "features"), ("back", "< prev")):
            turn, took = await _timed(session.step(_action(f"click[{action}]")))
            assert not turn.final
            spent[name].append(took)
    ours, shops = (
        (time.process_time() - ours) * 1000 / (4 * PAGES),
        (_shop_cpu_s(environment) - shops) * 1000 / (4 * PAGES),
    )
    await session.close()
    await environment.release(lease)
    say(f"## A page ({PAGES} times each), ms, request to observation\n\n| | median | p95 |\n|---|---|---|")
    for name, values in spent.items():
        say(_row(name, values))
    say(f"\nProcessor time of a page: {ours:.2f} ms ours, {shops:.2f} ms the shop's.\n")


def _shop_cpu_s(environment: WebShop) -> float:
    assert environment._shop is not None
    times = psutil.Process(environment._shop.pid).cpu_times()
    return float(times.user + times.system)


async def _episode(environment: WebShop, task: Task, number: int, query: str) -> None:
    lease = await environment.lease(task, f"bench-{number}")
    session: Any = await environment.connect(lease, task)
    await session.step(_action(f"search[{query}]"))
    await session.step(_action(f"click[{next(name for name in session._page.clicks if name.startswith('b0'))}]"))
    ending = await session.step(_action("click[Buy Now]"))
    assert ending.reward is not None
    await session.close()
    await environment.release(lease)


def _memory(environment: WebShop) -> tuple[float, float]:
    """MiB of this process and of the shop."""
    assert environment._shop is not None
    return psutil.Process().memory_info().rss / MIB, psutil.Process(environment._shop.pid).memory_info().rss / MIB


async def _measure_together(environment: WebShop, tasks: Sequence[Task], queries: Sequence[str], say: Say) -> None:
    say(
        f"## Memory of one session and of {TOGETHER} at once, MiB\n\n| open sessions | ours | shop's | both"
        " |\n|---|---|---|---|"
    )
    opened: list[Any] = []
    sums = []
    for count in (1, TOGETHER):
        while len(opened) < count:
            lease = await environment.lease(tasks[len(opened) % len(tasks)], f"together-{len(opened)}")
            opened.append((lease, await environment.connect(lease, tasks[len(opened) % len(tasks)])))
        await asyncio.gather(
            *(session.step(_action(f"search[{query}]")) for (_, session), query in zip(opened, queries, strict=False))
        )
        ours, shops = _memory(environment)
        sums.append(ours + shops)
        say(f"| {count} | {ours:.0f} | {shops:.0f} | {ours + shops:.0f} |")
    say(f"\n{sums[1] / sums[0]:.2f} times the memory.\n")
    for lease, session in opened:
        await session.close()
        await environment.release(lease)


async def _measure_episodes(
    environment: WebShop, tasks: Sequence[Task], queries: Sequence[str], count: int, say: Say
) -> None:
    together = TOGETHER // 4
    say(f"## Memory over {count:,} episodes (search, open, buy), {together} at once, MiB\n")
    say("| episodes | ours | shop's |\n|---|---|---|")
    slots = asyncio.Semaphore(together)

    async def one(number: int) -> None:
        async with slots:
            await _episode(environment, tasks[number % len(tasks)], number, queries[number % len(queries)])

    done, started = 0, time.perf_counter()
    for part in (0.1, 0.25, 0.5, 0.75, 1.0):
        upto = int(count * part)
        await asyncio.gather(*(one(number) for number in range(done, upto)))
        done = upto
        ours, shops = _memory(environment)
        say(f"| {done:,} | {ours:.0f} | {shops:.0f} |")
    say(f"\n{count / (time.perf_counter() - started):.0f} episodes/s.\n")


async def _measure_world(items: Path, queries: Sequence[str], episodes: int, say: Say) -> None:
    tasks = list(islice(load(str(items), "all"), 200))
    environment = WebShop(Settings(catalogue=str(items), demonstration=False))
    _, started = await _timed(environment.start())
    say(f"The shop starts in {started:.0f} ms on a catalogue that it has seen before.\n")
    try:
        await _episode(environment, tasks[0], 0, queries[0])  # spaCy is loaded
        await _measure_pages(environment, tasks[0], queries, say)
        await _measure_together(environment, tasks, queries, say)
        if episodes:
            await _measure_episodes(environment, tasks, queries, episodes, say)
    finally:
        await environment.stop()


def report(products: int, episodes: int, say: Say) -> None:
    """Measure and write the report line by line."""
    say(f"# WebShop environment, {date.today().isoformat()}, {products:,} products\n")
    say(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} before.\n")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["AGENTTUNING_STATE"] = f"{folder}/state"
        items = write_catalogue(Path(folder), products)
        say(f"Files: {sum(file.stat().st_size for file in Path(folder).glob('items*')) / MIB:,.0f} MiB.")
        building = _build_elsewhere(items)
        kept = sum(file.stat().st_size for file in Path(folder, "state").rglob("*") if file.is_file()) / MIB
        say(
            f"Built in {building[0]:.1f} s with at most {building[1]:,.0f} MiB of memory; it takes {kept:,.0f} MiB of"
            " disk.\n"
        )
        catalogue = open_catalogue(str(items))
        _measure_search(catalogue, say)
        queries = _queries(catalogue, max(PAGES, TOGETHER, 500))
        catalogue.close()
        asyncio.run(_measure_world(items, queries, episodes, say))
    say(f"Load average {os.getloadavg()[0]:.1f} after.")


def _build_elsewhere(items: Path) -> tuple[float, float]:
    """Seconds, and MiB at the most, of a process that builds the catalogue and nothing else."""
    code = (
        "import resource, sys, time; started = time.perf_counter(); "
        "from environments.webshop.products.building import open_catalogue; open_catalogue(sys.argv[1]).close(); "
        "print(time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code, str(items)], stdout=subprocess.PIPE, text=True, check=True
    ).stdout.split()
    return float(printed[0]), float(printed[1])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.webshop", description=__doc__.splitlines()[0])
    parser.add_argument("--products", type=int, default=1000)
    parser.add_argument("--episodes", type=int, default=10_000)
    arguments = parser.parse_args()
    report(arguments.products, arguments.episodes, lambda line: print(line, flush=True))
