"""The one record that every stage reads and writes: a `Trajectory` is one episode, whatever became of it.

Encoded as one JSON object a line (`encode`, `decode`). `schema_version` grows when a reader of the version before would
miss or misread something; a reader refuses a version newer than its own, and reads every older one. Version 2 brought
messages with tools, reasoning and parts, episodes that await judgement, verdicts, branches and labels; version 1 wrote
no number.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import Any

import msgspec

from actors.program.user_error import UserError
from environments.contract import EnvironmentVersion, Status, Task
from environments.message import Message, ToolCall

__all__ = [
    "SCHEMA_VERSION",
    "Branch",
    "Label",
    "Message",
    "Status",
    "ToolCall",
    "Trajectory",
    "Turn",
    "Usage",
    "Verdict",
    "decode",
    "digest",
    "encode",
    "episode_id",
]

SCHEMA_VERSION = 2


class Usage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Tokens and money. `cost` is in the price table's currency; None where the model has no price."""

    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = None

    def __add__(self, other: Usage) -> Usage:
        cost = None if self.cost is None and other.cost is None else (self.cost or 0.0) + (other.cost or 0.0)
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.cached_tokens + other.cached_tokens,
            self.completion_tokens + other.completion_tokens,
            cost,
        )


class Label(msgspec.Struct, frozen=True):
    """What somebody said of a turn: `by` names who (a person, a judge, a program), `name` what is meant."""

    name: str
    value: bool | float | str
    by: str


class Verdict(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one judge found of a whole episode, beside the environment's own reward; None: it could not tell."""

    judge: str
    reward: float | None = None
    version: int = 0
    details: dict[str, Any] = {}


class Branch(msgspec.Struct, frozen=True):
    """Where an episode goes on from another's: its first `turns` turns are `episode_id`'s."""

    episode_id: str
    turns: int


class Turn(msgspec.Struct, frozen=True, omit_defaults=True):
    """One reply of the agent and what it cost. `message` is the index of the reply in `Trajectory.messages`.

    `token_ids` (and `logprobs`, one for each) are what the LLM really sampled, where it tells: they win over
    re-tokenising the text. Times are in seconds: waiting for a rate limit, the model, the environment.
    """

    message: int
    usage: Usage = Usage()
    finish_reason: str = ""
    token_ids: list[int] | None = None
    logprobs: list[float] | None = None
    limit_s: float = 0.0
    llm_s: float = 0.0
    environment_s: float = 0.0
    omitted_messages: int = 0
    replayed: bool = False
    labels: tuple[Label, ...] = ()


class Trajectory(msgspec.Struct, frozen=True, omit_defaults=True):
    """One episode: who played what, every message, how it ended, what it cost.

    `reward` is the environment's, None unless the agent itself brought about the ending (`Status.scored`); `verdicts`
    are other judges'. `tries` counts the plays that infrastructure ended before this one; `error` is one line about
    what went wrong, empty if nothing did.
    """

    episode_id: str
    run_id: str
    task_id: str
    environment: str
    split: str
    source: str
    family: str
    attempt: int
    llm: str
    messages: list[Message]
    turns: list[Turn]
    status: Status
    schema_version: int = msgspec.field(default_factory=lambda: SCHEMA_VERSION)  # written, unlike other defaults
    reward: float | None = None
    verdicts: tuple[Verdict, ...] = ()
    branch: Branch | None = None
    details: dict[str, Any] = {}
    error: str = ""
    environment_version: EnvironmentVersion = EnvironmentVersion()
    tries: int = 1
    cycle: int = 0  # length of the longest cycle of replies seen at least three times in a row; 0: none
    seed: int = 0
    task_digest: str = ""
    settings: dict[str, Any] = {}
    versions: dict[str, str] = {}
    started_at: float = 0.0  # seconds since the epoch
    lease_s: float = 0.0
    total_s: float = 0.0

    @property
    def usage(self) -> Usage:
        """The sum over the turns."""
        return sum((turn.usage for turn in self.turns), Usage())


class _Version(msgspec.Struct):
    schema_version: int = 1


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Trajectory)


def encode(trajectory: Trajectory) -> bytes:
    """One line of JSON, without the newline."""
    return _encoder.encode(trajectory)


def decode(line: bytes) -> Trajectory:
    """The inverse of `encode`. Raises `UserError` for a line that is none or is of a newer schema."""
    try:
        trajectory = _decoder.decode(line)
    except msgspec.DecodeError as error:
        _refuse_newer(line)
        raise UserError(f"not a trajectory: {error}") from error
    if trajectory.schema_version > SCHEMA_VERSION:
        _refuse_newer(line)
    return trajectory


def _refuse_newer(line: bytes) -> None:
    with suppress(msgspec.DecodeError):
        version = msgspec.json.decode(line, type=_Version).schema_version
        if version > SCHEMA_VERSION:
            raise UserError(f"trajectory schema {version} is newer than this program's {SCHEMA_VERSION}: update it")


def digest(*parts: object) -> str:
    """A short stable hash of JSON-like values; the same on every machine and in every process."""
    return hashlib.blake2b(msgspec.json.encode(parts, order="deterministic"), digest_size=10).hexdigest()


def episode_id(task: Task, attempt: int, llm: dict[str, Any], settings: dict[str, Any]) -> str:
    """The name of an episode: a hash of what it is, so that a run that is started again knows what is missing."""
    return digest(task, attempt, llm, settings)
