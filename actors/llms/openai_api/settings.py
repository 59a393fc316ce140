"""How to reach an OpenAI-compatible model: the settings, without anything heavy to import."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from actors.llms.llm import Sampling
from actors.llms.openai_api.limits import RateLimits
from actors.llms.openai_api.prices import Price, PriceTable
from actors.program.user_error import UserError

PRICES = "configs/prices.yaml"
SHIPPED_PRICES = Path(__file__).with_name("prices.yaml")
SECRET_NAMES = re.compile(r"auth|api[-_]?key|^key$|token|secret|password|cookie|credential", re.IGNORECASE)
HEADER = r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"


class OpenAISettings(BaseModel):
    """How to reach a model (every setting: docs/providers.md). Limits are for each key; `api_key_env: []`: the server
    wants no key.

    `${NAME}` in a value of `headers` or `query` is that environment variable; it is sent, and written nowhere.

    `tokens_counted` says how the provider counts a call against tokens per minute: by what it `used`, or by what it
    `requested` (prompt plus `max_tokens`, whatever comes back).
    """

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid", frozen=True)

    kind: Literal["openai"] = "openai"
    """An OpenAI-compatible server."""
    model: str = Field(min_length=1)
    """The model's name, as the server calls it."""
    base_url: str = "https://api.openai.com/v1"
    """The address up to `/v1`."""
    api_key_env: tuple[str, ...] = ("OPENAI_API_KEY",)
    """Environment variables that hold keys; several are used in turn, and limits are for each. []: no key is wanted."""
    api_key_header: str = Field(default="Authorization", pattern=HEADER)
    """The header that carries the key; another than Authorization has the bare key (Azure: api-key)."""
    headers: dict[Annotated[str, Field(pattern=HEADER)], str] = {}
    """Further headers; `${NAME}` is that environment variable."""
    query: dict[str, str] = {}
    """Further parameters of the address; `${NAME}` is that environment variable."""
    organization: str | None = None
    """OpenAI's organization, where the key has several."""
    project: str | None = None
    """OpenAI's project, where the key has several."""
    sampling: Sampling = Sampling()
    """How replies are sampled."""
    system_prompt: str | None = None
    """Put before conversations that have none: what the model behind the address was trained with."""
    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """What the server calls the limit of a reply; OpenAI's reasoning models want the longer name."""
    extra_body: dict[str, Any] = {}
    """Further fields of every request; null as a value takes one of ours out."""
    stream: bool = False
    """Whether replies are streamed; a model that only streams is found out at its first refusal anyway."""
    logprobs: bool = False
    """Whether log-probabilities of the sampled tokens are asked for and recorded."""
    token_ids: bool = False
    """Whether the sampled tokens' ids are asked for: vLLM's return_token_ids."""
    requests_per_minute: float | None = Field(default=None, gt=0)
    """Calls a minute with one key, of the whole run together; null: no limit."""
    tokens_per_minute: float | None = Field(default=None, gt=0)
    """Tokens a minute with one key, prompt and reply together; null: no limit."""
    tokens_counted: Literal["used", "requested"] = "used"
    """What counts against tokens per minute: what a call used, or prompt plus max_tokens, whatever comes back."""
    prices: str | None = PRICES
    """A table of prices, without which there is no budget; null: no money is counted."""
    max_retries: int = Field(default=8, ge=0)
    """How often a call is repeated that failed for a passing reason."""
    backoff_s: float = Field(default=0.5, gt=0)
    """Seconds before the first repetition; they double with every further one."""
    backoff_limit_s: float = Field(default=30.0, gt=0)
    """The longest pause between two repetitions, seconds."""
    request_timeout_s: float = Field(default=180.0, gt=0)
    """Seconds for one call."""
    connect_timeout_s: float = Field(default=10.0, gt=0)
    """Seconds until the connection stands."""
    deadline_s: float = Field(default=900.0, gt=0)
    """Seconds for one reply with its repetitions, without waiting for limits."""
    max_connections: int = Field(default=2048, ge=1)
    """Connections at the same moment, of one LLM actor."""

    @field_validator("headers", "query")
    @classmethod
    def _no_secret_itself(cls, values: dict[str, str]) -> dict[str, str]:
        bare = [name for name, value in values.items() if SECRET_NAMES.search(name) and "${" not in value]
        if bare:
            raise ValueError(
                f"{bare[0]} must not hold a secret itself: export it as an environment variable and write ${{NAME}}"
                " here"
            )
        return values

    @model_validator(mode="after")  # of the whole, so that the address is not shown
    def _no_secret_in_the_address(self) -> Self:
        query = self.base_url.partition("?")[2].partition("#")[0]
        bare = [name for name, _ in parse_qsl(query) if SECRET_NAMES.search(name)]
        if bare:
            raise ValueError(
                f"base_url must not hold a secret itself: export {bare[0]} as an environment variable, take it out of"
                f" the address and write query: {{{bare[0]}: ${{NAME}}}}"
            )
        return self

    def identity(self) -> dict[str, Any]:
        """What makes two LLMs the same for the episode id: what is asked of which model.

        Never a secret or an address.
        """
        identity = {"kind": self.kind, "model": self.model, "sampling": self.sampling.model_dump(mode="json")}
        if self.extra_body:
            identity["extra_body"] = self.extra_body
        if self.system_prompt is not None:
            identity["system_prompt"] = self.system_prompt
        return identity

    def rate_limits(self) -> RateLimits:
        """For `limits_actor.create` or a `LocalLimiter`."""
        return RateLimits(
            keys=max(1, len(self.api_key_env)), requests=self.requests_per_minute, tokens=self.tokens_per_minute
        )

    def price_table(self) -> PriceTable | None:
        """The table in `prices`; `configs/prices.yaml` is the shipped one where no such file is here.

        Raises `UserError`.
        """
        if self.prices is None:
            return None
        shipped = self.prices == PRICES and not Path(PRICES).exists()
        return PriceTable.load(SHIPPED_PRICES if shipped else self.prices)

    def price(self, budgeted: bool) -> Price | None:
        """What the model costs; None if unknown. With a budget an unknown price is a `UserError`."""
        table = self.price_table()
        if budgeted and table is None:
            raise UserError(f"a budget is set, but `prices` is not: give a price table that has '{self.model}'")
        if table is None:
            return None
        return table.require(self.model) if budgeted else table.price(self.model)
