"""Everything that a report says, gathered from the folders that it is about, before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from environments.contract import UserError
from serve import evaluation
from serve.comparison import suite_differences
from serve.evaluation import Evaluation
from serve.report.chat import Row as General
from serve.report.chat import general
from serve.report.examples import Example, chosen, examples
from serve.report.lesson import Lesson, lesson
from serve.report.play import Play, played
from serve.report.standings import Column, standings
from serve.report.training import Training, training
from serve.score_grid import score_notes


class Inputs(NamedTuple):
    """The folders that a report is about; `column`: only this one of the suite."""

    evaluations: Sequence[str]
    training: Sequence[str] = ()
    filtered: Sequence[str] = ()
    general: Sequence[str] = ()
    column: str | None = None


class Model(NamedTuple):
    """What was evaluated: its name, and its LLM's identity in a line."""

    name: str
    identity: str
    episodes: int
    seconds: float


class Contents(NamedTuple):
    """The report. `curves` is an `<svg>` element, or empty."""

    suite: str
    models: list[Model]
    remarks: list[str]
    columns: list[Column]
    play: Play
    lesson: Lesson | None
    trainings: list[Training]
    curves: str
    general: list[General]
    examples: list[Example]

    @property
    def title(self) -> str:
        return " against ".join(model.name for model in self.models)


def gather(inputs: Inputs) -> Contents:
    """Read all of it. Raises `UserError` for what is no finished evaluation, for evaluations of different tasks, and for any other
    folder that is not what it should be."""
    from train import curves

    read = [_only(evaluation.read(folder), inputs.column) for folder in inputs.evaluations]
    names = _names(read, inputs.evaluations)
    play = played({name: each.episodes for name, each in zip(names, read, strict=True)})
    return Contents(
        str(read[0].suite.get("name", "")),
        [Model(name, _identity(each), len(each.episodes), each.seconds) for name, each in zip(names, read, strict=True)],
        list(_remarks(read, names)),
        standings(read, names),
        play,
        lesson(inputs.filtered) if inputs.filtered else None,
        [training(folder) for folder in inputs.training],
        curves.svg([Path(folder) for folder in inputs.training]) if inputs.training else "",
        general(inputs.general),
        examples(chosen(read), names, inputs.evaluations),
    )


def _only(each: Evaluation, column: str | None) -> Evaluation:
    episodes = [episode for episode in each.episodes if column in (None, episode.column)]
    if not episodes:
        raise UserError(f"evaluation '{each.name}' has no column '{column}': its columns are {', '.join(each.columns)}")
    return msgspec.structs.replace(each, episodes=episodes)


def _names(read: Sequence[Evaluation], folders: Sequence[str]) -> list[str]:
    """The evaluations' names; where two are alike, each with its folder."""
    names = [each.name for each in read]
    said = [name if names.count(name) == 1 else f"{name} ({folder})" for name, folder in zip(names, folders, strict=True)]
    for name in said:
        if said.count(name) > 1:
            raise UserError(f"'{name}' is given twice: name each evaluation once")
    return said


def _identity(each: Evaluation) -> str:
    return ", ".join(f"{key} {value}" for key, value in each.llm.items() if isinstance(value, str | int | float) and value != "")


def _remarks(read: Sequence[Evaluation], names: Sequence[str]) -> Iterator[str]:
    """What a reader must know beside the numbers: a note and the models that it is about."""
    about: dict[str, list[str]] = {}
    for name, each in zip(names, read, strict=True):
        for note in score_notes(each):
            about.setdefault(note, []).append(name)
    yield from (f"{', '.join(models)}: {note}" for note, models in about.items())
    for each in read[1:]:
        yield from (f"played under other settings: {difference}" for difference in suite_differences(read[0], each))
