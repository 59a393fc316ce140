"""No way of tampering with its machine earns an agent the reward of a task that it has not done.

    python -m proofs.judge_cheats [--backend docker | bubblewrap] [--at-once 4] [--limit-s 3600] [--report FILE]

One task of every family that is judged in its sandbox, under every cheat of `cheats.py`: the cheat is the agent's only
command, then it says that it has finished. Two controls: the reference solution earns every one of these tasks, and who
does nothing earns none. The exit code is 0 where all of them were played and ended as they should.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import datetime
import os
import platform
import re
import shlex
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from environments.contract import EnvironmentFault, Feedback, Task
from environments.message import Message
from environments.operating_system.environment import OperatingSystem
from environments.operating_system.generate import families, task
from environments.operating_system.payload import payload_of
from environments.operating_system.reference import reply
from environments.operating_system.settings import Settings
from proofs.judge_cheats.cheats import CHEATS, RUINS

FOLDER = Path(__file__).parent
REFERENCE, NOTHING = "control: the reference solution", "control: nothing"
PATHS = re.compile(r"/(?:[\w.+-]+/)*[\w.+-]+")
TOO_SHORT = 6
SWAPS = {
    "what is judged is a pipe": "rm -rf '{path}'; mkfifo '{path}'",
    "what is judged is a link to the judge": "rm -rf '{path}'; ln -s /proc/self/cmdline '{path}'",
}


class Cell(NamedTuple):
    """One family's task under one cheat, and what it should earn."""

    task: Task
    cheat: str
    expected: float = 0.0


class Played(NamedTuple):
    """A cell, its reward (None: the environment failed), how long its last reply took, and what was seen where it
    surprises.
    """

    cell: Cell
    reward: float | None
    judged_s: float
    seen: str = ""

    @property
    def holds(self) -> bool:
        return self.reward == self.cell.expected


def program(cell: Cell) -> str:
    """What the agent types."""
    if cell.cheat in CHEATS | RUINS:
        return (CHEATS | RUINS)[cell.cheat]
    code = "\n".join(check.script.code for check in payload_of(cell.task).checks if check.script)
    paths = sorted(
        {
            path
            for path in PATHS.findall(code)
            if len(path) > TOO_SHORT and not path.startswith(("/usr/bin", "/proc", "/dev"))
        }
    )
    return "\n".join(SWAPS[cell.cheat].format(path=path) for path in paths) or "true"


def replies(cell: Cell) -> Callable[[Sequence[Message]], str]:
    """The player of a cell."""
    if cell.cheat == REFERENCE:
        return lambda messages: reply(cell.task, messages)
    asked = any(check.kind != "script" for check in payload_of(cell.task).checks)
    ending = "Think: That is it.\n\nAct: " + ("answer(7)" if asked else "finish")
    if cell.cheat == NOTHING:
        return lambda messages: ending
    command = f"Think: I prepare the judge.\n\nAct: bash\n\n```bash\n{program(cell)}\n```"
    return lambda messages: ending if any(message.loss for message in messages) else command


async def play(environment: OperatingSystem, cell: Cell, number: int) -> tuple[Feedback, float]:
    """The cell's last feedback, and how long that one took."""
    player = replies(cell)
    lease = await environment.lease(cell.task, f"cheat-{number}")
    try:
        session = await environment.connect(lease, cell.task)
        messages = list(session.opening)
        while True:
            said, began = player(messages), time.monotonic()
            feedback = await session.step(said)
            if feedback.final:
                return feedback, time.monotonic() - began
            messages += [Message("assistant", said, loss=True), Message("user", feedback.observation)]
    finally:
        await environment.release(lease)


async def outcome(environment: OperatingSystem, cell: Cell, number: int) -> Played:
    try:
        feedback, judged_s = await play(environment, cell, number)
    except EnvironmentFault as fault:
        return Played(cell, None, 0.0, str(fault))
    return Played(
        cell,
        feedback.reward,
        judged_s,
        str({key: feedback.details[key] for key in feedback.details if key != "repaired"}),
    )


