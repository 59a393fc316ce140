"""Where a model fails: the scores of each family of tasks, model beside model."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import NamedTuple

from serve.evaluation.evaluation import EpisodeScore, Evaluation
from serve.evaluation.metrics import metric_of, outcome
from serve.tables import formats
from serve.tables.grid import Column, Grid

FEW = 30
"""Of an environment with more families, text shows those alone in which somebody failed."""
_ROUNDING = 1e-9


class FamilyScore(NamedTuple):
    """One model's episodes of one family: their mean score (NaN: none is counted), and how many were not solved."""

    score: float
    failed: int


class Family(NamedTuple):
    """One family of one environment in one column; `scores` has one for each model. `episodes` are each model's."""

    column: str
    environment: str
    name: str
    episodes: int
    scores: tuple[FamilyScore, ...]

    @property
    def failed(self) -> bool:
        return any(score.failed for score in self.scores)


def solved(episode: EpisodeScore) -> bool:
    """Whether it has the full score."""
    return episode.score >= 1 - _ROUNDING


def families(evaluations: Sequence[Evaluation]) -> list[Family]:
    """By column and environment; the one in which the second model (or the only one) does worst comes first."""
    grouped = [_by_family(evaluation) for evaluation in evaluations]
    found = [
        Family(
            *key,
            len(episodes),
            tuple(_score(each, of.get(key, [])) for each, of in zip(evaluations, grouped, strict=True)),
        )
        for key, episodes in grouped[0].items()
    ]
    columns = evaluations[0].columns
    return sorted(found, key=lambda one: (columns.index(one.column), one.environment, _worst_first(one), one.name))


def family_grids(found: Sequence[Family], models: Sequence[str]) -> Iterator[Grid]:
    """One table for each column of the suite."""
    for column in dict.fromkeys(family.column for family in found):
        rows, notes = [], []
        for environment in dict.fromkeys(family.environment for family in found if family.column == column):
            each = [family for family in found if (family.column, family.environment) == (column, environment)]
            shown = [family for family in each if family.failed] if len(each) > FEW else each
            rows += [_row(family) for family in shown]
            if len(shown) < len(each):
                notes.append(
                    f"{len(each) - len(shown)} of {len(each)} families of {environment} were solved and are left out"
                )
        several = len(models) > 1
        titles = [
            title for model in models for title in ((f"{model}: score", "failed") if several else ("score", "failed"))
        ]
        words = (Column("environment"), Column("family"))
        yield Grid(
            f"Families, {column}", (*words, *(Column(title, True) for title in ("episodes", *titles))), rows, notes
        )


def _row(family: Family) -> list[str]:
    scores = [cell for score in family.scores for cell in (formats.score(score.score), f"{score.failed:,}")]
    return [formats.words(family.environment), family.name or formats.NONE, f"{family.episodes:,}", *scores]


def _by_family(evaluation: Evaluation) -> dict[tuple[str, str, str], list[EpisodeScore]]:
    grouped: dict[tuple[str, str, str], list[EpisodeScore]] = {}
    for episode in evaluation.episodes:
        grouped.setdefault((episode.column, episode.environment, episode.family), []).append(episode)
    return grouped


def _score(evaluation: Evaluation, episodes: Sequence[EpisodeScore]) -> FamilyScore:
    counted = [episode for episode in episodes if not (episode.error and evaluation.errors == "drop")]
    scores = [outcome(metric_of(evaluation, episode.environment), episode) for episode in counted]
    return FamilyScore(fmean(scores) if scores else math.nan, sum(not solved(episode) for episode in counted))


def _worst_first(family: Family) -> float:
    score = family.scores[:2][-1].score
    return 2.0 if math.isnan(score) else score
