"""Carries out a pipeline: stage by stage, decide, say why, run, record.

The decisions are `serve.pipeline.decision`'s.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from actors.program.command_line import INTERRUPTED
from actors.program.durations import duration
from actors.program.user_error import UserError
from serve.pipeline import ledger as ledgers
from serve.pipeline import process
from serve.pipeline.decision import Action, Basis, Decision, Record, decide, digest_of, how_it_ended
from serve.pipeline.ledger import Ledger
from serve.pipeline.stage import Stage

Say = Callable[[str], None]


class Result(NamedTuple):
    """`code` is the pipeline's own exit code; `ran` the seconds of each stage that was run now."""

    code: int
    ran: dict[str, float]
    ledger: Ledger


def decision_on(stage: Stage, basis: Basis, ledger: Ledger) -> Decision:
    """What to do about a stage, as things are on the disk."""
    before = ledger.stages.get(stage.name)
    same = before is not None and digest_of(before.basis, stage.free) == digest_of(basis, stage.free)
    place = stage.done if before and before.done and same else stage.writes
    there = place.exists() if place else before is not None
    return decide(basis, before, output=there, in_place=stage.in_place, free=stage.free)


def carry_out(
    stages: Sequence[Stage], out: Path, config: str, again: str, say: Say, planned: Sequence[str] = ()
) -> Result:
    """Bring every stage up to date, in order. `again` is the command that goes on, `planned` are the names of all
    stages where these are not all. Raises `UserError` for the user's mistakes.
    """
    with ledgers.alone(out):
        names = list(planned) or [stage.name for stage in stages]
        ledger = Ledger(config, ledgers.read(out).stages, planned=names)
        ran: dict[str, float] = {}
        began = time.monotonic()
        for number, stage in enumerate(stages, 1):
            say(f"\n[{number}/{len(stages)}] {stage.name}: {stage.what} · {duration(time.monotonic() - began)} so far")
            _let_go(ledger.stages.get(stage.name), stage.name, say)
            basis = stage.basis(out)
            decision = decision_on(stage, basis, ledger)
            say(told(stage, decision, ledger.stages.get(stage.name)))
            if not decision.acts:
                continue
            if decision.action is Action.ASIDE and stage.writes:
                say(f"the old output is kept: {set_aside(stage.writes)}")
            ledger, ended = _run(stage, basis, decision, ledger, out, say)
            record = ledger.stages[stage.name]
            ran[stage.name] = time.time() - record.started
            if ended.stopped:
                say(f"stopped in stage '{stage.name}'; nothing that was done is lost. Go on with:\n  {again}")
                return Result(INTERRUPTED, ran, ledger)
            if ended.code:
                say(f"stage '{stage.name}' {how_it_ended(record)}; once its cause is gone, go on with:\n  {again}")
                return Result(ended.code if ended.code > 0 else 1, ran, ledger)
        return Result(0, ran, ledger)


def told(stage: Stage, decision: Decision, before: Record | None) -> str:
    """A decision in a line."""
    if decision.action is Action.SKIP and before is not None and before.ended is not None:
        at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(before.ended))
        return f"{stage.name}: done {duration(time.time() - before.ended)} ago at {at}, {decision.reason}"
    stays = f"; {stage.then}" if stage.then and decision.reason.startswith("changed") else ""
    return f"{stage.name}: {decision.reason}{stays}"


def _run(
    stage: Stage, basis: Basis, decision: Decision, ledger: Ledger, out: Path, say: Say
) -> tuple[Ledger, process.Ended]:
    """Run one stage, with a record before, while and after it."""
    stage.write_config()
    if stage.writes:
        stage.writes.parent.mkdir(parents=True, exist_ok=True)
    say(f"$ {stage.command}")
    goes_on = decision.action is Action.GO_ON
    old = ledger.stages[stage.name] if goes_on else None
    earlier_s, goes = (old.seconds, old.goes) if old else (0.0, 0)
    started, clock = time.time(), time.monotonic()
    record = Record(basis, digest_of(basis, stage.free), started, seconds=earlier_s, goes=goes + 1)

    def began(number: int, process_started: float) -> None:
        nonlocal ledger, record
        record = _with(record, process=number, process_started=process_started)
        ledger = ledger.with_record(stage.name, record)
        ledgers.write(out, ledger)

    ended = process.run(stage.argv, began, say)
    seconds = earlier_s + time.monotonic() - clock
    record = _with(record, ended=time.time(), seconds=seconds, exit_code=ended.code, process=0, process_started=0.0)
    ledger = ledger.with_record(stage.name, record)
    ledgers.write(out, ledger)
    return ledger, ended


def _with(record: Record, **fields: object) -> Record:
    return msgspec.structs.replace(record, **fields)


def _let_go(before: Record | None, name: str, say: Say) -> None:
    """Wait until a stage that a killed pipeline left has ended. Raises `UserError` if it does not."""
    if before and before.process and not process.wait_for_left(before.process, before.process_started, say):
        raise UserError(
            f"stage '{name}' of an earlier pipeline still runs as process {before.process}: end it, then start this"
            " again"
        )


def set_aside(path: Path) -> Path:
    """Give `path` the next free name of its own: `train` becomes `train.1.old`."""
    number = 1
    while (aside := path.with_name(f"{path.name}.{number}.old")).exists():
        number += 1
    try:
        os.rename(path, aside)
    except OSError as error:
        raise UserError(
            f"cannot move '{path}' aside: {error.strerror}; move it yourself, then start this again"
        ) from error
    return aside
