"""How runs, and what can go of them, are shown: a table for people, one JSON object for scripts."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple, TextIO

import msgspec

from actors.program.terminal import console, one_line
from serve.runs.pruning import Gone, Outcome
from serve.runs.states import State
from serve.runs.survey import Run, Survey
from serve.tables.grid import Column, Grid, show

NOTE_CHARACTERS = 60


class Shown(NamedTuple):
    """Where and how."""

    file: TextIO
    as_json: bool

    def runs(self, survey: Survey) -> None:
        if self.as_json:
            self._json(_survey(survey))
            return
        out = console(self.file)
        if not survey.runs:
            out.print(f"no runs; {size(survey.other_bytes)} of other files")
            return
        columns = [Column("run"), Column("kind"), Column("state"), Column("size", True), Column("of which")]
        rows = [_row(run) for run in survey.runs]
        show(Grid(_title(survey), [*columns, Column("age", True)], rows), out)
        for run in survey.runs:
            if run.standing.state is State.BROKEN:
                out.print(one_line(f"{run.name} is broken: {run.standing.note}"), soft_wrap=True)

    def pruned(self, outcome: Outcome, carried_out: bool) -> None:
        for line in outcome.failed:
            print(one_line(f"runs: {line}"), file=sys.stderr)
        if self.as_json:
            self._json(_outcome(outcome, carried_out))
            return
        out = console(self.file)
        if not outcome.gone:
            out.print("nothing to prune")
        columns = [Column("run"), Column("what"), Column("size", True)]
        if outcome.gone:
            title = "went" if carried_out else "would go"
            show(Grid(f"{size(outcome.freed_bytes)} {title}", columns, list(_goings(outcome))), out)
        for line in outcome.left_alone:
            out.print(one_line(f"left alone: {line}"), soft_wrap=True)
        if outcome.gone and not carried_out:
            out.print("nothing was removed: --yes does it")

    def _json(self, content: Any) -> None:
        print(msgspec.json.format(msgspec.json.encode(content), indent=1).decode(), file=self.file)


def _title(survey: Survey) -> str:
    total = sum(run.found.size_bytes for run in survey.runs)
    others = f", and {size(survey.other_bytes)} that belong to none" if survey.other_bytes else ""
    return f"{len(survey.runs)} runs, {size(total)}{others}"


def _row(run: Run) -> list[str]:
    parts = sorted(run.found.parts.items(), key=lambda part: -part[1])
    which = ", ".join(f"{name} {size(number)}" for name, number in parts if number)
    state = run.standing.state if run.standing.state is State.BROKEN else one_line(str(run.standing), NOTE_CHARACTERS)
    written_at = run.found.written_at
    told = age(time.time() - written_at) if written_at else "–"
    return [run.name, run.found.kind, state, size(run.found.size_bytes), which, told]


def _goings(outcome: Outcome) -> Iterator[list[str]]:
    for gone in outcome.gone:
        counted: Counter[str] = Counter(removal.what for removal in gone.removals)
        for what, number in counted.items():
            freed = sum(removal.freed_bytes for removal in gone.removals if removal.what == what)
            yield [gone.run.name, what if number == 1 else f"{number} {what}s", size(freed)]


def _survey(survey: Survey) -> dict[str, Any]:
    return {
        "runs": [_run(run) for run in survey.runs],
        "unreadable": [line._asdict() for line in survey.unreadable],
        "other_bytes": survey.other_bytes,
    }


def _run(run: Run) -> dict[str, Any]:
    return {
        "path": run.place,
        "kind": run.found.kind,
        "state": run.standing.state,
        "note": run.standing.note,
        "size_bytes": run.found.size_bytes,
        "parts": run.found.parts,
        "written_at": run.found.written_at,
    }


def _outcome(outcome: Outcome, carried_out: bool) -> dict[str, Any]:
    return {
        "removed": carried_out,
        "freed_bytes": outcome.freed_bytes,
        "removals": [entry for gone in outcome.gone for entry in _removals(gone)],
        "left_alone": outcome.left_alone,
        "failed": outcome.failed,
    }


def _removals(gone: Gone) -> list[dict[str, Any]]:
    return [
        {"run": gone.run.place, "what": removal.what, "path": str(removal.path), "freed_bytes": removal.freed_bytes}
        for removal in gone.removals
    ]


def size(number: int) -> str:
    """Bytes as one reads them: 512 B, 1.5 kB, 23 MB."""
    value, unit = float(number), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 999.5:
            break
        value, unit = value / 1000, larger
    return f"{value:.0f} {unit}" if unit == "B" or value >= 9.95 else f"{value:.1f} {unit}"


def age(seconds: float) -> str:
    """In the largest unit that counts at least one."""
    for unit, length_s in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length_s:
            return f"{seconds / length_s:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"
