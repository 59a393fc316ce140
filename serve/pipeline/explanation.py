"""What is said of a pipeline: what would be done and why (`--explain`), and at the end what was done and how long it
took.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.table import Table

from actors.program.durations import duration
from actors.program.terminal import console, safe
from serve.pipeline.controller import decision_on, told
from serve.pipeline.decision import Action, Decision
from serve.pipeline.ledger import Ledger
from serve.pipeline.stage import Stage


def decisions(stages: Sequence[Stage], ledger: Ledger, out: Path) -> list[tuple[Stage, Decision]]:
    """What would be done about each stage.

    One that reads what an earlier one will write is decided when that is there.
    """
    found: list[tuple[Stage, Decision]] = []
    for stage in stages:
        waits = [other.name for other, decision in found if decision.acts and _reads(stage, other)]
        decision = decision_on(stage, stage.basis(out), ledger)
        if waits and stage.name in ledger.stages and not decision.acts:
            decision = Decision(
                Action.RUN, f"up to date as yet; runs again if {' or '.join(waits)} makes something else"
            )
        elif waits and stage.name not in ledger.stages:
            decision = Decision(Action.RUN, f"{decision.reason}; waits for {', '.join(waits)}")
        found.append((stage, decision))
    return found


def _reads(stage: Stage, other: Stage) -> bool:
    return other.writes is not None and any(path.is_relative_to(other.writes) for path in stage.reads.values())


def explain(stages: Sequence[Stage], ledger: Ledger, out: Path) -> None:
    """Print every stage: its command, what it reads and writes, what would be done about it, and why."""
    output = console()
    output.print(f"{len(stages)} stages into {out}; nothing is run (--explain)", soft_wrap=True)
    for number, (stage, decision) in enumerate(decisions(stages, ledger, out), 1):
        before = ledger.stages.get(stage.name)
        output.print(f"\n{number}. {stage.name}: {stage.what}", style="bold")
        output.print(f"   $ {stage.command}", soft_wrap=True)
        for name, path in stage.reads.items():
            output.print(f"   reads {name}: {path}{'' if path.exists() else ' (not there yet)'}", soft_wrap=True)
        if stage.writes:
            output.print(f"   writes {stage.writes}", soft_wrap=True)
        action = "" if decision.action is Action.SKIP else f" → {decision.action}"
        output.print(f"   {told(stage, decision, before)}{action}", soft_wrap=True)


def print_times(stages: Sequence[Stage], ran: Mapping[str, float], ledger: Ledger) -> None:
    """The table at the end: the seconds of every stage over all its goes, and its share."""
    records = {stage.name: ledger.stages[stage.name] for stage in stages if stage.name in ledger.stages}
    whole = sum(record.seconds for record in records.values())
    table = Table("stage", show_footer=True)
    table.columns[0].footer = "all"
    table.add_column("seconds", f"{whole:,.1f}", justify="right")
    table.add_column("share", "100 %" if whole else "", justify="right")
    table.add_column("now")
    for name, record in records.items():
        ended = time.strftime("%H:%M:%S", time.localtime(record.ended)) if record.ended else "?"
        now = f"ran, {record.goes} goes" if record.goes > 1 else "ran"
        share = 100 * record.seconds / whole if whole else 0.0
        table.add_row(
            safe(name), f"{record.seconds:,.1f}", f"{share:.0f} %", now if name in ran else f"unchanged since {ended}"
        )
    console().print(table)
    console().print(f"{duration(sum(ran.values()))} now, {duration(whole)} for all that is there", soft_wrap=True)
