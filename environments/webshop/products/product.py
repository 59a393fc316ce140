"""A product, and how one is read from a row of WebShop's files (the original's `load_products`)."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from random import Random
from typing import Any

import msgspec

DEFAULT_PRICE = 100.0
LIMIT_ASIN_CHARS = 10
NO_ATTRIBUTES = ["DUMMY_ATTR"]
"""What the original writes for a product of which no attributes are known."""


class Review(msgspec.Struct, frozen=True, array_like=True):
    """What a customer says."""

    title: str
    score: str
    body: str


class Product(msgspec.Struct, frozen=True, array_like=True):
    """One product. `prices` holds one price, or the two ends of a range."""

    asin: str
    title: str
    query: str
    category: str
    product_category: str
    description: str
    bullets: list[str]
    prices: list[float]
    options: dict[str, list[str]]
    attributes: list[str]
    rating: str = "N.A."
    reviews: list[Review] = []

    @property
    def price_tag(self) -> str:
        """The price as the pages show it."""
        return " to ".join(f"${price}" for price in self.prices)

    @property
    def price(self) -> float:
        """The price that is paid.

        The original draws it from the range anew in every process; here the product alone decides.
        """
        if len(self.prices) == 1:
            return self.prices[0]
        return Random(f"webshop/price/{self.asin}").uniform(*self.prices)

    @property
    def contents(self) -> str:
        """What the search index holds: title, description, first bullet point and options."""
        options = ", and ".join(f"{name}: {', '.join(values)}" for name, values in self.options.items())
        return " ".join([self.title, self.description, self.bullets[0] if self.bullets else "", options]).lower()


def is_listed(asin: str) -> bool:
    """Whether the original takes a row with this id into its catalogue."""
    return asin != "nan" and 0 < len(asin) <= LIMIT_ASIN_CHARS


def read_product(row: dict[str, Any], attributes: list[str] | None) -> Product:
    """The product of a row of `items_shuffle*.json`, or of the `product` in a search document. Raises `KeyError`,
    `TypeError` or `ValueError` where it is malformed; the caller knows the place."""
    bullets = row["small_description"]
    product = Product(
        asin=row["asin"],
        title=row["name"],
        query=row["query"].lower().strip(),
        category=row["category"],
        product_category=row["product_category"],
        description=row["full_description"] or "",
        bullets=list(bullets) if isinstance(bullets, list) else [bullets or ""],
        prices=_prices(row.get("pricing")),
        options=_options(row.get("customization_options") or {}),
        attributes=attributes if attributes is not None else list(row.get("Attributes") or NO_ATTRIBUTES),
        rating=str(row.get("Rating", "N.A.")),
        reviews=[_review(review) for review in row.get("Reviews") or []],
    )
    try:
        return msgspec.convert(msgspec.to_builtins(product), Product)  # what a file holds may be of any type
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None


def _prices(pricing: Any) -> list[float]:
    """`$12.99` or `$1,012.99$1,020.00`, or the numbers themselves. A tag without any number counts as no price."""
    if isinstance(pricing, str):
        try:
            pricing = [float(Decimal(re.sub(r"[^\d.]", "", part))) for part in pricing.split("$")[1:]]
        except InvalidOperation:
            raise ValueError(f"'{pricing}' is no price") from None
    return [float(price) for price in pricing[:2]] if pricing else [DEFAULT_PRICE]


def _options(customization: dict[str, Any]) -> dict[str, list[str]]:
    return {
        name.lower(): [content["value"].strip().replace("/", " | ").lower() for content in contents]
        for name, contents in customization.items()
        if contents is not None
    }


def _review(review: dict[str, Any]) -> Review:
    body = review.get("body", review.get("review", ""))
    return Review(str(review.get("title", "")), str(review.get("score", review.get("stars", ""))), str(body))
