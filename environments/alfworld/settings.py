"""What a config may say about the ALFWorld environment; that it plays in workers is `PoolSettings`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field

from environments.kinds.pooled import PoolSettings
from environments.tool_calls import Dialect

Commands = Literal["put", "move"]
Harness = Literal["old", "ab02"]


class Settings(PoolSettings):
    """Which games, by whose rules, and what one episode may use."""

    workers: int = Field(default=64, ge=1)
    """Games at the same moment on this node, each in a process of its own of about 130 MiB; further leases wait."""
    commands: Commands = "put"
    """put: `put X in/on Y`, AgentBench's and AgentInstruct's. move: `move X to Y`, as alfworld has it today."""
    harness: Harness = "old"
    """Whose rules. old: the paper's, where any reply is read as an action. ab02: AgentBench v0.2's, which lists the
    possible actions in each turn, and where a reply without `ACTION:` ends the episode."""
    demonstration: bool = True
    """Whether an episode begins with a worked example of its type of task."""
    dialect: Dialect = "text"
    """Whether the agent writes AgentBench's text or calls a tool."""
    prompts: str | None = None
    """A folder with texts of the user's own: `instruction.md` and `demonstrations.json` (AgentBench's form, type of
    task → turns), or an `opening.json` that is sent to the byte (its first two messages, where `demonstration` is
    false). None means this project's words."""
    rounds: int = Field(default=35, ge=1)
    """Replies per episode, or calls where a reply makes several (the paper: 35; AgentBench's function-calling version:
    20)."""
    data: str | None = None
    """The folder that the paths of games begin at, as `alfworld-download` leaves it. None means $ALFWORLD_DATA, else
    ~/.cache/alfworld."""

    def data_folder(self) -> Path:
        """Where games lie."""
        named = self.data or os.environ.get("ALFWORLD_DATA") or "~/.cache/alfworld"
        return Path(named).expanduser()

    @property
    def listed(self) -> bool:
        """Whether each turn lists what can be done."""
        return self.harness == "ab02" or self.dialect == "tools"
