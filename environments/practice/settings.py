"""What a config may say about the practice environment."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from environments.tool_calls import Dialect


class Settings(BaseModel):
    """`hosted` puts its sessions into the environment actor; `step_s` makes each step take that long."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid", frozen=True)

    dialect: Dialect = "text"
    """Whether the agent writes 'Say: 1' or calls a tool."""
    hosted: bool = False
    """Whether sessions live in the environment actor, as a container's do, or with the LLM."""
    step_s: float = Field(default=0.0, ge=0)
    """Seconds that each step takes."""
