"""`python -m proofs.storm`: every part of a run is killed, again and again, and the reference player must lose nothing
by it.

Rounds of a rollout over four environments are played by the tasks' own solutions, one delayed reply at a time.
Meanwhile LLM actors, environment actors, containers, database, shop and graph servers, the driver and raylets are
killed and the store's disk is filled; a driver that ended is started again, with the same command, until it says that
everything is scored. Then there must be exactly one settled record of every episode, each with reward 1, and nothing
may be left of any process, container or folder.

The report, `proofs/storm/<date>.md`, has the counts. The exit code is 0 where as many were killed as asked, and nothing
was lost, doubled, scored wrongly or left.
"""

from __future__ import annotations

import argparse
import json
import random
import shlex
import signal
import sys
import tempfile
import time
from pathlib import Path

from proofs.storm.report import Round, write
from proofs.storm.run import Run

ENVIRONMENTS = ("operating_system", "database", "webshop", "knowledge_graph")
REPORTS = Path(__file__).parent


def config(store: Path, seed: int, each: int, backend: str, environments: list[str]) -> dict[str, object]:
    """A run that lasts: a reply takes as long as a quick model's."""
    return {
        "store": str(store),
        "seed": seed,
        "tasks": [{"environment": name, "generate": each} for name in environments],
        "environments": {"operating_system": {"settings": {"backend": backend, "warm": 3}}},
        "llm": {"kind": "reference", "delay_s": 0.7},
        "llm_actors": {"actors": 2, "concurrency": 12},
    }


def parsed(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m proofs.storm", description="Kill every part of a run, and count what is lost."
    )
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1, help="of the first round; each further round has the next")
    parser.add_argument("--each", type=int, default=60, help="episodes of each environment in a round")
    parser.add_argument("--environments", nargs="+", choices=ENVIRONMENTS, default=list(ENVIRONMENTS))
    parser.add_argument("--backend", choices=("docker", "bubblewrap"), default="docker", help="of the sandboxes")
    parser.add_argument(
        "--pause", type=float, nargs=2, default=(1.0, 3.0), metavar="S", help="between two kills, at least and at most"
    )
    parser.add_argument(
        "--limit", type=float, default=float("inf"), metavar="S", help="no further kill after so many seconds"
    )
    parser.add_argument(
        "--keep", metavar="FOLDER", help="where runs and logs stay (default: a temporary folder, removed)"
    )
    parser.add_argument("--out", default=str(REPORTS), metavar="FOLDER", help="where the report goes")
    return parser.parse_args(words)


def stormed(options: argparse.Namespace, folder: Path) -> list[Round]:
    """Rounds until so many have been killed."""
    rounds: list[Round] = []
    until = time.monotonic() + options.limit
    left = options.kills
    while left > 0 and time.monotonic() < until:
        seed = options.seed + len(rounds)
        place = folder / str(seed)
        run = Run(place, random.Random(seed), tuple(options.pause), until)
        place.joinpath("rollout.yaml").write_text(
            json.dumps(config(run.store_folder, seed, options.each, options.backend, options.environments))
        )
        with run:
            rounds.append(run.play(seed, options.each * len(options.environments), left))
        left -= rounds[-1].kills.total()
        print(rounds[-1].line(), flush=True)
    return rounds


def main(words: list[str]) -> int:
    options = parsed(words)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what is mounted is taken away, what runs is ended
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="storm-", ignore_cleanup_errors=True) as temporary:
        rounds = stormed(options, Path(options.keep) if options.keep else Path(temporary))
    command = shlex.join(["python", "-m", "proofs.storm", *words])
    write(Path(options.out) / f"{time.strftime('%Y-%m-%d')}.md", rounds, command, time.monotonic() - began)
    killed = sum(one.kills.total() for one in rounds)
    return 0 if killed >= options.kills and all(one.clean for one in rounds) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
