"""The contract between an environment and whoever plays in it.

An `Environment` is the heavy, shared part of an environment (a Docker client with a warm pool, a database server). It
hands out `Lease`s; a `Session` is one episode under one lease. Sessions are single-use: there is no reset, a fresh one
is opened and, whatever happens, closed. A model's mistake is an observation or a final status; only a broken
environment raises:

    EpisodeFault
    ├── EnvironmentFault     the environment broke (container, server, connection); the episode may be played again
    │   └── DoubtfulFault    it broke at a reply, perhaps by the agent's doing: replayed once; again: the agent's
    └── TaskFault            this task cannot be set up or judged; playing it again will not help
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, ClassVar

import msgspec

from environments.message import Message, Tool, ToolCall


class EpisodeFault(Exception):
    """A fault that is not the agent's: such an episode has no reward."""


class EnvironmentFault(EpisodeFault):
    """The environment broke under the episode; a fresh session may well work."""


class DoubtfulFault(EnvironmentFault):
    """The environment broke at a reply, and one look cannot tell by whose doing: the agent's, a neighbour's or the
    machine's.

    The episode is replayed in a fresh session, apart from others where the environment can (`Environment.lease_apart`).
    Where the same reply meets a doubtful fault again it was the agent's doing, and `feedback` is what its step returns:
    an observation or an ending. The session must be able to go on after it.
    """

    def __init__(self, message: str, feedback: Feedback) -> None:
        super().__init__(message, feedback)
        self.message = message
        self.feedback = feedback

    def __str__(self) -> str:
        return self.message


class TaskFault(EpisodeFault):
    """The task itself cannot be set up or judged (a failing init script, a table that does not load)."""


class UserError(Exception):
    """A mistake of the user's. The message is one line: what was found, where, and what to do."""


class Status(StrEnum):
    """How an episode ended: AgentBench's statuses (SampleStatus) under its own names, then those of this project.

    An episode that awaits judgement was ended by the agent, in an environment that gave no reward yet: it is done, and
    has no score.
    """

    COMPLETED = "completed"
    CONTEXT_LIMIT = "agent context limit"
    VALIDATION_FAILED = "agent validation failed"
    INVALID_ACTION = "agent invalid action"
    TASK_LIMIT = "task limit reached"
    TASK_ERROR = "task error"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    REPETITION = "repetition"
    TURN_TIMEOUT = "turn timeout"
    EPISODE_TIMEOUT = "episode timeout"
    BUDGET = "budget exhausted"
    AWAITS_JUDGEMENT = "awaits judgement"
    ENVIRONMENT_ERROR = "environment error"
    PROVIDER_ERROR = "provider error"

    @property
    def scored(self) -> bool:
        """Whether the agent itself brought this ending about, so that it has a reward."""
        return self in AGENT_ENDINGS


AGENT_ENDINGS = frozenset(
    {
        Status.COMPLETED,
        Status.CONTEXT_LIMIT,
        Status.VALIDATION_FAILED,
        Status.INVALID_ACTION,
        Status.TASK_LIMIT,
        Status.REPETITION,
    }
)


class EnvironmentVersion(msgspec.Struct, frozen=True, order=True):
    """Which version of an environment an episode was played in, and which of its judge scored it; 0: not recorded.

    `environment` grows when agents see or may do something else than before, `judge` when the same play may earn
    another reward. Scores of different versions are not compared.
    """

    environment: int = 0
    judge: int = 0

    def __str__(self) -> str:
        if self == EnvironmentVersion():
            return "a version that was not recorded"
        return f"version {self.environment}, judge {self.judge}"


class Task(msgspec.Struct, frozen=True, omit_defaults=True):
    """One row of work for one environment.

    `payload` is the environment's own, a plain JSON object. `reference`, where known, is a solution in the form that
    the environment's `reference.py` plays; `family` names the generator family or the source's own label.
    """

    id: str
    environment: str
    split: str
    source: str
    payload: dict[str, Any]
    seed: int = 0
    family: str = ""
    reference: dict[str, Any] | None = None


class Lease(msgspec.Struct, frozen=True, omit_defaults=True):
    """The right to one session: picklable, and enough to connect to it. `secret` never reaches a trajectory."""

    id: str
    environment: str
    address: dict[str, Any]
    secret: str = ""


