"""What a config may say about the database environment.

Secrets are not among it: a password comes in the DSN of an environment variable.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, field_validator

from environments.database.server.endpoint import parse_dsn
from environments.tool_calls import Dialect


class Settings(BaseModel):
    """Where the server is, and what one episode may use of it."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid", strict=True, frozen=True)

    dsn: str | None = None
    """A MySQL-compatible server: `mysql://user@host:port` or `mysql://user@localhost?socket=/path`, without a
    password.
    """
    dsn_env: str = "AGENTTUNING_MYSQL_DSN"
    """The environment variable that may hold the whole DSN, password included; it wins over `dsn`."""
    server: str | None = None
    """Path of the mariadbd or mysqld to start where no DSN is given; None looks for one."""
    image: str = "mysql:8"
    """The container image of the last resort: no DSN, no server binary."""
    dialect: Dialect = "text"
    """Whether the agent writes AgentBench's text or calls tools."""
    prompts: str | None = None
    """A folder with an `instruction.md` of the user's own (the original text, say), or an `opening.json` that is sent
    to the byte; None means this project's words."""
    rounds: int = Field(default=15, ge=1)
    """Operations per episode (AgentBench: 15); one more reply may answer."""
    statement_timeout_s: float = Field(default=10.0, gt=0)
    """Seconds after which the server ends a statement of the agent's."""
    max_result_rows: int = Field(default=20_000, ge=1)
    """Rows after which a result is cut off at the server; the agent sees 800 characters in any case."""
    max_result_bytes: int = Field(default=4 << 20, ge=1)
    """Bytes after which a result is cut off."""
    connections: int = Field(default=4, ge=1)
    """Administrative connections that set up and clean up episodes."""
    max_sessions: int = Field(default=256, ge=1)
    """Episodes on the server at the same moment."""
    lease_timeout_s: float = Field(default=30.0, gt=0)
    """How long a lease may wait for a free session, and an administrative batch for its end."""
    session_memory_mb: int = Field(default=128, ge=8)
    """What one session may hold in memory: variables, sorting, temporary tables; the server ends a statement that takes
    more.
    """
    max_memory_mb: int = Field(default=2048, ge=512)
    """What a private server may take in all: a statement that wants more ends in an error, or ends the server."""
    buffer_pool_mb: int = Field(default=64, ge=8)
    """InnoDB's buffer pool in a private server, MiB: small, for an episode's tables are."""
    max_disk_mb: int = Field(default=4096, ge=64)
    """What the private server's tables may take of the disk, all episodes together."""
    start_timeout_s: float = Field(default=60.0, gt=0)
    """Seconds that a private server or a container may take to answer."""
    sweep_grace_s: float = Field(default=2.0, ge=0)
    """On a shared server: how long an owner's lock must stay free before what it left is removed (a reconnect takes
    less).
    """

    @field_validator("dsn")
    @classmethod
    def _without_password(cls, dsn: str | None) -> str | None:
        if dsn is not None and parse_dsn(dsn).password:
            raise ValueError(
                "a password does not belong in a config; put the whole DSN in the environment variable that dsn_env"
                " names"
            )
        return dsn
