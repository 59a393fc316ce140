"""How the episodes ended and what they took: one row for each environment and model, and for all environments together.

What infrastructure ended is in a class of its own, which is there even when it is empty.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from environments.contract import Status
from serve.evaluation.evaluation import EpisodeScore

ALL = "all environments"


class Row(NamedTuple):
    """The episodes of one model in one environment. The sums are over all of them, whatever their ending."""

    environment: str
    model: str
    episodes: int
    endings: Counter[Status]
    errors: Counter[Status]
    turns: int
    prompt_tokens: int
    completion_tokens: int


class Play(NamedTuple):
    """All rows, and the endings of the agent's own that occur in any of them."""

    rows: list[Row]
    endings: list[Status]


def played(episodes: Mapping[str, Sequence[EpisodeScore]]) -> Play:
    """`episodes` by the model's name."""
    rows = list(_rows(episodes))
    return Play(rows, [status for status in Status if any(status in row.endings for row in rows)])


def _rows(episodes: Mapping[str, Sequence[EpisodeScore]]) -> Iterator[Row]:
    environment_names = sorted({episode.environment for each in episodes.values() for episode in each})
    for environment in environment_names:
        for model, each in episodes.items():
            yield _row(environment, model, [episode for episode in each if episode.environment == environment])
    if len(environment_names) > 1:
        for model, each in episodes.items():
            yield _row(ALL, model, each)


def _row(environment: str, model: str, episodes: Sequence[EpisodeScore]) -> Row:
    return Row(
        environment=environment,
        model=model,
        episodes=len(episodes),
        endings=Counter(episode.status for episode in episodes if not episode.error),
        errors=Counter(episode.status for episode in episodes if episode.error),
        turns=sum(episode.turns for episode in episodes),
        prompt_tokens=sum(episode.prompt_tokens for episode in episodes),
        completion_tokens=sum(episode.completion_tokens for episode in episodes),
    )
