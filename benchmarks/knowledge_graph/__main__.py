"""What the knowledge graph environment costs: loading a graph, one query, one reply, one episode. Prints a dated
Markdown report.

    python -m benchmarks.knowledge_graph [GRAPH.nt.gz ONTOLOGY] > benchmarks/knowledge_graph/YYYY-MM-DD.md

The project's own graph is measured first, then the given one. The target is 2 ms for the median neighbour query on the
embedded engine: everything that one relation of one entity leads to, entity and relation drawn at random. Processor
time is given beside wall time, ours and the server's: it says what a query costs on a machine that is busy with other
things.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import resource
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import psutil

from environments.contract import Task
from environments.knowledge_graph.engines import store
from environments.knowledge_graph.engines.embedded import Embedded
from environments.knowledge_graph.environment import KnowledgeGraph
from environments.knowledge_graph.generate import Ground, families, generate_from, ground, own_ground
from environments.knowledge_graph.programs import sparql
from environments.knowledge_graph.programs.program import Entity, Join, Program
from environments.knowledge_graph.reference import reply
from environments.knowledge_graph.settings import Settings
from environments.knowledge_graph.source import StoreSource
from environments.message import Message

QUERIES = 2000
EPISODES = 200
OWN = "The project's own graph"
LIMIT = 10_000
NEED_NUMBERS = ("most", "least", "extreme")
"""Parts of the names of families that a graph without numbers has nothing for."""


class Timed(NamedTuple):
    """Milliseconds of each, and of processor per one, ours and the server's."""

    wall: list[float]
    ours: float
    servers: float


def _quantile(values: Sequence[float], part: float) -> float:
    return sorted(values)[min(int(len(values) * part), len(values) - 1)]


def _server_cpu_s(environment: KnowledgeGraph) -> float:
    assert environment._server is not None, "the benchmark measures the embedded engine"
    parent = psutil.Process(environment._server.pid)
    times = [process.cpu_times() for process in (parent, *parent.children())]
    return float(sum(time.user + time.system for time in times))


async def _timed(environment: KnowledgeGraph, work: Sequence[Callable[[], Awaitable[Any]]], together: int = 1) -> Timed:
    slots = asyncio.Semaphore(together)

    async def one(action: Callable[[], Awaitable[Any]]) -> float:
        async with slots:
            started = time.perf_counter()
            await action()
            return (time.perf_counter() - started) * 1000

    ours, servers = time.process_time(), _server_cpu_s(environment)
    wall = [await one(action) for action in work] if together == 1 else list(await asyncio.gather(*map(one, work)))
    count = len(work)
    return Timed(
        wall, (time.process_time() - ours) * 1000 / count, (_server_cpu_s(environment) - servers) * 1000 / count
    )


def _row(name: str, timed: Timed) -> str:
    parts = (
        statistics.median(timed.wall),
        _quantile(timed.wall, 0.95),
        _quantile(timed.wall, 0.99),
        timed.ours,
        timed.servers,
    )
    return f"| {name} | {' | '.join(f'{value:.2f}' for value in parts)} |"


def _neighbours(known: Ground, rng: Random) -> Iterator[Program]:
    """Programs of one step from random entities."""
    while True:
        node = rng.choice(known.starts)
        relations = sorted(relation for relation in known.source.out(node) if relation in known.ontology.relations)
        if relations:
            yield Join(rng.choice(relations), Entity(node))


def _asked(engine: Embedded, query: str) -> Callable[[], Awaitable[Any]]:
    return lambda: engine.select(query, LIMIT)


