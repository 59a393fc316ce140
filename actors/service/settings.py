"""The config of a rollout: what `python -m actors rollout CONFIG` may say. Strict: an unknown key is an error."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from actors.episodes.placement import Retries
from actors.episodes.react import Limits
from actors.llms.llm_kinds import LLMSettings
from actors.program.configuration import check
from actors.program.user_error import UserError
from environments.registry import registered


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TaskSource(_Strict):
    """Tasks of one environment: either `generate` so many, or read `file` in the environment's public format.

    `families` and `without` are names or patterns (`files-*-count`): which of the environment's to generate (none:
    all), and which of these not.
    """

    environment: str
    generate: int | None = Field(default=None, ge=1)
    file: str | None = Field(default=None, min_length=1)
    families: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    seed: int | None = None  # None: the run's
    split: str | None = None  # None: the run's
    limit: int | None = Field(default=None, ge=1)

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


class HostSettings(_Strict):
    """The environment actors of one environment. `settings` are the environment's own
    (environments/<environment>/settings.py).
    """

    actors: int = Field(default=1, ge=1, le=1000)
    cpus: float = Field(default=0.0, ge=0)
    resources: dict[str, float] = {}
    settings: dict[str, Any] = {}


class LLMActors(_Strict):
    """How many LLM actors, and how many episodes each plays at once."""

    actors: int = Field(default=1, ge=1, le=1000)
    concurrency: int = Field(default=16, ge=1, le=4096)
    cpus: float = Field(default=0.0, ge=0)
    resources: dict[str, float] = {}


class BadRows(StrEnum):
    """What becomes of a row of a task file that is no task."""

    LEAVE_OUT = "leave out"
    REFUSE = "refuse"


class RolloutSettings(_Strict):
    """One run. Its episodes are tasks × attempts; the store is where it lives and what it resumes from."""

    store: str = Field(min_length=1)
    split: str = "train"
    seed: int = 0
    attempts: int = Field(default=1, ge=1)
    tasks: tuple[TaskSource, ...] = Field(min_length=1)
    environments: dict[str, HostSettings] = {}
    llm: LLMSettings
    llm_actors: LLMActors = LLMActors()
    limits: Limits = Limits()
    retries: Retries = Retries()
    budget: float | None = Field(default=None, gt=0)  # money, in the price table's currency
    flush_interval_s: float | None = Field(
        default=None, gt=0, le=60
    )  # None: 0.2; on an object store, where each is an object, 2
    lease_timeout_s: float = Field(default=300.0, gt=0)
    bad_rows: BadRows = (
        BadRows.LEAVE_OUT
    )  # rows of task files that are no tasks: counted and named, or the end of the run
    allow_unscored: bool = False  # exit code 0, not 1, though some episodes have no reward

    @model_validator(mode="before")
    @classmethod
    def _once_keep_going(cls, content: Any) -> Any:
        """`keep_going` is what `allow_unscored` was called once; where both are given the new name counts."""
        if not isinstance(content, dict) or "keep_going" not in content:
            return content
        others = {key: value for key, value in content.items() if key != "keep_going"}
        return {"allow_unscored": content["keep_going"], **others}

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
