"""Settings of the OS environment: those of its sandboxes, and what an episode may do there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import ConfigDict, Field

from environments.operating_system.grammar import MAX_ROUNDS
from environments.renamed_keys import RenamedKeys
from environments.sandbox.settings import SandboxSettings
from environments.tool_calls import Dialect


class Settings(RenamedKeys, SandboxSettings):
    """`environments.operating_system` of a config."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid", frozen=True, strict=True)
    REMOVED: ClassVar[Mapping[str, object]] = {"network": False}  # a sandbox has its loopback, whatever a config says

    max_output_bytes: int = Field(65536, ge=1024)
    """How much of a command's output is kept; the rest is read and dropped."""
    rounds: int = Field(MAX_ROUNDS, ge=1)
    """Shell rounds of one episode, as AgentBench; the last one ends it."""
    command_timeout_s: float = Field(30.0, gt=0, strict=False)
    """How long a command's output is waited for, as AgentBench; the command itself goes on."""
    command_silence_s: float = Field(5.0, gt=0, strict=False)
    """The same without new output, where the program at the terminal does not wait for input."""
    init_timeout_s: float = Field(120.0, gt=0, strict=False)
    """Time for one init script."""
    check_timeout_s: float = Field(30.0, gt=0, strict=False)
    """Time for one checking script."""
    dialect: Dialect = "text"
    """Whether the agent writes AgentBench's text or calls tools."""
    prompts: str | None = None
    """Folder with instruction.txt and demonstration.txt, or opening.json, in place of ours."""
