"""The report as Markdown: one table a workload, what the numbers mean, where a step's time goes."""

from __future__ import annotations

import os
import statistics
from collections.abc import Sequence
from datetime import date

from benchmarks.train.contender import OURS_SHARED, PADDED, SORTED, TRL
from benchmarks.train.measured import Measured
from benchmarks.train.workload import Counts, Workload

GIB = 1 << 30
GOAL_PADDED = 3.0
SAME_LOSS = 1e-3  # nats: rounding is 1e-5, one document that sees another's tokens is much more
HEAD = (
    "| contender | tokens/s | spread | ÷ padded | trained tokens/s | computed tokens/s | computed ÷ represented | "
    "tokens a processor second | s a step | peak GiB | loss |"
)


def heading(threads: int, load: float) -> list[str]:
    return [
        f"# Training, {date.today().isoformat()}",
        "",
        (
            f"{os.cpu_count()} processors, {threads} threads, load average {load:.1f} before. float32. Every contender"
            " has a process of its own, one after the other; rounds repeat all of them. tokens/s counts the"
            " conversations' own tokens, however few are computed for them; padding does not count. A warm-up on one"
            " conversation is not counted. The learning rate is 0, so that `loss`, the mean over all trained tokens,"
            " is one number for all who compute the same."
        ),
        "",
    ]


def table(workload: Workload, counts: Counts, found: dict[str, list[Measured]], failed: dict[str, str]) -> list[str]:
    """One workload's rows. `found` holds the rounds of each contender, `failed` says why one has none."""
    lines = [
        f"## {workload.name}",
        "",
        (
            f"{len(workload.documents)} conversations, {counts.represented:,} tokens (median {counts.median}, longest"
            f" {counts.longest}), {counts.trained:,} trained. Padded: {workload.batch} a step, {workload.micro_batch}"
            f" at once; packed: rows of {workload.sequence_tokens}, {workload.bins(counts.represented)} a step."
        ),
        "",
        HEAD,
        "|" + "---|" * (HEAD.count("|") - 1),
    ]
    base = _speed(found[PADDED], counts) if found.get(PADDED) else 0.0
    lines += [_row(name, rounds, counts, base) for name, rounds in found.items() if rounds]
    lines += [f"| {name} | {why} |" + " |" * 9 for name, why in failed.items()]
    return [*lines, "", *_verdicts(found, counts), ""]


def _speed(rounds: Sequence[Measured], counts: Counts) -> float:
    return statistics.median(counts.represented / one.wall_s for one in rounds)


def _row(name: str, rounds: Sequence[Measured], counts: Counts, base: float) -> str:
    speeds = [counts.represented / one.wall_s for one in rounds]
    typical = statistics.median(speeds)
    spread = f"{min(speeds):.0f} to {max(speeds):.0f}" if len(speeds) > 1 else "one round"
    ratio = f"{typical / base:.2f}" if base else "–"
    one = rounds[0]
    processor = statistics.median(counts.represented / measured.cpu_s for measured in rounds)
    cells = [
        name,
        f"{typical:.0f}",
        spread,
        ratio,
        f"{typical * counts.trained / counts.represented:.0f}",
        f"{typical * one.computed / counts.represented:.0f}",
        f"{one.computed / counts.represented:.2f}",
        f"{processor:.0f}",
        f"{statistics.median([s for measured in rounds for s in measured.seconds]):.1f}",
        f"{max(measured.peak_bytes for measured in rounds) / GIB:.1f}",
        f"{one.mean_loss:.4f}",
    ]
    return "| " + " | ".join(cells) + " |"


def _verdicts(found: dict[str, list[Measured]], counts: Counts) -> list[str]:
    """Against the goals; and who computed another loss."""
    said = []
    speed = {name: _speed(rounds, counts) for name, rounds in found.items() if rounds}
    if OURS_SHARED in speed and PADDED in speed:
        ratio = speed[OURS_SHARED] / speed[PADDED]
        reached = "reached" if ratio >= GOAL_PADDED else "not reached"
        said.append(f"- ours against padded: {ratio:.2f} times; the goal of {GOAL_PADDED:g} is {reached}")
    for name in (SORTED, TRL):
        if OURS_SHARED in speed and name in speed:
            said.append(f"- ours against {name}: {speed[OURS_SHARED] / speed[name]:.2f} times")
    if found.get(PADDED):
        right = found[PADDED][0].mean_loss
        for name, rounds in found.items():
            if rounds and abs(rounds[0].mean_loss - right) > SAME_LOSS:
                said.append(
                    f"- {name} computes another loss than one conversation at a time: its conversations see each other,"
                    " or are cut"
                )
    return said


def parts_table(seconds: dict[str, float]) -> list[str]:
    """Of one of our steps on the mix."""
    whole = sum(seconds.values())
    rows = [f"| {name} | {spent:.2f} | {100 * spent / whole:.1f} % |" for name, spent in seconds.items()]
    return ["## Where a step's time goes (ours, the mix)", "", "| part | s | share |", "|---|---|---|", *rows, ""]


def computed_table(rows: Sequence[tuple[str, int, dict[str, float]]]) -> list[str]:
    """Tokens computed for each token represented, counted without training, on more conversations than can be timed."""
    names = list(rows[0][2])
    lines = [f"| workload | conversations | {' | '.join(names)} |", "|---|---|" + "---|" * len(names)]
    lines += [
        f"| {name} | {number:,} | {' | '.join(f'{ratio:.2f}' for ratio in ratios.values())} |"
        for name, number, ratios in rows
    ]
    return ["## Tokens computed for each token represented (counted on more conversations)", "", *lines, ""]