class Feedback(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an environment says to a reply: an observation, or an ending with its reward and details for the record.

    An agent's own ending without a reward is one that awaits judgement.
    """

    observation: str = ""
    status: Status | None = None
    reward: float | None = None
    details: dict[str, Any] = {}

    @property
    def final(self) -> bool:
        return self.status is not None


class Kept(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an environment keeps of a reply: nothing from the first `cut_at` on, and each of `unescaped` without
    backslashes before it.

    Data and not code, so that it travels with a session that lives elsewhere.
    """

    cut_at: str = ""
    unescaped: str = ""

    def of(self, reply: str) -> str:
        """The part of `reply` that counts; of such a part, all of it."""
        kept = reply.split(self.cut_at, 1)[0] if self.cut_at else reply
        return re.sub(rf"(?<!\\)\\+([{re.escape(self.unescaped)}])", r"\1", kept) if self.unescaped else kept


Said = str | ToolCall


class Session(ABC):
    """One episode under one lease. `opening` is the instruction, the demonstration (`loss=False`) and the task.

    `tools` are what the agent may call; none where it speaks text alone. `kept` is what of a reply's text counts. The
    loop drops the rest before anything else sees it: history, journal, record and training hold what the environment
    acted on. A session that `forgets` asks questions that are conversations of their own: the agent is shown what stood
    before the first one and the last observation in its place, nothing of what was said between. To say the same to
    several of them is no repetition.
    """

    opening: Sequence[Message]
    tools: Sequence[Tool] = ()
    kept: Kept = Kept()
    forgets: bool = False

    @abstractmethod
    async def step(self, said: Said) -> Feedback:
        """Carry out one reply of the agent, or one call of a reply that calls tools. The environment counts its own
        rounds and ends the episode at its limit.

        Any string, and any call, is legal input. Raises `EnvironmentFault` when the environment broke, a
        `DoubtfulFault` where the reply may have done it.
        """

    async def end(self, status: Status) -> Feedback:
        """The last feedback of an agent that can say no more: its context is full, or its turns are used up.

        What it did until then is judged as AgentBench judges it, which in most environments is nothing. Raises as
        `step` does.
        """
        return Feedback(status=status, reward=0.0)

    @abstractmethod
    async def close(self) -> None:
        """Give back what this session itself opened (connections). Never raises; may be called twice."""


class Environment(ABC):
    """The shared part of an environment on one node. `direct` says where its sessions live: beside the loop (True: the
    session speaks the environment's own protocol over a connection) or inside the process that hosts the environment
    (False)."""

    name: ClassVar[str]
    direct: bool

    @abstractmethod
    async def start(self) -> None:
        """Sweep what dead owners left, bring up the server, fill the warm pool.

        Raises `UserError` when what it needs is missing.
        """

    @abstractmethod
    async def sweep(self) -> int:
        """Remove what owners that no longer live left behind on this machine, and say how many things that were.

        Works on an instance that was never started: `start` calls it, and so does the reaper after a crash.
        """

    @abstractmethod
    async def lease(self, task: Task, lease_id: str) -> Lease:
        """Set up what one episode of `task` needs, labelled with `lease_id` before it is created."""

    async def lease_apart(self, task: Task, lease_id: str) -> Lease:
        """`lease` for an episode in doubt (`DoubtfulFault`): with no neighbours, where this environment's sessions
        share something.
        """
        return await self.lease(task, lease_id)

    @abstractmethod
    async def release(self, lease: Lease) -> None:
        """Take back everything under `lease`; idempotent; also called by expiry."""

    @abstractmethod
    async def connect(self, lease: Lease, task: Task) -> Session:
        """Open the session of `lease`. For a direct environment this works on an instance that was never started."""

    @abstractmethod
    async def stop(self) -> None:
        """Release everything and stop what `start` started."""

    async def healthy(self) -> None:
        """Return if the environment can lease; else repair it or raise `EnvironmentFault`. Called every few seconds."""

    @property
    def node_bound(self) -> bool:
        """Whether a direct session must be on the environment's own node (a server that listens on a unix socket
        only).
        """
        return False

    def gauges(self) -> dict[str, float]:
        """Numbers for the metrics page: warm pool, open sessions."""
        return {}
