"""Settings of the OS environment: which sandbox, how hard its limits are, how many are kept warm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import ConfigDict, Field

from environments.operating_system.grammar import MAX_ROUNDS
from environments.renamed_keys import RenamedKeys
from environments.tool_calls import Dialect

# The version goes up when image/packages.txt or image/configure.sh change.
IMAGE = "agenttuning/os:1"
# What the tasks need of root's power: files, users and processes of others; nothing of the network or the kernel.
CAPABILITIES = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID")


class Settings(RenamedKeys):
    """`environments.operating_system` of a config."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid", frozen=True, strict=True)
    REMOVED: ClassVar[Mapping[str, object]] = {"network": False}  # a sandbox has its loopback, whatever a config says

    backend: Literal["auto", "docker", "bubblewrap"] = "auto"
    """auto: docker where an engine answers, else bubblewrap."""
    image: str = IMAGE
    """The agents' machine: a Docker image, or the root file system that was built under that name."""
    runtime: str | None = None
    """OCI runtime of the containers, e.g. runsc for gVisor; None: the engine's own."""
    capabilities: tuple[str, ...] = Field(CAPABILITIES, strict=False)
    """The only capabilities root has in a sandbox."""
    memory_mb: int = Field(512, ge=32)
    """Memory of one sandbox, MiB; there is no swap beside it."""
    cpus: float = Field(1.0, gt=0, strict=False)
    """Processors that one sandbox may keep busy."""
    max_processes: int = Field(256, ge=16)
    """Processes and threads in one sandbox."""
    disk_mb: int = Field(512, ge=16)
    """What one sandbox may write, MiB."""
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
    warm: int = Field(8, ge=0)
    """Sandboxes kept ready beside those in use."""
    max_starting: int = Field(4, ge=1)
    """Sandboxes that start at the same moment on this node."""
    max_sessions: int = Field(256, ge=1)
    """Sandboxes in use at the same moment on this node."""
    lease_timeout_s: float = Field(120.0, gt=0, strict=False)
    """How long a lease waits for a sandbox."""
    dialect: Dialect = "text"
    """Whether the agent writes AgentBench's text or calls tools."""
    prompts: str | None = None
    """Folder with instruction.txt and demonstration.txt, or opening.json, in place of ours."""
