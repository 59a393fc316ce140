"""Which of AgentBench's OS rows does their own reference solution earn? Plays every row in a real sandbox and says why
where it does not.

    python -m benchmarks.agentbench_rows FILE… [--report docs/agentbench-os-rows.md] [--at-once 4]

A row's `example` runs in the agent's shell, what it printed is the answer, and the row's own check judges that: the
check runs the example once more and compares (SPEC 2.5).
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import datetime
import itertools
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from environments.contract import Feedback, Task, TaskFault
from environments.message import Message
from environments.operating_system.environment import OperatingSystem
from environments.operating_system.judge import size_bytes
from environments.operating_system.payload import payload_of
from environments.operating_system.reference import UNKNOWN_VALUE, reply
from environments.operating_system.settings import Settings
from environments.operating_system.setup_failures import SetupFailure
from environments.operating_system.tasks import load

EARNED = "reference earns 1"


class Row(NamedTuple):
    """One row's outcome: the class of reasons it falls under, and what exactly was seen."""

    task: Task
    outcome: str
    seen: str = ""


async def play(environment: OperatingSystem, task: Task) -> Feedback:
    """The reference's episode; its last feedback carries the reward.

    A set-up that fails is tried again, as a rollout does.
    """
    for number in itertools.count():
        try:
            return await play_once(environment, task, number)
        except SetupFailure:
            continue
    raise AssertionError("never reached: in the end a failing set-up is a TaskFault")


async def play_once(environment: OperatingSystem, task: Task, number: int) -> Feedback:
    lease = await environment.lease(task, f"agentbench-rows-{task.id}-{number}")
    try:
        session = await environment.connect(lease, task)
        messages = list(session.opening)
        while True:
            said = reply(task, messages)
            feedback = await session.step(said)
            if feedback.final:
                return feedback
            messages += [Message("assistant", said, loss=True), Message("user", feedback.observation)]
    finally:
        await environment.release(lease)


async def outcome(environment: OperatingSystem, task: Task) -> Row:
    """Play `task`, or say why it cannot be played."""
    try:
        checker = next((check.checker for check in payload_of(task).checks if check.checker), "")
    except TaskFault as fault:
        return Row(task, "a script file of the row is not there", str(fault))
    if task.reference is None:
        return Row(task, "the row has no reference solution")
    try:
        feedback = await play(environment, task)
    except TaskFault as fault:
        return Row(task, "the row cannot be set up", str(fault))
    if feedback.reward == 1.0:
        return Row(task, EARNED)
    details = feedback.details
    seen = ", ".join(
        f"{key}={details[key]!r}"
        for key in ("answer", "expected", "exit_code", "stdout", "timed_out")
        if key in details
    )
    return Row(task, reason(checker, feedback), seen)


def reason(checker: str, feedback: Feedback) -> str:
    """The class of a lost row, from what the judge recorded."""
    details = feedback.details
    if details.get("judge") == "match":
        return "the reference does not print the answer the row asks for"
    if details.get("kind") == "reference":
        return (
            "the reference takes too long"
            if details.get("timed_out")
            else "the reference exits with an error, which fails the row whatever is answered"
        )
    expected = str(details.get("expected", "")).strip()
    if not expected:
        return "the reference prints nothing"
    if checker == "integer-match" and not expected.lstrip("-").isdigit():
        return "the reference prints something else than one integer, which its integer checker refuses"
    if checker == "size-match" and size_bytes(expected) is None:
        return "the reference prints something else than one size, which its size checker refuses"
    if details.get("answer") == UNKNOWN_VALUE and len(expected.splitlines()) == 1:
        return "the reference printed nothing at a terminal, where it waits for input that the check's shell has not"
    if details.get("answer") == UNKNOWN_VALUE:
        return "the reference prints several lines, which `answer(X)` cannot carry"
    return "the reference prints another value when the check runs it again"


async def measure(tasks: Sequence[Task], at_once: int) -> list[Row]:
    environment = OperatingSystem(Settings.model_validate({"warm": at_once + 2}))
    await environment.start()
    room, done = asyncio.Semaphore(at_once), 0

    async def one(task: Task) -> Row:
        nonlocal done
        async with room:
            row = await outcome(environment, task)
        done += 1
        print(f"\r{done} of {len(tasks)} rows", end="" if done < len(tasks) else "\n", file=sys.stderr, flush=True)
        return row

    try:
        return await asyncio.gather(*(one(task) for task in tasks))
    finally:
        await environment.stop()


def report(rows: Sequence[Row], wall_s: float) -> str:
    """The page: counts by file, counts by reason, and every row that its reference does not earn."""
    sources = list(dict.fromkeys(row.task.source for row in rows))
    text = [
        "# AgentBench's OS rows and their own reference solutions",
        "",
        f"Measured {datetime.datetime.now(datetime.UTC):%Y-%m-%d} by `python -m benchmarks.agentbench_rows`: "
        f"{len(rows)} rows in {wall_s:.0f} s. Every row loads. "
        "A row's reference runs in the agent's shell, what it printed is the answer, and the row's check judges it.",
        "",
        "| file | rows | reference earns 1 | not |",
        "|---|---|---|---|",
    ]
    for source in sources:
        mine = [row for row in rows if row.task.source == source]
        earned = sum(row.outcome == EARNED for row in mine)
        text.append(f"| {source} | {len(mine)} | {earned} | {len(mine) - earned} |")
    lost = [row for row in rows if row.outcome != EARNED]
    text += ["", "## Why not", "", "| reason | rows |", "|---|---|"]
    text += [f"| {name} | {count} |" for name, count in collections.Counter(row.outcome for row in lost).most_common()]
    text += ["", "## Row by row", "", "| row | reason | seen |", "|---|---|---|"]
    text += [f"| {row.task.id} | {row.outcome} | {_cell(row.seen)} |" for row in lost]
    return "\n".join(text) + "\n"


def _cell(seen: str) -> str:
    shown = seen if len(seen) <= 160 else seen[:160] + "…"
    return f"`{shown.replace('|', '/').replace('`', chr(39))}`" if shown else ""


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.agentbench_rows", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("files", nargs="+", help="task files in AgentBench's format")
    parser.add_argument("--report", type=Path, help="write the page here instead of printing it")
    parser.add_argument("--at-once", type=int, default=4, help="episodes played at the same moment")
    options = parser.parse_args(arguments)
    tasks = [task for file in options.files for task in load(file, "measure")]
    began = time.monotonic()
    rows = asyncio.run(measure(tasks, options.at_once))
    page = report(rows, time.monotonic() - began)
    if options.report:
        options.report.write_text(page, encoding="utf-8")
    else:
        print(page)


if __name__ == "__main__":
    main(sys.argv[1:])
