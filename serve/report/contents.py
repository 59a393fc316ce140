"""Everything that a report says, gathered from the folders that it is about, before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from actors.program.user_error import UserError
from serve.evaluation import evaluation
from serve.evaluation.comparison import of_column, suite_differences
from serve.evaluation.evaluation import Evaluation
from serve.evaluation.family_scores import Family, families
from serve.evaluation.measure_grid import measure_grids
from serve.evaluation.score_grid import score_notes
from serve.report.example_episodes import Example, chosen, examples
from serve.report.failures import Failure, failures
from serve.report.general import Row as General
from serve.report.general import general
from serve.report.play import Play, played
from serve.report.standings import Standings, standings
from serve.report.training import Training, training
from serve.report.training_data import TrainingData, training_data
from serve.tables.grid import Grid


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
    """The report. `remarks` are about single models, `notes` about the scores of all; `curves` is an `<svg>` element,
    or empty.
    """

    suite: str
    models: list[Model]
    remarks: list[str]
    notes: list[str]
    standings: Standings
    measures: list[Grid]
    families: list[Family]
    play: Play
    training_data: TrainingData | None
    trainings: list[Training]
    curves: str
    general: list[General]
    examples: list[Example]
    failures: list[Failure]

    @property
    def title(self) -> str:
        return " against ".join(model.name for model in self.models)


def gather(inputs: Inputs) -> Contents:
    """Read all of it. Raises `UserError` for what is no finished evaluation, for evaluations of different tasks, and
    for any other folder that is not what it should be."""
    from train.log import curves

    read = [of_column(evaluation.read(folder), inputs.column) for folder in inputs.evaluations]
    names = _names(read, inputs.evaluations)
    remarks, notes = _noted(read, names)
    play = played({name: each.episodes for name, each in zip(names, read, strict=True)})
    return Contents(
        suite=str(read[0].suite.get("name", "")),
        models=[
            Model(name, _identity(each), len(each.episodes), each.seconds)
            for name, each in zip(names, read, strict=True)
        ],
        remarks=remarks,
        notes=notes,
        standings=standings(read, names),
        measures=list(measure_grids(read, names)),
        families=families(read),
        play=play,
        training_data=training_data(inputs.filtered) if inputs.filtered else None,
        trainings=[training(folder) for folder in inputs.training],
        curves=curves.svg([Path(folder) for folder in inputs.training]) if inputs.training else "",
        general=general(inputs.general),
        examples=examples(chosen(read), names, inputs.evaluations),
        failures=failures(read, names, inputs.evaluations),
    )


def _names(read: Sequence[Evaluation], folders: Sequence[str]) -> list[str]:
    """The evaluations' names; where two are alike, each with its folder."""
    names = [each.name for each in read]
    said = [
        name if names.count(name) == 1 else f"{name} ({folder})" for name, folder in zip(names, folders, strict=True)
    ]
    for name in said:
        if said.count(name) > 1:
            raise UserError(f"'{name}' is given twice: name each evaluation once")
    return said


def _identity(each: Evaluation) -> str:
    """The LLM's settings in one line, those of nested groups behind the group's name."""
    flat: dict[str, object] = {}
    for key, value in each.llm.items():
        flat |= {f"{key}.{inner}": of for inner, of in value.items()} if isinstance(value, dict) else {key: value}
    return ", ".join(f"{key} {value}" for key, value in flat.items() if value not in (None, "", [], {}))


def _noted(read: Sequence[Evaluation], names: Sequence[str]) -> tuple[list[str], list[str]]:
    """What a reader must know beside the numbers: of single models (which goes before everything), and of the scores of
    all.
    """
    notes = {name: score_notes(each) for name, each in zip(names, read, strict=True)}
    shared = [note for note in notes[names[0]] if len(names) > 1 and all(note in of for of in notes.values())]
    remarks = [f"{name}: {note}" for name, of in notes.items() for note in of if note not in shared]
    for each in read[1:]:
        remarks += [f"played under other settings: {difference}" for difference in suite_differences(read[0], each)]
    return remarks, shared
