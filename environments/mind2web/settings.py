"""What a config may say about the Mind2Web environment."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from environments.tool_calls import Dialect


class Settings(BaseModel):
    """How the questions are put. Which tasks there are, and in which mode, their source says."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid", strict=True, frozen=True)

    demonstration: bool = True
    """Whether three worked examples stand before the question (AgentBench); AgentInstruct's records have none."""
    previous_actions: int = Field(default=5, ge=0)
    """How many of the actions before this one are told, the last ones (AgentBench: 5)."""
    dialect: Dialect = "text"
    """Whether the agent writes AgentBench's text or calls a tool."""
    prompts: str | None = None
    """A folder with texts of the user's own: `question.md` (with dialect 'tools' `tools.md`) and `demonstrations.json`,
    or an `opening.json` that is sent to the byte in place of the examples. None means this project's words."""
