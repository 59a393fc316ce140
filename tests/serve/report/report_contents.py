"""A report's contents with one text in every place that a user, an environment or a model can write in."""

from __future__ import annotations

import math
from collections import Counter

from actors.records.judged import Judged
from environments.contract import Status
from serve.evaluation.comparison import Difference
from serve.evaluation.family_scores import Family, FamilyScore
from serve.evaluation.paired_test import PairedTest
from serve.evaluation.scores import Estimate
from serve.general.general_result import Estimate as Measured
from serve.report.contents import Contents, Model
from serve.report.example_episodes import Example, Said, Shown
from serve.report.failures import Failure
from serve.report.general import Row as General
from serve.report.play import Play
from serve.report.play import Row as Played
from serve.report.standings import Column, Group, Standing, Standings
from serve.report.training import Stream, Training
from serve.report.training_data import Row as Task
from serve.report.training_data import TrainingData
from serve.tables.grid import Column as Place
from serve.tables.grid import Grid

SCORE = Estimate(0.5, 0.4, 0.6, 10)
MORE = Difference(0.0, 0.5, 0.5, 0.4, 0.6, 10, 5, 0, 5, PairedTest(0.06, 0), 0.12)
NOTHING = Estimate(math.nan, math.nan, math.nan, 0)
NO_MORE = Difference(math.nan, math.nan, math.nan, math.nan, math.nan, 0, 0, 0, 0, PairedTest(1.0, 0), 1.0)


def contents(text: str, score: Estimate = SCORE, more: Difference = MORE) -> Contents:
    """Two models, one column, one environment; `text` everywhere."""
    first, second = f"1 {text}", f"2 {text}"
    rows = [
        Played(text, name, 10, Counter({Status.COMPLETED: 9}), Counter({Status.TASK_ERROR: 1}), 20, 300, 40)
        for name in (first, second)
    ]
    kinds = ("system", "instruction", "demonstration", "task", "observation", "agent")
    said = [Said(kind, kind, text, text if kind == "agent" else "") for kind in kinds]
    plays = [
        Shown(name, name == second, 0.0, "completed", Judged(text, text), text, said[:3], said[3:4], said[4:])
        for name in (first, second)
    ]
    return Contents(
        suite=text,
        models=[Model(name, text, 10, 61.0) for name in (first, second)],
        remarks=[text],
        notes=[text],
        standings=Standings([_column(text, first, second, score, more)], text),
        measures=[Grid(text, [Place(text), Place(first, True), Place(second, True)], [[text, "0.5", "1"]])],
        families=[Family(text, text, text, 10, (FamilyScore(0.5, 5), FamilyScore(1.0, 0)))],
        play=Play(rows, [Status.COMPLETED]),
        training_data=TrainingData([Task(text, text, 10, 10, 5, 12)]),
        trainings=[Training(text, {text: text}, [Stream(text, 1, 2, 3, text, text)])],
        curves="<svg><title>drawn</title></svg>",
        general=[
            General(text, first, Measured(0.5, 0.4, 0.6, 10), None),
            General(text, second, Measured(0.5, 0.4, 0.6, 10), Measured(0, 0, 0, 10)),
        ],
        examples=[Example(text, text, "failed before, solved after", text, text, plays)],
        failures=[
            Failure(text, text, text, text, name, 0.0, "completed", told, text)
            for name, told in ((first, Judged(text, text)), (second, None))
        ],
    )


def _column(text: str, first: str, second: str, score: Estimate, more: Difference) -> Column:
    return Column(text, [Group(text, text, [Standing(first, score, None), Standing(second, score, more)])], text)
