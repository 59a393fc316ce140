"""What a call costs: a table in a file, dollars (or any one currency) per million tokens.

    currency: USD
    models:
      gpt-4o: {input: 2.50, cached_input: 1.25, output: 10.00}

`cached_input` may be left out: cached tokens then cost as much as others.
"""

from __future__ import annotations

import difflib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from actors.program.configuration import check, read_mapping
from actors.program.user_error import UserError
from actors.records.trajectory import Usage


class Price(BaseModel):
    """Per million tokens."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid", frozen=True)

    input: float = Field(ge=0)
    """A million prompt tokens."""
    output: float = Field(ge=0)
    """A million completion tokens."""
    cached_input: float | None = Field(default=None, ge=0)
    """A million prompt tokens that the provider had in its cache; null: as others."""

    def cost(self, usage: Usage) -> float:
        cached_price = self.input if self.cached_input is None else self.cached_input
        fresh = usage.prompt_tokens - usage.cached_tokens
        return (fresh * self.input + usage.cached_tokens * cached_price + usage.completion_tokens * self.output) / 1e6


class PriceTable(BaseModel):
    """The table, read by `load`."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid", frozen=True)

    currency: str = "USD"
    """What all prices and budgets are in."""
    models: dict[str, Price]
    """The price of each model, by the name that a config calls it."""
    path: str = Field(default="", exclude=True)
    """The file that it was read from, for messages."""

    @classmethod
    def load(cls, path: str | Path) -> PriceTable:
        """Read a price file. Raises `UserError` that names the file and what is wrong in it."""
        content = read_mapping(path, "price table", "give one in 'prices', of the shape of configs/prices.yaml")
        return check({**content, "path": str(path)}, cls, f"price table '{path}'")

    def price(self, model: str) -> Price | None:
        """The price of `model`, None where the table has none."""
        return self.models.get(model)

    def require(self, model: str) -> Price:
        """The price of `model`. Raises `UserError`: a budget without a price could not stop anything."""
        price = self.models.get(model)
        if price is None:
            near = difflib.get_close_matches(model, self.models, n=1)
            hint = f" (nearest: '{near[0]}')" if near else ""
            raise UserError(
                f"budget is set, but price table '{self.path}' has no model '{model}'{hint}: add its price or unset the"
                " budget"
            )
        return price
