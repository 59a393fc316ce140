"""What a config may say about the knowledge graph environment.

A password comes in the URL of an environment variable.
"""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from environments.knowledge_graph.engines.endpoint import parse_url
from environments.tool_calls import Dialect


class Settings(BaseModel):
    """Where the graph is, and what one episode may ask of it."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid", strict=True, frozen=True)

    endpoint: str | None = None
    """A SPARQL 1.1 endpoint, `http://host:8890/sparql`; None: the embedded store."""
    endpoint_env: str = "AGENTTUNING_SPARQL_ENDPOINT"
    """The environment variable that may hold the endpoint's URL, user and password included; it wins over
    `endpoint`.
    """
    graph: str | None = None
    """N-Triples (plain or .gz) for the embedded store; None: the small graph of this project's own."""
    ontology: str | None = None
    """A folder like AgentBench's `ontology/`, on every node. A graph or endpoint of the user's needs one."""
    rules: Literal["agentbench", "open"] = "agentbench"
    """agentbench: relations and attributes of the vocabulary, intersections of equal types. open: whatever the graph
    has.
    """
    dialect: Dialect = "text"
    """Whether the agent writes AgentBench's text or calls tools."""
    prompts: str | None = None
    """A folder with `instruction.txt` and `demonstration.txt` of the user's own (the original texts, say), or an
    `opening.json` that is sent to the byte; None: this project's words."""
    rounds: int = Field(default=15, ge=1)
    """Replies per episode, the final answer among them (AgentBench: 15)."""
    query_timeout_s: float = Field(default=10.0, gt=0, strict=False)
    """Seconds after which a query is ended."""
    max_answers: int = Field(default=10_000, ge=1)
    """Values after which a result is cut off; a final answer that was cut says so in its details."""
    workers: int = Field(default=4, ge=1)
    """Processes of the embedded store; each answers one query at a time."""
    worker_memory_mb: int = Field(default=2048, ge=256)
    """What one worker of the embedded store may hold in memory, MiB; one that takes more is replaced."""
    queue_timeout_s: float = Field(default=60.0, gt=0, strict=False)
    """How long a query may wait for a free worker."""
    max_sessions: int = Field(default=1024, ge=1)
    """Episodes at the same moment; a session costs little, for nothing is written."""
    lease_timeout_s: float = Field(default=30.0, gt=0, strict=False)
    """Seconds that a lease may wait for a free session."""
    start_timeout_s: float = Field(default=60.0, gt=0, strict=False)
    """Seconds that the embedded store's server may take to listen."""
    load_timeout_s: float = Field(default=3600.0, gt=0, strict=False)
    """How long to wait while another process loads a graph."""

    @field_validator("endpoint")
    @classmethod
    def _without_password(cls, url: str | None) -> str | None:
        if url is not None and urlsplit(parse_url(url)).password:
            raise ValueError(
                "a password does not belong in a config; put the whole URL in the environment variable that"
                " endpoint_env names"
            )
        return url
