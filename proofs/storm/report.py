"""What the rounds came to, as a line each and as a dated page."""

from __future__ import annotations

import os
import platform
import time
from collections import Counter
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from proofs.storm.records import Found


class Round(NamedTuple):
    """One run from its first start to its last."""

    seed: int
    episodes: int
    kills: Counter[str]
    starts: int
    codes: Counter[int]
    found: Found
    left: list[str]
    seconds: float
    disk: bool

    @property
    def lost(self) -> int:
        return self.episodes - len(self.found.settled)

    @property
    def doubled(self) -> int:
        return sum(number > 1 for number in self.found.settled.values())

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.found.wrong or self.left)

    def cells(self) -> list[str]:
        found = self.found
        numbers = [
            self.episodes,
            self.kills.total(),
            self.starts,
            self.lost,
            self.doubled,
            len(found.wrong),
            len(self.left),
        ]
        return [
            str(self.seed),
            *map(str, numbers),
            str(found.unsettled),
            f"{found.twice} of {found.replies}",
            f"{self.seconds:.0f} s",
        ]

    def line(self) -> str:
        said = ", ".join(f"{name} {cell}" for name, cell in zip(COLUMNS, self.cells(), strict=True))
        faults = "".join(f"\n  {fault}" for fault in [*self.found.wrong, *self.left])
        return f"{said}; killed: {_counted(self.kills)}; exit codes: {_counted(self.codes)}{faults}"


COLUMNS = (
    "seed",
    "episodes",
    "kills",
    "starts",
    "lost",
    "doubled",
    "wrongly scored",
    "left",
    "tries that failed",
    "replies journalled twice",
    "time",
)


def write(path: Path, rounds: Sequence[Round], command: str, seconds: float) -> None:
    """The page; an earlier one of the same day is replaced."""
    path.write_text("\n".join(_page(rounds, command, seconds)) + "\n")
    print(f"written to {path}")


def _page(rounds: Sequence[Round], command: str, seconds: float) -> list[str]:
    kills = sum((one.kills for one in rounds), Counter[str]())
    codes = sum((one.codes for one in rounds), Counter[int]())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    rows = ["| " + " | ".join(one.cells()) + " |" for one in rounds]
    said = [f"- seed {one.seed}: {fault}" for one in rounds for fault in [*one.found.wrong, *one.left]]
    return [
        f"# Storm of {_today()}: {kills.total()} kills, {sum(one.episodes for one in rounds)} episodes",
        "",
        (
            f"Lost {sum(one.lost for one in rounds)}, doubled {sum(one.doubled for one in rounds)}, wrongly scored"
            f" {sum(len(one.found.wrong) for one in rounds)}, left behind {sum(len(one.left) for one in rounds)}."
        ),
        "",
        (
            f"`{command}`, {seconds / 60:.0f} minutes on {os.cpu_count()} processors with {memory:.0f} GiB"
            f" ({platform.machine()}), Ray {metadata.version('ray')}."
        ),
        "",
        f"Killed: {_counted(kills)}."
        + ("" if all(one.disk for one in rounds) else " Nothing could be mounted here, so no disk was filled."),
        "",
        (
            f"Exit codes of the drivers: {_counted(codes)} (0 all scored; 1 some without reward; 2 the cluster or the"
            " disk was lost; -9 killed). Each but the last of a round was followed by the same command."
        ),
        "",
        "| " + " | ".join(COLUMNS) + " |",
        "|" + " ---: |" * len(COLUMNS),
        *rows,
        "",
        *(["What was found:", "", *said] if said else ["Every episode has exactly one settled record, with reward 1."]),
    ]


def _today() -> str:
    return time.strftime("%Y-%m-%d")


def _counted(counter: Counter[str] | Counter[int]) -> str:
    return ", ".join(f"{number} × {what}" for what, number in sorted(counter.items(), key=lambda item: -item[1]))