async def _queries(environment: KnowledgeGraph, known: Ground, say: Callable[[str], None]) -> None:
    assert environment._server is not None
    engine = Embedded(environment._server.socket, 10, 60)
    rng = Random("benchmark")
    steps = _neighbours(known, rng)
    drawn = [next(steps) for _ in range(QUERIES)]
    neighbours = [_asked(engine, sparql.members(program, known.ontology, LIMIT)) for program in drawn]
    relations = [_asked(engine, sparql.relations(Entity(rng.choice(known.starts)), LIMIT)) for _ in range(QUERIES)]
    further = [
        _asked(engine, sparql.relations_of_members(program, known.ontology, LIMIT)) for program in drawn[: QUERIES // 4]
    ]
    for action in neighbours[:50]:
        await action()
    say("\n### One query, ms\n")
    say("| | median | p95 | p99 | processor, ours | processor, server's |\n|---|---|---|---|---|---|")
    say(_row("**neighbours of an entity by one relation**", await _timed(environment, neighbours)))
    say(_row("the same, 8 at once", await _timed(environment, neighbours, 8)))
    say(_row("relations of an entity", await _timed(environment, relations)))
    say(_row("relations of an entity's neighbours", await _timed(environment, further)))


async def _play(environment: KnowledgeGraph, task: Task, number: int) -> int:
    """How many replies the reference took; it must earn 1."""
    lease = await environment.lease(task, f"bench-{number}")
    session = await environment.connect(lease, task)
    messages = list(session.opening)
    replies = 0
    while True:
        messages.append(Message("assistant", reply(task, messages), loss=True))
        feedback = await session.step(messages[-1].content)
        replies += 1
        if feedback.final:  # at the environment's limit of rounds, at the latest
            break
        messages.append(Message("user", feedback.observation))
    assert feedback.reward == 1.0, task.id
    await session.close()
    await environment.release(lease)
    return replies


async def _episodes(environment: KnowledgeGraph, tasks: Sequence[Task], say: Callable[[str], None]) -> None:
    replies: list[int] = []

    def played(number: int) -> Callable[[], Awaitable[Any]]:
        async def one() -> None:
            replies.append(await _play(environment, tasks[number], number))

        return one

    say("\n### An episode of the reference player, ms\n")
    say("| | median | p95 | p99 | processor, ours | processor, server's |\n|---|---|---|---|---|---|")
    for together in (1, 8):
        started = time.perf_counter()
        timed = await _timed(environment, [played(number) for number in range(len(tasks))], together)
        rate = len(tasks) / (time.perf_counter() - started)
        say(_row(f"{together} at once ({rate:.0f} episodes/s)", timed))
    say(f"\n{len(tasks)} generated questions, {statistics.mean(replies):.1f} replies each; every one earned 1.")


def _load(graph: Path | None, say: Callable[[str], None]) -> Path:
    started = time.perf_counter()
    folder = store.prepare(graph, 60)
    took = time.perf_counter() - started
    size = sum(file.stat().st_size for file in folder.iterdir()) / 2**20
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with store.opened(graph) as source:
        triples = sum(1 for _ in source)
    again = time.perf_counter()
    store.prepare(graph, 60)
    say(f"{triples:,} triples: loaded in {took:.1f} s, {peak:.0f} MiB resident at most, {size:.0f} MiB on disk;")
    say(f"found again in {time.perf_counter() - again:.2f} s (its content is hashed).")
    return folder


async def report(graph: Path | None, ontology: Path | None, say: Callable[[str], None]) -> None:
    """Measure one graph and write its part of the report line by line."""
    say(f"\n## {graph.name if graph is not None else OWN}\n")
    folder = _load(graph, say)
    settings = Settings(graph=str(graph) if graph else None, ontology=str(ontology) if ontology else None, workers=2)
    environment = KnowledgeGraph(settings)
    started = time.perf_counter()
    await environment.start()
    try:
        say(f"World started in {time.perf_counter() - started:.2f} s with {settings.workers} workers.")
        known = own_ground() if graph is None else ground(StoreSource(folder), environment.ontology)
        await _queries(environment, known, say)
        assert environment._server is not None
        memory = (
            max(process.memory_info().rss for process in psutil.Process(environment._server.pid).children()) / 2**20
        )
        say(f"\nA worker has {memory:.0f} MiB resident afterwards.")
        wanted = (
            families()
            if graph is None
            else [name for name in families() if not any(word in name for word in NEED_NUMBERS)]
        )
        await _episodes(environment, list(generate_from(known, EPISODES, 0, "bench", wanted)), say)
    finally:
        await environment.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("graph", nargs="?", type=Path, help="N-Triples, plain or .gz; without: the project's own graph")
    parser.add_argument("ontology", nargs="?", type=Path, help="a folder like AgentBench's ontology/")
    options = parser.parse_args()
    print(f"# Knowledge graph environment, {date.today().isoformat()}\n")
    versions = f"Python {platform.python_version()}, pyoxigraph {version('pyoxigraph')}"
    print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} before; {versions}.", flush=True)
    graphs: list[tuple[Path | None, Path | None]] = [(None, None)]
    if options.graph is not None:
        graphs.append((options.graph, options.ontology))
    with tempfile.TemporaryDirectory(prefix="kg-") as folder:
        os.environ["AGENTTUNING_STATE"] = folder  # so that loading is measured, and nothing stays
        for graph, ontology in graphs:
            asyncio.run(report(graph, ontology, lambda line: print(line, flush=True)))


if __name__ == "__main__":
    main()
