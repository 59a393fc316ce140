"""Goes through the runs of a survey and lets go what can go: each under its own locks, looked at once more when these
are held."""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import partial
from pathlib import Path
from typing import NamedTuple

from actors.program.user_error import UserError
from serve.runs.kinds import Kind
from serve.runs.patience import patiently
from serve.runs.removals import Removal, Rules, fingerprint, removals
from serve.runs.removing import alone, remove
from serve.runs.states import LOCKS, State, standing
from serve.runs.survey import Run

REMOVING_S = 300.0  # without a sign of life: a busy disk may take long to let a large file go


class Gone(NamedTuple):
    """What of a run went, or would go."""

    run: Run
    removals: list[Removal]


class Outcome(NamedTuple):
    """What went, a line for each run that was left alone, and for each that failed."""

    gone: list[Gone]
    left_alone: list[str]
    failed: list[str]

    @property
    def freed_bytes(self) -> int:
        return sum(removal.freed_bytes for gone in self.gone for removal in gone.removals)


def prune(runs: Sequence[Run], rules: Rules, *, carry_out: bool) -> Outcome:
    """What of `runs` can go; it goes where `carry_out` says so."""
    outcome = Outcome([], [], [])
    trained_on = {name for run in runs if (name := fingerprint(run.found)) is not None}
    busy = [run.place for run in runs if run.standing.state is State.RUNNING and run.found.kind is Kind.PIPELINE]
    for run in runs:
        if run.standing.state is State.RUNNING or any(run.place.startswith(f"{place}/") for place in busy):
            outcome.left_alone.append(f"{run.name}: {State.RUNNING}")
            continue
        gone: list[Removal] = []
        work = (
            partial(_prune, run, rules, trained_on, gone) if carry_out else partial(_look, run, rules, trained_on, gone)
        )
        try:
            patiently(work, REMOVING_S if carry_out else None)
        except (UserError, OSError) as error:
            outcome.failed.append(f"{run.name}: {error}")
        if gone:
            outcome.gone.append(Gone(run, gone))
    return outcome


def _look(run: Run, rules: Rules, trained_on: Set[str], gone: list[Removal]) -> None:
    """Add to `gone` what would go."""
    gone.extend(removals(Path(run.place), run.found, run.standing, rules, trained_on))


def _prune(run: Run, rules: Rules, trained_on: Set[str], gone: list[Removal]) -> None:
    """Add to `gone` what went.

    Where nothing is to go, no lock is taken. Raises `UserError` at the first thing that cannot go.
    """
    place = Path(run.place)
    if not any(removals(place, run.found, run.standing, rules, trained_on)):
        return
    with alone(place, LOCKS.get(run.found.kind, ())):
        now = standing(run.place, run.found, asked=False)
        for removal in removals(place, run.found, now, rules, trained_on):
            remove(place, removal)
            gone.append(removal)
