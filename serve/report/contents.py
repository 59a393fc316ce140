"""Everything that a report says, gathered from the folders that it is about, before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

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
from serve.scores import without_baseline


class Inputs(NamedTuple):
    """The folders that a report is about."""

    evaluations: Sequence[str]
    trainings: Sequence[str] = ()
    filtered: Sequence[str] = ()
    general: Sequence[str] = ()


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

    read = [evaluation.read(folder) for folder in inputs.evaluations]
    names = _names(read, inputs.evaluations)
    play = played({name: each.episodes for name, each in zip(names, read, strict=True)})
    return Contents(
        str(read[0].suite.get("name", "")),
        [Model(name, _identity(each), len(each.episodes), each.seconds) for name, each in zip(names, read, strict=True)],
        list(_remarks(read, names)),
        standings(read, names),
        play,
        lesson(inputs.filtered) if inputs.filtered else None,
        [training(folder) for folder in inputs.trainings],
        curves.svg([Path(folder) for folder in inputs.trainings]) if inputs.trainings else "",
        general(inputs.general),
        examples(chosen(read), names, inputs.evaluations),
    )


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
    """What a reader must know beside the numbers."""
    for name, each in zip(names, read, strict=True):
        if each.error_count:
            fate = "are counted as 0" if each.errors == "count" else "are left out of the scores"
            ended = f"{each.error_count} of {len(each.episodes)} episodes of {name} were ended by infrastructure"
            yield f"{ended}, not by the agent; they {fate}."
    for name, each in zip(names[1:], read[1:], strict=True):
        for difference in suite_differences(read[0], each):
            yield f"The suites of {names[0]} and {name} differ in {difference}."
    left_out = without_baseline(read[0])
    if left_out:
        yield f"The overall score leaves out {', '.join(left_out)}: AgentTuning's table has no baseline for it."
