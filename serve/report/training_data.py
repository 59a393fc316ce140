"""What was trained on, in the form of AgentTuning's Table 1 (SPEC 1.1): from what `python -m actors filter` wrote."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from actors.dataset.filter import share
from actors.records.filtered import read_manifest
from serve.tables.formats import mean


class Row(NamedTuple):
    """One environment and one source of instructions. `turns` are the trained ones of all kept records."""

    environment: str
    source: str
    instructions: int
    episodes: int
    kept: int
    turns: int

    @property
    def mean_turns(self) -> str:
        return mean(self.turns, self.kept)

    @property
    def kept_share(self) -> str:
        """Of the episodes, which are as many as the instructions where each was attempted once."""
        return share(self.kept, self.episodes)


class TrainingData(NamedTuple):
    """The rows of all filtered folders, and their sum."""

    rows: list[Row]

    @property
    def total(self) -> Row:
        return Row(
            environment="total",
            source="",
            instructions=sum(row.instructions for row in self.rows),
            episodes=sum(row.episodes for row in self.rows),
            kept=sum(row.kept for row in self.rows),
            turns=sum(row.turns for row in self.rows),
        )

    @property
    def several_attempts(self) -> bool:
        return any(row.episodes != row.instructions for row in self.rows)


def training_data(folders: Sequence[str]) -> TrainingData:
    """Of these filtered folders. Raises `UserError` for one that is none."""
    counts = [count for folder in folders for count in read_manifest(folder).counts]
    return TrainingData(
        [
            Row(
                environment=c.environment,
                source=c.source,
                instructions=c.instructions,
                episodes=c.episodes,
                kept=c.kept,
                turns=c.agent_turns,
            )
            for c in counts
        ]
    )
