"""The families of generated tasks: which of a product's traits the customer names, where they are to be read, and how
tight the price is.

A family is drawn into a `Scene`: a target, a goal, and the certainty that reading leads to a reward of 1 within ten
rounds, even when every look-alike that has to be opened is opened first.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Literal, NamedTuple

from environments.generation import trains
from environments.webshop.judge import fits
from environments.webshop.payload import NO_LIMIT, Goal
from environments.webshop.products.synthetic import LINES, Invented, assortment

"""Every other split, whatever it is called, shops for products that this one never asks for: a fifth of the lines."""
ROUNDS = 10
OPEN, GO_BACK, LOOK = 1, 1, 2  # rounds; a look is a click on a page behind the product's, and one back


@dataclass(frozen=True)
class Family:
    """What the customer says. `title`: attributes that titles show; `hidden`: where one more is to be looked up."""

    title: int = 0
    hidden: Literal["", "Features", "Description"] = ""
    brand: bool = False
    options: int = 0
    price: Literal["", "loose", "tight"] = ""
    scarce: bool = False


FAMILIES = {
    "one_attribute": Family(title=1),
    "two_attributes": Family(title=2),
    "one_attribute_and_price": Family(title=1, price="loose"),
    "two_attributes_and_price": Family(title=2, price="loose"),
    "one_option": Family(title=1, options=1),
    "one_option_and_price": Family(title=1, options=1, price="loose"),
    "two_options": Family(title=1, options=2),
    "two_options_and_price": Family(title=1, options=2, price="loose"),
    "two_attributes_one_option": Family(title=2, options=1),
    "two_attributes_two_options": Family(title=2, options=2),
    "all_that_shows": Family(title=2, options=2, price="loose"),
    "brand_and_attribute": Family(title=1, brand=True),
    "brand_attribute_option": Family(title=1, brand=True, options=1),
    "brand_attribute_price": Family(title=1, brand=True, price="loose"),
    "cheaper_twin": Family(title=1, brand=True, price="tight"),
    "cheaper_twin_with_option": Family(title=1, brand=True, options=1, price="tight"),
    "cheaper_twin_two_attributes": Family(title=2, brand=True, price="tight"),
    "scarce_option": Family(title=2, brand=True, options=1, scarce=True),
    "scarce_option_and_price": Family(title=1, brand=True, options=1, price="tight", scarce=True),
    "among_the_features": Family(title=1, hidden="Features", brand=True),
    "among_the_features_and_option": Family(hidden="Features", brand=True, options=1),
    "among_the_features_and_price": Family(title=1, hidden="Features", brand=True, price="tight"),
    "in_the_description": Family(title=1, hidden="Description", brand=True),
    "in_the_description_and_option": Family(hidden="Description", brand=True, options=1),
    "in_the_description_and_price": Family(title=1, hidden="Description", brand=True, price="tight"),
    "three_options": Family(title=1, options=3),
}


class Scene(NamedTuple):
    """A target and the goal that it fulfils. `limit` is None where the customer names no price."""

    target: Invented
    attributes: list[str]
    options: dict[str, str]
    limit: float | None

    def goal(self, instruction: str) -> Goal:
        """What the customer wants, in the words of `instruction`."""
        product = self.target.product
        return Goal(
            asin=product.asin,
            query=product.query,
            name=product.title,
            product_category=product.product_category,
            instruction=instruction,
            attributes=self.attributes,
            options=list(self.options.values()),
            price_upper=NO_LIMIT if self.limit is None else self.limit,
        )


@lru_cache(maxsize=2)
def _targets(held_out: bool) -> list[Invented]:
    return [
        item for item in assortment() if (item.line % LINES == LINES - 1) == held_out and len(item.product.prices) == 1
    ]


def draw(family: Family, rng: Random, split: str) -> Scene | None:
    """A scene, or None where this target leaves the outcome to luck; another one is then drawn."""
    target = rng.choice(_targets(not trains(split)))
    options = _options(family, rng, target)
    if options is None:
        return None
    limit = _limit(family, rng, target)
    hidden = {"": [], "Features": [target.traits.feature], "Description": [target.traits.description]}[family.hidden]
    attributes = [*rng.sample(target.traits.title, family.title), *hidden]
    if limit is None and family.price:
        return None
    scene = Scene(target, attributes, options, limit)
    return scene if _worst_rounds(family, scene) <= ROUNDS and _can_be_missed(family, scene) else None


def _options(family: Family, rng: Random, target: Invented) -> dict[str, str] | None:
    offered = target.product.options
    if family.scarce:
        poor = _line_of(target)[-1].product.options
        rare = [(name, value) for name, values in offered.items() for value in values if value not in poor[name]]
        return dict([rng.choice(rare)]) if rare else None
    if len(offered) < family.options:
        return None
    return {name: rng.choice(offered[name]) for name in sorted(rng.sample(sorted(offered), family.options))}


def _line_of(item: Invented) -> list[Invented]:
    return [other for other in assortment() if other.line == item.line]


def _limit(family: Family, rng: Random, target: Invented) -> float | None:
    """Loose: a round number well above the price. Tight: one that shuts out the dear twin of the line."""
    price = target.product.price
    if family.price == "loose":
        return float(10 * (int(price * rng.uniform(1.1, 1.4)) // 10 + 1))
    if family.price == "tight":
        dear = min(
            (other.product.price for other in _line_of(target) if other.product.price > price * 1.4), default=0.0
        )
        between = [limit for limit in range(int(price) + 1, int(dear)) if limit % 5 == 0]
        return float(rng.choice(between)) if between else None
    return None


def _best_choice(scene: Scene, item: Invented) -> dict[str, str]:
    """The wanted options as far as this product has them."""
    return {name: value for name, value in scene.options.items() if value in item.product.options.get(name, ())}


def _can_be_missed(family: Family, scene: Scene) -> bool:
    """Whether some product of the line, or of the kind where no brand is named, is not what the customer wants."""
    goal, target = scene.goal(""), scene.target
    near = _line_of(target) if family.brand else [item for item in assortment() if item.ware is target.ware]
    return not all(fits(item.product, _best_choice(scene, item), goal) for item in near)


def _worst_rounds(family: Family, scene: Scene) -> int:
    """Rounds of a careful customer with bad luck: every look-alike that only its own pages tell apart is opened before
    the right one.
    """
    goal = scene.goal("")
    wrong = 0
    for item in assortment():
        if _shows_no_difference(family, scene, item):
            chosen = _best_choice(scene, item)
            if len(chosen) < len(scene.options):
                wrong += OPEN + GO_BACK
            elif not fits(item.product, chosen, goal):
                wrong += OPEN + GO_BACK + LOOK
    return 1 + wrong + OPEN + (LOOK if family.hidden else 0) + len(scene.options) + 1


def _shows_no_difference(family: Family, scene: Scene, item: Invented) -> bool:
    """Whether the page of results does not rule this product out."""
    target = scene.target
    if item.ware is not target.ware or (family.brand and item.brand != target.brand):
        return False
    named = scene.attributes[: family.title]
    dearest = item.product.prices[-1]
    return set(named) <= set(item.traits.all()) and (scene.limit is None or dearest <= scene.limit)
