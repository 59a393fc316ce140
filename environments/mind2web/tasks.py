"""Mind2Web's files as tasks (SPEC 2.3): a file or a folder of recordings, or a TOML file that says more:

    files = ["data_std/*.json"]        # patterns, from the TOML file's folder
    mode = "step"                      # or "round", "task"
    scores = "scores_all_data.pkl"     # the ranker's; without them the files' own ranks, else BM25
    top = 10                           # so many candidates of each step
    unreachable = "count"              # or "leave out"
    seed = 123                         # of the order of candidates

A step is unreachable where none of its right elements is among the first `top`, or on the page at all, or where it has
one candidate alone. Such a step counts 0, as in AgentBench; or it is left out, and told as a `BadRow`, so that whoever
reads the tasks counts it.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import msgspec

from environments.contract import Task, UserError
from environments.mind2web.course import can_be_answered
from environments.mind2web.loading.files import recordings
from environments.mind2web.loading.recording import Recording, read_recording
from environments.mind2web.loading.scores import Ranks, read_ranks
from environments.mind2web.payload import Mode, Step
from environments.mind2web.steps import Play, in_order, plays, step_of
from environments.rows import BadRow, RawRow, Row, unusable
from environments.toml_file import read_table

TOP = 10
SEED = 123
FILES = ("*.json", "*.json.gz", "*.json.zst")


class Reading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a TOML file may say."""

    files: list[str]
    mode: Mode = "step"
    scores: str = ""
    top: Annotated[int, msgspec.Meta(ge=1)] = TOP
    unreachable: Literal["count", "leave out"] = "count"
    seed: int = SEED


class Source(NamedTuple):
    """A reading with its files found and its scores read; None: there are none."""

    reading: Reading
    files: list[Path]
    ranks: Ranks | None
    split: str


def load(path: str, split: str) -> Iterator[Task | BadRow]:
    """The tasks of a file or folder of recordings, or of what a TOML file names. A `BadRow` for each recording that is
    none, and for each step that is left out. Raises `UserError` where a file cannot be read.
    """
    source = _source(Path(path), split)
    for file in source.files:
        for row in recordings(file):
            yield from _tasks(row, file.name, source)


def _source(path: Path, split: str) -> Source:
    if path.suffix != ".toml":
        files = [path] if path.is_file() else _found(path, FILES)
        return Source(Reading([]), files, None, split)
    reading = read_table(path, Reading)
    ranks = read_ranks(path.parent / reading.scores, reading.top) if reading.scores else None
    return Source(reading, _found(path.parent, reading.files), ranks, split)


def _found(folder: Path, patterns: Sequence[str]) -> list[Path]:
    """The files that match, each once. Raises `UserError` where there is none."""
    escaped = glob.escape(str(folder))
    matching = [sorted(glob.glob(os.path.join(escaped, pattern), recursive=True)) for pattern in patterns]
    found = [Path(file) for file in dict.fromkeys(file for files in matching for file in files)]
    if not any(file.is_file() for file in found):
        raise UserError(f"no recordings in '{folder}' ({', '.join(patterns)}); expected Mind2Web's JSON")
    return [file for file in found if file.is_file()]


def _tasks(row: RawRow, file: str, source: Source) -> Iterator[Task | BadRow]:
    try:
        fault = unusable(row.values)
        if fault:
            raise BadRow(f"{row.place}: {fault}")
        recording = read_recording(Row(row.place, row.values))
        steps = [(number, _step(recording, number, source)) for number in range(len(recording.actions))]
    except UserError as error:
        yield BadRow(str(error))
        return
    if source.reading.unreachable == "leave out":
        for number, step in steps:
            if not can_be_answered(step):
                yield BadRow(f"{row.place}, action {number}: left out, for nobody can be right ({_why(step, source)})")
        steps = [(number, step) for number, step in steps if can_be_answered(step)]
    for play in plays(recording, steps, source.reading.mode):
        yield _task(recording, play, file, source)


def _why(step: Step, source: Source) -> str:
    first = f"its first {source.reading.top} candidates"
    return f"{first} are one alone" if step.positives else f"no right element of the page is among {first}"


def _step(recording: Recording, number: int, source: Source) -> Step:
    action, reading = recording.actions[number], source.reading
    if source.ranks is not None:
        sample = f"{recording.annotation}_{action.uid}"
        if sample not in source.ranks:
            raise UserError(f"the ranker's scores '{reading.scores}' lack '{sample}'; they belong to other recordings")
        known = {*action.positives, *action.negatives}
        first = [id for id in source.ranks[sample] if id in known]
    elif action.ranks:
        first = [id for id in in_order(recording.task, action) if action.ranks[id] < reading.top]
    else:
        first = in_order(recording.task, action)[: reading.top]
    return step_of(action, first, f"{reading.seed}/{recording.annotation}/{action.uid}")


def _task(recording: Recording, play: Play, file: str, source: Source) -> Task:
    mode = play.payload.mode
    return Task(
        id=f"mind2web-{recording.annotation}-{play.name}",
        environment="mind2web",
        split=source.split,
        source=f"mind2web:{file}",
        payload=msgspec.to_builtins(play.payload),
        family=f"{mode}-{recording.kind or recording.website}".lower(),
        reference=play.reference,
    )
