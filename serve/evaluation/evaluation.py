"""One evaluation: what an LLM scored on every task of a suite, whatever became of the episode.

An evaluation's folder is a rollout's store (`python -m actors view EVAL` reads it, `python -m serve evaluate …` resumes
it) with `evaluation.json` beside, written when the last episode is played. Everything that is said of it is computed
from these rows.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec

from actors.files import json_files
from actors.program.user_error import UserError
from actors.records.store import SUITE, Store, settled
from actors.records.trajectory import Status
from environments.contract import EnvironmentVersion

FILE = "evaluation.json"
SCHEMA_VERSION = 1
Errors = Literal["count", "drop"]


class EpisodeScore(msgspec.Struct, frozen=True, omit_defaults=True):
    """One attempt at one task. `score` is 0 where the episode ended in an error, which `status` says; `category` is
    what a metric groups by within an environment (DBBench: SELECT, INSERT, UPDATE …), "" where it does not; `measures`
    are the environment's own, for metrics beside the score."""

    episode_id: str
    task_id: str
    task_digest: str
    environment: str
    column: str
    family: str
    status: Status
    score: float
    attempt: int = 0
    category: str = ""
    turns: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    environment_version: EnvironmentVersion = EnvironmentVersion()
    measures: dict[str, Any] = {}

    @property
    def error(self) -> bool:
        """Whether infrastructure, not the agent, ended it."""
        return not self.status.scored


class Evaluation(msgspec.Struct, frozen=True):
    """`suite` is the resolved suite, `llm` the LLM's identity, `errors` whether errors stay in the denominator
    ("count") or leave it ("drop", as AgentTuning's harness does). `rows_left_out`: of the suite's files, for they are
    no tasks."""

    name: str
    suite: dict[str, Any]
    llm: dict[str, Any]
    errors: Errors
    episodes: list[EpisodeScore]
    seconds: float = 0.0
    schema_version: int = SCHEMA_VERSION
    rows_left_out: int = 0

    @property
    def columns(self) -> list[str]:
        """The columns in the order in which the suite names them."""
        return list(dict.fromkeys(episode.column for episode in self.episodes))

    @property
    def environment_names(self) -> list[str]:
        return sorted({episode.environment for episode in self.episodes})

    def versions(self, environment: str) -> list[EnvironmentVersion]:
        """The versions of `environment` and its judge that its rows come from: one, unless rows were mixed."""
        return sorted({episode.environment_version for episode in self.episodes if episode.environment == environment})

    @property
    def error_count(self) -> int:
        return sum(episode.error for episode in self.episodes)


def write(folder: str | Path, evaluation: Evaluation) -> None:
    """Write `evaluation.json` at once or not at all. Raises `UserError` where the folder cannot be written."""
    path = Path(folder) / FILE
    draft = path.with_name(f".{FILE}.draft")
    try:
        draft.write_bytes(msgspec.json.format(msgspec.json.encode(evaluation), indent=1))
        draft.replace(path)
    except OSError as error:
        raise UserError(f"cannot write '{path}': {error.strerror or error}") from error


def read(folder: str | Path) -> Evaluation:
    """A finished evaluation.

    Raises `UserError` where there is none, or one that is unfinished: it says how far it is.
    """
    path = Path(folder) / FILE
    advice = "the command that wrote it writes it again from the episodes beside it"
    evaluation = json_files.read(path, Evaluation, "an evaluation", advice, SCHEMA_VERSION)
    if evaluation is None:
        raise UserError(_why_not(str(folder)))
    return evaluation


def _why_not(folder: str) -> str:
    if not (Path(folder) / SUITE).is_file():
        return f"'{folder}' holds no evaluation: no {FILE} there; make one with 'python -m serve evaluate'"
    done = sum(settled(entry.status) for entry in Store(folder).index().values())
    total = (Store(folder).status() or {}).get("total", "?")
    return (
        f"the evaluation in '{folder}' is unfinished: {done} of {total} episodes are scored; the command that began it"
        " goes on"
    )
