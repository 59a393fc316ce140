"""What the rollout itself costs: CPU per turn of everything but the model, and wall time against the ideal.

    python -m benchmarks.orchestration [--report]

A fake OpenAI-compatible server (`actors.llms.practice_provider`) with a fixed latency, a trivial environment
(`environments.practice`: nine numbers and `done`, ten turns an episode), and the real command `python -m actors
rollout` with journal, limits, repeat detection and metrics on. CPU is summed over the driver, the LLM actors and the
environment actors from the moment they are ready; Ray's own daemons are counted apart, the fake server not at all.
Start-up is not counted: ideal and wall time begin with the first episode and end with the last record.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import NamedTuple

import msgspec
import psutil

from actors.records.store import Store

TURNS = 10


class Case(NamedTuple):
    """One line of the report."""

    name: str
    episodes: int
    concurrency: int
    latency_ms: int
    hosted: bool


class Measured(NamedTuple):
    """CPU milliseconds a turn by part, and wall seconds of the playing."""

    cpu_ms: dict[str, float]
    wall_s: float
    turns: int


CASES = (
    Case("direct, 0 ms, 64 at once", 256, 64, 0, False),
    Case("through its actor, 0 ms, 64 at once", 256, 64, 0, True),
    Case("direct, 200 ms, 64 at once", 256, 64, 200, False),
    Case("through its actor, 200 ms, 64 at once", 256, 64, 200, True),
    Case("direct, 200 ms, 512 at once", 1536, 512, 200, False),
)


def cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def part_of(process: psutil.Process, driver: int) -> str | None:
    """Which part of the system a process is; None for those that do not count."""
    if process.pid == driver:
        return "driver"
    try:
        line = " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return None
    for name, part in (
        ("ray::LLMActor", "LLM actors"),
        ("ray::EnvironmentActor", "environment actors"),
        ("ray::LimitsService", "limits actor"),
    ):
        if name in line:
            return part
    return "Ray's daemons" if "ray" in line else None


def sample(driver: int) -> dict[tuple[int, str], float]:
    found = {}
    try:
        everyone = [psutil.Process(driver), *psutil.Process(driver).children(recursive=True)]
    except psutil.NoSuchProcess:
        return {}
    for process in everyone:
        try:
            part = part_of(process, driver)
            if part is not None:
                found[process.pid, part] = cpu_s(process)
        except psutil.NoSuchProcess:
            continue
    return found


def config(case: Case, url: str, folder: Path) -> Path:
    path = folder / "rollout.yaml"
    content = {
        "store": str(folder / "run"),
        "tasks": [{"environment": "practice", "generate": case.episodes}],
        "environments": {"practice": {"settings": {"hosted": case.hosted}}},
        "llm": {"kind": "openai", "model": "practice", "base_url": url, "api_key_env": ["PRACTICE_KEY"], "prices": None,
                "requests_per_minute": 10_000_000},
        "llm_actors": {"actors": 1, "concurrency": case.concurrency},
    }  # fmt: skip
    path.write_text(json.dumps(content))
    return path


def measure(case: Case, url: str) -> Measured:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        command = [sys.executable, "-m", "actors", "rollout", str(config(case, url, folder))]
        with (folder / "log").open("wb") as log:
            rollout = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "PRACTICE_KEY": "practice"})
            first: dict[tuple[int, str], float] = {}
            last: dict[tuple[int, str], float] = {}
            while rollout.poll() is None:
                now = sample(rollout.pid)
                if any(part == "LLM actors" for _, part in now):
                    last |= now
                    if not (folder / "run" / "journal").exists():
                        first = now
                time.sleep(0.1)
        if rollout.returncode:
            sys.exit((folder / "log").read_text())
        store = Store(str(folder / "run"))
        trajectories = list(store.trajectories())
        assert len(trajectories) == case.episodes
        assert all(trajectory.reward == 1.0 for trajectory in trajectories), (
            "the fake model's replies did not count right"
        )
        began = min(trajectory.started_at for trajectory in trajectories)
        ended = max(trajectory.started_at + trajectory.total_s for trajectory in trajectories)
        turns = sum(len(trajectory.turns) for trajectory in trajectories)
    spent: dict[str, float] = {}
    for (pid, part), used in last.items():
        spent[part] = spent.get(part, 0.0) + used - first.get((pid, part), 0.0)
    return Measured({part: seconds * 1000 / turns for part, seconds in spent.items()}, ended - began, turns)


def row(case: Case, measured: Measured) -> str:
    ours = sum(value for part, value in measured.cpu_ms.items() if part != "Ray's daemons")
    parts = ", ".join(f"{part} {value:.2f}" for part, value in sorted(measured.cpu_ms.items()))
    ideal = case.episodes / case.concurrency * TURNS * case.latency_ms / 1000
    ratio = f"{measured.wall_s / ideal:.2f}" if ideal else "–"
    return (
        f"| {case.name} | {ours:.2f} | {parts} | {measured.wall_s:.1f} | {ratio} |"
        f" {case.episodes / measured.wall_s:.0f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--report", action="store_true", help="also write benchmarks/orchestration/<date>.md")
    parser.add_argument("--case", type=int, action="append", help="only this one, by position")
    arguments = parser.parse_args()
    lines = [
        f"# Orchestration, {date.today()}",
        "",
        (
            f"`python -m benchmarks.orchestration`, {os.cpu_count()} processors, {TURNS} turns an episode. CPU in ms a"
            " turn."
        ),
        "",
        "| case | CPU | by part | wall s | wall ÷ ideal | episodes/s |",
        "|---|---|---|---|---|---|",
    ]
    print("\n".join(lines))
    replies = [f"I go on counting.\nSay: {n}" for n in range(1, TURNS)] + ["Say: done"]
    with tempfile.NamedTemporaryFile("wb", suffix=".json") as file:
        file.write(msgspec.json.encode(replies))
        file.flush()
        for case in [CASES[i] for i in arguments.case] if arguments.case else CASES:
            server = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "actors.llms.practice_provider",
                    "--latency-ms",
                    str(case.latency_ms),
                    "--replies",
                    file.name,
                ],
                stdout=subprocess.PIPE,
                text=True,
            )
            try:
                assert server.stdout is not None
                url = next(word for word in server.stdout.readline().split() if word.startswith("http"))
                lines.append(row(case, measure(case, url)))
                print(lines[-1], flush=True)
            finally:
                server.terminate()
                server.wait()
    if arguments.report:
        (Path(__file__).parent / f"{date.today()}.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
