"""An environment's own metrics beside its score: what its benchmark reports, by its own names.

They come from what each episode's ending says (`EpisodeScore.measures`), and the environment sums them up
(`environments.<name>.metrics`). Each attempt at the tasks is summed up by itself, and the attempts are averaged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean

from environments.registry import is_known, registered
from serve.evaluation.evaluation import EpisodeScore, Evaluation
from serve.tables import formats
from serve.tables.grid import Column, Grid

Measured = dict[tuple[str, str, str], float]
"""Column, environment and name of a measure → its value; a whole number is a count."""


def measure_grids(evaluations: Sequence[Evaluation], models: Sequence[str]) -> Iterator[Grid]:
    """One table of all measures, with a column for each model; none where no environment has any."""
    found = [measured(evaluation) for evaluation in evaluations]
    rows = [[*key, *(_cell(of.get(key)) for of in found)] for key in dict.fromkeys(key for of in found for key in of)]
    if rows:
        words = [Column(title) for title in ("column", "environment", "measure")]
        yield Grid("Measures of the environments", [*words, *(Column(model, True) for model in models)], rows)


def measured(evaluation: Evaluation) -> Measured:
    """The measures of every column and environment that has some. An environment that is not known here has none."""
    found: Measured = {}
    for column in evaluation.columns:
        for environment in filter(is_known, evaluation.environment_names):
            of_it = [
                each
                for each in evaluation.episodes
                if (each.column, each.environment) == (column, environment)
                and not (each.error and evaluation.errors == "drop")
            ]
            found |= {(column, environment, name): value for name, value in _of_attempts(environment, of_it).items()}
    return found


def _of_attempts(environment: str, episodes: Sequence[EpisodeScore]) -> dict[str, float]:
    by_attempt: dict[int, list[EpisodeScore]] = {}
    for episode in episodes:
        if episode.measures:
            by_attempt.setdefault(episode.attempt, []).append(episode)
    home = registered(environment)
    found = [home.summary([each.measures for each in of_attempt]) for of_attempt in by_attempt.values()]
    names = dict.fromkeys(name for each in found for name in each)
    return {name: _mean([each[name] for each in found if name in each]) for name in names}


def _mean(values: Sequence[float]) -> float:
    return values[0] if isinstance(values[0], int) and len(set(values)) == 1 else fmean(values)


def _cell(value: float | None) -> str:
    if value is None:
        return formats.NONE
    return f"{value:,}" if isinstance(value, int) else formats.score(value)
