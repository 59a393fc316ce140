"""A suite: what an evaluation plays and how it is scored. Strict, as every config: an unknown key is an error.

    name: held-in
    columns:
      new-instances:                                     # known families, seeds that training never saw
        - {environment: operating_system, generate: 60, seed: 9001, families: [count-files, move-files]}
        - {environment: database, file: dbbench/standard.jsonl}
      new-families:                                      # families that were kept out of training
        - {environment: operating_system, generate: 60, seed: 9002, families: [archive-logs]}
    limits: {max_turns: 15}
    sampling_max_tokens: 256

A column's name becomes the split of its tasks, so that a trajectory says its column.
"""

from __future__ import annotations

from typing import Any, Self

import msgspec
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from actors.episodes.react import Limits, Repeats
from actors.service.settings import BadRows, HostSettings, TaskSource
from environments.description import Metric
from environments.registry import all_registered, registered
from serve.evaluation.overall import in_the_table

NAME = r"^[A-Za-z0-9][\w. +-]*$"


def of_the_harness() -> dict[str, int | None]:
    """The environments in which AgentBench itself ends an episode that repeats itself, and after how many replies."""
    return {
        name: one.description.repeats for name, one in all_registered().items() if one.description.repeats is not None
    }


class SuiteLimits(Limits):
    """A rollout's limits, but for repeated replies: in an evaluation they end an episode only where AgentBench's
    harness ends it.
    """

    repeats: Repeats | None | dict[str, Repeats | None] = Field(default_factory=of_the_harness)
    """Identical replies in a row that end an episode: by default where AgentBench's harness does so."""


class Suite(BaseModel):
    """`data` is the folder of relative files (none: the current one); a file may be a pattern, and its `limit` then
    holds for each match.

    `metrics` replaces an environment's own (its `DESCRIPTION`). `sampling_max_tokens` pins how long a reply may be,
    for every LLM. `bad_rows`: a row of a file that is no task ends the evaluation, for a benchmark on fewer tasks is
    another one; a suite that leaves such rows out says so itself, and its scores say how many.
    """

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid", frozen=True)

    name: str = Field(pattern=NAME)
    """What reports call it."""
    columns: dict[str, tuple[TaskSource, ...]] = Field(min_length=1)
    """What is played, by column; a column's name is the split of its tasks."""
    data: str = ""
    """The folder of relative files; none: the current one."""
    seed: int = 0
    """The seed of generated tasks that name none."""
    attempts: int = Field(default=1, ge=1)
    """How often each task is played."""
    limits: SuiteLimits = SuiteLimits()
    """Where an episode ends at the latest."""
    metrics: dict[str, Metric] = {}
    """The metric of single environments, in place of their own."""
    environments: dict[str, HostSettings] = {}
    """How each environment is hosted."""
    sampling_max_tokens: int | None = Field(default=None, ge=1)
    """Tokens that one reply may have, pinned for every LLM; null: each LLM's own."""
    bad_rows: BadRows = BadRows.REFUSE
    """Whether rows of task files that are no tasks end the evaluation, or are counted and left out."""

    @field_validator("columns")
    @classmethod
    def _columns_name_the_splits(cls, columns: dict[str, tuple[TaskSource, ...]]) -> dict[str, tuple[TaskSource, ...]]:
        for name, sources in columns.items():
            if not name.strip() or name == "train":
                raise ValueError(
                    f"a column cannot be called '{name}': a suite plays what was not trained on, and says how it is new"
                )
            if not sources:
                raise ValueError(f"column '{name}' has no task source")
            if any(source.split is not None for source in sources):
                raise ValueError(f"column '{name}': leave out 'split', a source's split is the name of its column")
        return columns

    @model_validator(mode="after")
    def _metrics_fit(self) -> Self:
        for name, metric in self.metrics.items():
            if name not in self.environment_names:
                raise ValueError(f"'metrics' names '{name}', but the suite plays {', '.join(self.environment_names)}")
            if metric is Metric.CATEGORY_MEAN and not registered(name).description.categories:
                raise ValueError(f"'metrics.{name}': tasks of {name} have no categories")
        return self

    @model_validator(mode="after")
    def _rows_of_the_paper(self) -> Self:
        for name in self.environment_names:
            paper = registered(name).description.paper
            if paper is not None and not in_the_table(paper):
                raise ValueError(f"environment '{name}' names the paper's task '{paper.task}', which there is not")
        return self

    @property
    def environment_names(self) -> list[str]:
        return sorted({source.environment for sources in self.columns.values() for source in sources})

    def record(self) -> dict[str, Any]:
        """The suite as an evaluation keeps it: everything resolved, each environment's metric and version included."""
        content = self.model_dump(mode="json", exclude=None if self.bad_rows is BadRows.LEAVE_OUT else {"bad_rows"})
        content["metrics"] = {
            name: self.metrics.get(name, registered(name).description.metric).value for name in self.environment_names
        }
        content["versions"] = {
            name: msgspec.structs.asdict(registered(name).description.version) for name in self.environment_names
        }
        return content