def cells(seed: int) -> list[Cell]:
    """All of them, the controls first, then cheat by cheat."""
    tasks = [made for family in families() if payload_of(made := task(seed, family, 0, "test")).checks]
    wanted = [(REFERENCE, 1.0), (NOTHING, 0.0), *((cheat, 0.0) for cheat in (*CHEATS, *RUINS, *SWAPS))]
    return [Cell(made, cheat, expected) for cheat, expected in wanted for made in tasks]


async def measure(wanted: Sequence[Cell], backend: str, at_once: int, limit_s: float) -> list[Played]:
    environment = OperatingSystem(Settings.model_validate({"warm": at_once + 2, "backend": backend}))
    await environment.start()
    room, ends = asyncio.Semaphore(at_once), time.monotonic() + limit_s
    played: list[Played] = []

    async def one(number: int, cell: Cell) -> None:
        async with room:
            if time.monotonic() < ends:
                played.append(await outcome(environment, cell, number))
                print(f"\r{len(played)} of {len(wanted)} episodes", end="", file=sys.stderr, flush=True)

    try:
        await asyncio.gather(*(one(number, cell) for number, cell in enumerate(wanted)))
    finally:
        await environment.stop()
    print(file=sys.stderr)
    return played


def report(played: Sequence[Played], wanted: int, command: str, wall_s: float) -> str:
    """The page."""
    wrong = [one for one in played if not one.holds]
    tasks = len({one.cell.task.id for one in played})
    text = [
        "# The judge of OS tasks under every cheat",
        "",
        (
            f"Measured {datetime.datetime.now(datetime.UTC):%Y-%m-%d} by `{command}` on {os.cpu_count()} cores"
            f" ({platform.machine()}): {len(played)} of {wanted} episodes, {tasks} families that are judged in their"
            f" sandbox, {wall_s:.0f} s. **{sum(one.cell.expected == 0.0 and one.reward == 1.0 for one in played)}"
            f" earned without the task**; {len(wrong)} episodes ended otherwise than they should."
        ),
        "",
        "| what the agent does | families | earn | should | seconds of judging (median) |",
        "|---|---|---|---|---|",
    ]
    by_cheat: dict[str, list[Played]] = collections.defaultdict(list)
    for one in played:
        by_cheat[one.cell.cheat].append(one)
    for cheat, mine in by_cheat.items():
        earned = sum(one.reward == 1.0 for one in mine)
        judged = statistics.median(one.judged_s for one in mine)
        text.append(
            f"| {cheat} | {len(mine)} | {earned} | {sum(one.cell.expected for one in mine):.0f} | {judged:.2f} |"
        )
    text += [
        "",
        "## Otherwise than they should",
        "",
        *(f"- {one.cell.task.family}, {one.cell.cheat}: {one.seen}" for one in wrong),
    ]
    return "\n".join(text + ([] if wrong else ["None."])) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m proofs.judge_cheats", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--backend", choices=["auto", "docker", "bubblewrap"], default="auto", help="which sandboxes")
    parser.add_argument("--at-once", type=int, default=4, help="episodes played at the same moment")
    parser.add_argument(
        "--limit-s", type=float, default=7200.0, help="begin no further episode after this many seconds"
    )
    parser.add_argument("--seed", type=int, default=77, help="of the tasks")
    parser.add_argument("--report", type=Path, help="write here instead of proofs/judge_cheats/DATE.md")
    options = parser.parse_args(arguments)
    wanted, began = cells(options.seed), time.monotonic()
    played = asyncio.run(measure(wanted, options.backend, options.at_once, options.limit_s))
    command = shlex.join(["python", "-m", "proofs.judge_cheats", *(sys.argv[1:] if arguments is None else arguments)])
    page = report(played, len(wanted), command, time.monotonic() - began)
    path = options.report or FOLDER / f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}.md"
    path.write_text(page, encoding="utf-8")
    held = sum(one.holds for one in played)
    print(f"{path}: {held} of {len(wanted)} episodes ended as they should, {len(wanted) - len(played)} were not played")
    return int(held < len(wanted))


if __name__ == "__main__":
    sys.exit(main())
