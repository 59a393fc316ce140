"""What a config may say about sandboxes: which kind, how hard their limits are, how many are kept warm."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

# The version goes up when the packages in it, or how they are configured, change.
IMAGE = "agenttuning/os:1"
# What is needed of root's power: files, users and processes of others; nothing of the network or the kernel.
CAPABILITIES = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID")


class SandboxSettings(BaseModel):
    """The sandboxes of one environment on one node; an environment's own settings inherit it."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid", frozen=True, strict=True)

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
    warm: int = Field(8, ge=0)
    """Sandboxes kept ready beside those in use."""
    max_starting: int = Field(4, ge=1)
    """Sandboxes that start at the same moment on this node."""
    max_sessions: int = Field(256, ge=1)
    """Sandboxes in use at the same moment on this node."""
    lease_timeout_s: float = Field(120.0, gt=0, strict=False)
    """How long a lease waits for a sandbox."""
