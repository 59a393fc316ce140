"""What the expert thinks (`thoughts.toml`): where something new begins, as a person would say it, and nothing else."""

from __future__ import annotations

import zlib
from functools import cache
from pathlib import Path

from environments.alfworld.expert.home import kind_of
from environments.alfworld.expert.next_step import Step, Why
from environments.alfworld.expert.wanted import Wanted
from environments.toml_file import read_table


@cache
def _wordings() -> dict[str, list[str]]:
    return read_table(Path(__file__).with_name("thoughts.toml"), dict[str, list[str]])


def thought(step: Step, before: Step | None, wanted: Wanted, draw: str) -> str:
    """The thought before a step; empty where it only goes on with the one before. `draw` chooses among wordings."""
    if before is not None and not _new(step, before):
        return ""
    wordings = _wordings()[_event(step, before, wanted)]
    state, verb = (wanted.treatment.state, wanted.treatment.verb) if wanted.treatment else ("", "")
    said = wordings[zlib.crc32(draw.encode()) % len(wordings)].format(
        thing=step.thing,
        a_thing=f"{'an' if step.thing[:1] in 'aeiou' else 'a'} {step.thing}",
        place=step.place,
        kind=wanted.thing,
        lamp=wanted.lamp,
        state=state,
        verb=verb,
    )
    return said[:1].upper() + said[1:]


def _new(step: Step, before: Step) -> bool:
    if step.why is Why.SEARCH:
        return (
            before.why is not Why.SEARCH or kind_of(step.place) != kind_of(before.place) or step.thing != before.thing
        )
    return (step.why, step.thing) != (before.why, before.thing)


def _event(step: Step, before: Step | None, wanted: Wanted) -> str:
    if step.why is Why.SEARCH and before is None:
        return "begin"
    second = before is not None and before.why in (Why.BRING, Why.BRING_SECOND) and wanted.number > 1
    if step.why is Why.SEARCH and step.thing == wanted.lamp and before is not None and before.why is not Why.SEARCH:
        return "search_lamp"
    if second and step.why in (Why.SEARCH, Why.FETCH):
        return f"{step.why}_second"
    return "fetch_back" if step.why is Why.FETCH and step.action.startswith("go to") else str(step.why)
