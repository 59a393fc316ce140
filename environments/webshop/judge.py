"""The reward of a purchase: the original's `engine/goal.py` (SPEC 2.2), to the number.

r = r_type · (attribute hits + option hits + [price <= limit]) / (|attributes| + |options| + 1)
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from environments.webshop import fuzzy
from environments.webshop.colors import COLORS, normalize_color
from environments.webshop.nouns import nouns
from environments.webshop.payload import Goal
from environments.webshop.products.product import Product


class Score(NamedTuple):
    """The reward and what it is made of: hits as counts, `type` as the factor that it is."""

    reward: float
    type: float
    attribute_hits: int
    attributes: int
    option_hits: int
    options: int
    price_ok: bool
    query_match: bool
    category_match: bool
    title_score: float

    def parts(self) -> dict[str, Any]:
        """The parts as a record keeps them."""
        return {name: value for name, value in self._asdict().items() if name != "reward"}


def score(product: Product, chosen: Mapping[str, str], goal: Goal, noun_model: str) -> Score:
    """The reward for buying `product` with the `chosen` options. The first call loads spaCy."""
    query_match, category_match, title_score, factor = _type(product, goal, noun_model)
    attribute_hits = sum(_has_attribute(product, attribute) for attribute in goal.attributes)
    option_hits = _option_hits(chosen.values(), goal.options)
    price_ok = product.price <= goal.price_upper
    parts = len(goal.attributes) + len(goal.options) + 1
    return Score(
        reward=(attribute_hits + option_hits + price_ok) / parts * factor,
        type=factor,
        attribute_hits=attribute_hits,
        attributes=len(goal.attributes),
        option_hits=option_hits,
        options=len(goal.options),
        price_ok=price_ok,
        query_match=query_match,
        category_match=category_match,
        title_score=title_score,
    )


def _type(product: Product, goal: Goal, noun_model: str) -> tuple[bool, bool, float, float]:
    query_match = product.query == goal.query
    category_match = len(_levels(product.product_category) & _levels(goal.product_category)) >= 2
    wanted = nouns(goal.name, noun_model)
    title_score = len(set(nouns(product.title, noun_model)) & set(wanted)) / len(wanted) if wanted else 0.2
    factor = 1.0 if query_match or category_match or title_score > 0.2 else 0.5
    if title_score < 0.1:  # these two override even an equal query
        factor = 0.1
    if title_score == 0.0:
        factor = 0.0
    return query_match, category_match, title_score, factor


def _levels(product_category: str) -> set[str]:
    return {level.strip() for level in product_category.split("›")}


def _has_attribute(product: Product, attribute: str) -> bool:
    if any(fuzzy.same(own, attribute) for own in product.attributes):
        return True
    texts = (product.title, " ".join(product.bullets), product.description)
    return any(attribute in text.lower() for text in texts)


def _option_hits(chosen: Collection[str], wanted: list[str] | dict[str, str]) -> int:
    bought = [normalize_color(value) for value in chosen]
    return sum(any(fuzzy.same(value, goal) for value in bought) for goal in _goal_options(wanted))


def _goal_options(wanted: list[str] | dict[str, str]) -> list[str]:
    """The goal's options as the original compares them: of a synthetic goal the pair of name and value as Python prints
    it, unless one of the two is a colour and nothing else."""
    if isinstance(wanted, list):
        return [normalize_color(value) for value in wanted]
    return [next((color for color in COLORS if color in pair), str(pair)) for pair in wanted.items()]


def fits(product: Product, chosen: Mapping[str, str], goal: Goal) -> bool:
    """Whether a purchase has every attribute and option of the goal and keeps to its price; the kind of product is not
    looked at.
    """
    if product.price > goal.price_upper or not all(_has_attribute(product, attribute) for attribute in goal.attributes):
        return False
    return _option_hits(chosen.values(), goal.options) == len(goal.options)
