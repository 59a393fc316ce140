"""What the ALFWorld environment costs: loading a game, a step, memory over many games, the wait for a game, games a
minute; and how many games the expert wins. Prints a dated Markdown report.

    python -m benchmarks.alfworld > benchmarks/alfworld/YYYY-MM-DD.md
    ALFWORLD_DATA=FOLDER python -m benchmarks.alfworld expert LIST.json [GAMES]

The first plays generated games. The second plays a seeded draw from a list of AgentBench's by the expert, up to 100
steps each, and says which took more than 35 or were not won; FOLDER has ALFRED's data or the downloaded games.
Processor time is given where it says more than wall time on a machine that is busy with other things.
"""

from __future__ import annotations

import asyncio
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from typing import Any

from environments.alfworld.environment import Alfworld
from environments.alfworld.generate import generate
from environments.alfworld.reference import reply
from environments.alfworld.settings import Settings
from environments.alfworld.tasks import load
from environments.contract import Task
from environments.message import Message

GAMES = 200
LISTED = 300
STEPS = 100
WITHIN = 35


def _row(name: str, values: Sequence[float]) -> str:
    ordered = sorted(values)
    return f"| {name} | {statistics.median(ordered):.1f} | {ordered[int(len(ordered) * 0.95)]:.1f} |"


def _play(engine: Any, task: Task, steps: list[float]) -> int | None:
    """The steps in which the expert wins a game, None where it does not; each step's processor time goes to `steps`."""
    turn = engine.load(task.payload)
    messages = [Message("user", turn["observation"])]
    for number in range(1, STEPS + 1):
        said = reply(task, messages)
        began = time.process_time()
        turn = engine.step(said.rpartition("ACTION: ")[2])
        steps.append((time.process_time() - began) * 1000)
        messages += [Message("assistant", said, loss=True), Message("user", turn["observation"])]
        if turn["won"]:
            return number
    return None


def _alone(games: Sequence[Task]) -> None:
    """One engine in this process: loading and stepping, and its memory at every tenth part of the games."""
    from environments.alfworld.engine import Engine

    began = time.process_time()
    engine = Engine("put", "")
    made = (time.process_time() - began) * 1000
    loads: list[float] = []
    steps: list[float] = []
    memory = []
    for number, task in enumerate(games):
        if number % (len(games) // 10) == 0:
            memory.append(f"{_resident_mb():.0f}")
        began = time.process_time()
        engine.load(task.payload)
        loads.append((time.process_time() - began) * 1000)
        assert _play(engine, task, steps), f"{task.id} is not won"
    memory.append(f"{_resident_mb():.0f}")
    print(f"An engine is made in {made:.0f} ms of processor, without its imports.\n")
    print("| processor, ms | median | p95 |\n|---|---|---|")
    print(_row("a game that is new to the worker", loads))
    print(_row("a step", steps))
    print(f"\nIts memory over {len(games)} games, MiB resident: {', '.join(memory)}.\n", flush=True)


def _resident_mb() -> float:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


class _Timed(Alfworld):
    """Notes how long a lease took from the moment when there was room for it."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.waited: list[float] = []
        self._room_since = time.perf_counter()

    async def lease(self, task: Task, lease_id: str) -> Any:
        asked = time.perf_counter()
        lease = await super().lease(task, lease_id)
        self.waited.append((time.perf_counter() - max(asked, self._room_since)) * 1000)
        return lease

    async def release(self, lease: Any) -> None:
        self._room_since = time.perf_counter()
        await super().release(lease)


async def _together(games: Sequence[Task], workers: int, spares: int, think_s: float) -> None:
    """Games a minute with as many episodes waiting as there are spares; each reply takes `think_s`."""
    environment = _Timed(Settings(workers=workers, spares=spares))
    await environment.start()
    left = list(enumerate(games))
    try:

        async def player() -> None:
            while left:
                number, task = left.pop()
                lease = await environment.lease(task, f"game-{number}")
                session: Any = await environment.connect(lease, task)
                messages = list(session.opening)
                for _ in range(STEPS):
                    await asyncio.sleep(think_s)
                    messages.append(Message("assistant", reply(task, messages), loss=True))
                    feedback = await session.step(messages[-1].content)
                    messages.append(Message("user", feedback.observation))
                    if feedback.final:
                        break
                await environment.release(lease)

        began = time.perf_counter()
        await asyncio.gather(*(player() for _ in range(workers + spares)))
        minutes = (time.perf_counter() - began) / 60
    finally:
        await environment.stop()
    waited = sorted(environment.waited[workers + spares :])
    print(
        f"| {workers} | {spares} | {think_s:g} | {len(games) / minutes:.0f} | {statistics.median(waited):.0f} |"
        f" {waited[int(len(waited) * 0.95)]:.0f} |",
        flush=True,
    )


def _expert(path: str, count: int) -> None:
    """The expert on a seeded draw from a list."""
    from environments.alfworld.engine import Engine

    tasks = [task for task in load(path, "benchmark") if isinstance(task, Task)]
    drawn = random.Random(42).sample(tasks, min(count, len(tasks)))
    engine = Engine("put", str(Settings().data_folder()))
    results: dict[str, list[int | None]] = defaultdict(list)
    print(f"{len(drawn)} of {len(tasks)} games of {os.path.basename(path)}, up to {STEPS} steps each.\n")
    for task in drawn:
        steps = _play(engine, task, [])
        results[task.family].append(steps)
        if steps is None or steps > WITHIN:
            print(f"- {task.id}: {'not won' if steps is None else f'{steps} steps'}")
    results["all"] = [steps for each in results.values() for steps in each]
    print(f"\n| | games | won | within {WITHIN} | steps, mean | most |\n|---|---|---|---|---|---|")
    for kind, each in results.items():
        won = [steps for steps in each if steps is not None]
        within = sum(steps <= WITHIN for steps in won)
        print(f"| {kind} | {len(each)} | {len(won)} | {within} | {statistics.mean(won):.1f} | {max(won)} |")


def main() -> None:
    what = f"Python {platform.python_version()}, textworld {version('textworld')}, alfworld {version('alfworld')}"
    print(f"# ALFWorld, {date.today()}\n\n{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before; {what}.\n")
    if sys.argv[1:2] == ["expert"]:
        _expert(sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else LISTED)
        return
    os.environ["AGENTTUNING_STATE"] = tempfile.mkdtemp(prefix="at-alfworld-")
    games = list(generate(GAMES, 1, "train"))
    print("## One engine\n")
    _alone(games)
    print("## In workers\n\nAs many episodes wait as there are spares; each of the expert's replies takes `think`.\n")
    print(
        "| workers | spares | think, s | games a minute | wait for a game, median, ms | p95 |\n"
        "|---|---|---|---|---|---|"
    )
    for workers in (1, 2):
        asyncio.run(_together(games[:30], workers, 1, 0.0))
    for workers in (1, 2):
        asyncio.run(_together(games[30:50], workers, 1, 0.3))


if __name__ == "__main__":
    main()
