"""The config of a rollout: what `python -m actors rollout CONFIG` may say. Strict: an unknown key is an error."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, Field, field_validator, model_validator

from actors.episodes.placement import Retries
from actors.episodes.react import Limits
from actors.llms.llm_kinds import LLMSettings
from actors.program.configuration import ModelByName, check
from actors.program.strict_settings import StrictSettings
from actors.program.user_error import UserError
from environments.registry import all_registered, registered
from environments.renamed_keys import RenamedKeys


class TaskSource(StrictSettings):
    """Tasks of one environment: either `generate` so many, or read `file` in the environment's public format.

    `families` and `without` are names or patterns (`files-*-count`): which of the environment's to generate (none:
    all), and which of these not.
    """

    environment: str
    """Whose tasks they are."""
    generate: int | None = Field(default=None, ge=1)
    """How many are generated."""
    file: str | None = Field(default=None, min_length=1)
    """A file of tasks in the environment's public format, in place of generated ones."""
    families: tuple[str, ...] = ()
    """Names or patterns of the families to generate; none: all."""
    without: tuple[str, ...] = ()
    """Names or patterns of the families to leave out."""
    seed: int | None = None
    """null: the run's."""
    split: str | None = None
    """null: the run's. Training and the other splits draw from different vocabularies."""
    limit: int | None = Field(default=None, ge=1)
    """At most so many of them."""

    @field_validator("environment")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            return registered(name).name
        except UserError as error:
            raise ValueError(str(error)) from error

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.generate is None) == (self.file is None):
            raise ValueError("give exactly one of 'generate' (a number of tasks) and 'file' (a path)")
        if self.file is not None and (self.families or self.without):
            raise ValueError("'families' and 'without' go with 'generate', not with 'file'")
        return self


def _of_environments() -> dict[str, type[BaseModel]]:
    return {name: environment.settings_type for name, environment in all_registered().items()}


class HostSettings(StrictSettings):
    """The environment actors of one environment.

    `settings` are the environment's own (environments/<environment>/settings.py).
    """

    actors: int = Field(default=1, ge=1, le=1000)
    """How many environment actors."""
    cpus: float = Field(default=0.0, ge=0)
    """CPUs that Ray reserves for each; 0: none, since what works is mostly outside of Python."""
    resources: dict[str, float] = Field(default={})
    """Ray's custom resources that each wants, to place it on certain nodes."""
    settings: Annotated[dict[str, Any], ModelByName(_of_environments)] = Field(default={})
    """The environment's own settings."""


class LLMActors(StrictSettings):
    """How many LLM actors, and how many episodes each plays at once."""

    actors: int = Field(default=1, ge=1, le=1000)
    """How many LLM actors."""
    concurrency: int = Field(default=16, ge=1, le=4096)
    """Episodes that each plays at once."""
    cpus: float = Field(default=0.0, ge=0)
    """CPUs that Ray reserves for each."""
    resources: dict[str, float] = Field(default={})
    """Ray's custom resources that each wants, to place it on certain nodes."""


class BadRows(StrEnum):
    """What becomes of a row of a task file that is no task."""

    LEAVE_OUT = "leave out"
    REFUSE = "refuse"


class RolloutSettings(StrictSettings, RenamedKeys):
    """One run. Its episodes are tasks × attempts; the store is where it lives and what it resumes from."""

    RENAMED: ClassVar[Mapping[str, str]] = {"keep_going": "allow_unscored"}

    store: str = Field(min_length=1)
    """The folder or object store where the run lives, and from which it goes on."""
    split: str = "train"
    """The split of tasks that name none."""
    seed: int = 0
    """The seed of generated tasks that name none."""
    attempts: int = Field(default=1, ge=1)
    """How often each task is played."""
    tasks: tuple[TaskSource, ...] = Field(min_length=1)
    """What is played."""
    environments: dict[str, HostSettings] = Field(default={})
    """How each environment is hosted."""
    llm: LLMSettings
    """Who plays."""
    llm_actors: LLMActors = LLMActors()
    """How many LLM actors, and how much each does at once."""
    limits: Limits = Limits()
    """Where an episode ends at the latest."""
    retries: Retries = Retries()
    """How often an episode that infrastructure ended is played again."""
    budget: float | None = Field(default=None, gt=0)
    """Money that the whole run may cost, in the price table's currency; null: no limit."""
    flush_interval_s: float | None = Field(default=None, gt=0, le=60)
    """Seconds that a reply or a record may wait until it is durable; null: 0.2, on an object store 2."""
    lease_timeout_s: float = Field(default=300.0, gt=0)
    """Seconds that an episode may wait for its environment."""
    bad_rows: BadRows = BadRows.LEAVE_OUT
    """Whether rows of task files that are no tasks are counted and left out, or end the run."""
    allow_unscored: bool = False
    """Whether the exit code is 0, not 1, though some episodes have no reward."""

    @field_validator("environments")
    @classmethod
    def _known_environments(cls, hosts: dict[str, HostSettings]) -> dict[str, HostSettings]:
        for name, host in hosts.items():
            try:
                check(host.settings, registered(name).settings_type, f"{name}.settings")
            except UserError as error:
                raise ValueError(str(error)) from error
        return hosts

    @property
    def flush_s(self) -> float:
        """How long a reply or a record may wait until it is durable."""
        return self.flush_interval_s or (2.0 if "://" in self.store else 0.2)

    def host(self, name: str) -> HostSettings:
        return self.environments.get(name, HostSettings())
