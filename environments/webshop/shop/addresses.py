"""The addresses of the shop's pages.

What a page needs beyond the session travels in the query, so that a browser's back button works.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

SUB_PAGES = ("Description", "Features", "Reviews", "Attributes")


class Place(NamedTuple):
    """Where a customer is: which of their searches, which page of its results, which product with which options."""

    search: int = 0
    page: int = 1
    asin: str = ""
    options: Mapping[str, str] = {}

    def _query(self) -> str:
        values: dict[str, str | int] = {"s": self.search, "page": self.page}
        if self.asin:
            values["asin"] = self.asin
        if self.options:
            values["options"] = json.dumps(self.options, separators=(",", ":"))
        return urlencode(values)

    def results(self, page: int | None = None) -> str:
        """The page of results, or another one of the same search."""
        return f"results?{Place(self.search, self.page if page is None else page)._query()}"

    def item(self, asin: str = "") -> str:
        """The product's page, or another product's, as yet without options."""
        return f"item?{(Place(self.search, self.page, asin) if asin else self)._query()}"

    def choosing(self, name: str, value: str) -> str:
        """The product's page with one more option chosen."""
        return f"item?{self._replace(options={**self.options, name: value})._query()}"

    def sub_page(self, title: str) -> str:
        """The product's description, features, reviews or attributes."""
        return f"{title.lower()}?{self._query()}"

    def buying(self) -> str:
        """Where the purchase is sent."""
        return f"buy?{self._query()}"


def read_options(text: str) -> dict[str, str]:
    """Options as an address carries them. Raises `ValueError`."""
    try:
        options = json.loads(text) if text else {}
    except RecursionError:
        raise ValueError("options nested too deep") from None
    if not isinstance(options, dict) or not all(isinstance(value, str) for value in options.values()):
        raise ValueError("options are names with values")
    return options
