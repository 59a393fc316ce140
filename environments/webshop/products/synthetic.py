"""The generated catalogue: invented brands, and lines of products that look alike and differ in one thing.

A line has six products of one ware. All share brand and series; one of them is the line's own, the others have another
attribute in the title, among the features or in the description, cost more, or lack some options. So what a customer
wants is found by reading. The catalogue is the same everywhere: it depends on `VERSION` alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from random import Random
from typing import NamedTuple

import msgspec

from environments.webshop.products.assortment import Ware, wares
from environments.webshop.products.product import Product, Review

VERSION = 1
NAME = f"generated-{VERSION}"
LINES = 5
TWINS = 6
_STARTS = "Bra Cor Del Fen Gal Hul Jor Kel Lun Mer Nov Orl Pel Quin Ros Sar Tol Ulm Ver Wen Yar Zel Dra Mil Bex"
_ENDS = "vano ketti rona dessa lix morra nella prano quist rilo sanda tevo ulia vista wyn zarro"
SERIES = ("100", "200", "300", "400", "500")


class Traits(NamedTuple):
    """A product's attributes by where they can be read: two in the title, one among the features, one in the
    description.
    """

    title: tuple[str, str]
    feature: str
    description: str

    def all(self) -> list[str]:
        """All of them."""
        return [*self.title, self.feature, self.description]


class Invented(NamedTuple):
    """A product with what it was made from."""

    product: Product
    ware: Ware
    brand: str
    traits: Traits
    line: int
    twin: int


@lru_cache(maxsize=1)
def assortment() -> tuple[Invented, ...]:
    """The whole catalogue, line by line."""
    rng = Random(f"webshop/catalogue/{VERSION}")
    brands = [f"{start}{end}" for start in _STARTS.split() for end in _ENDS.split()]
    rng.shuffle(brands)
    lines = [(ware, brands.pop()) for ware in wares() for _ in range(LINES)]
    return tuple(item for number, (ware, brand) in enumerate(lines) for item in _line(rng, number, ware, brand))


def products() -> Iterator[Product]:
    """The products in an order of their own, look-alikes apart."""
    found = [item.product for item in assortment()]
    Random(f"webshop/order/{VERSION}").shuffle(found)
    return iter(found)


def _line(rng: Random, number: int, ware: Ware, brand: str) -> Iterator[Invented]:
    first, second, feature, description, *others = rng.sample(ware.attributes, len(ware.attributes))
    own = Traits((first, second), feature, description)
    traits = [
        own,
        own._replace(title=(first, others[0])),
        own._replace(feature=others[1]),
        own._replace(description=others[2]),
        own,
        own,
    ]
    low, high = ware.price
    base = rng.uniform(low, high)
    factors = [
        1.0,
        rng.uniform(0.9, 1.1),
        rng.uniform(0.9, 1.1),
        rng.uniform(0.9, 1.1),
        rng.uniform(1.7, 2.2),
        rng.uniform(0.75, 0.9),
    ]
    options = {
        axis.name: sorted(rng.sample(axis.values, min(len(axis.values), 6)), key=axis.values.index)
        for axis in ware.axes
    }
    for twin in range(TWINS):
        offered = (
            options
            if twin != TWINS - 1
            else {name: values[: (len(values) + 1) // 2] for name, values in options.items()}
        )
        price = round(base * factors[twin], 2)
        ranged = twin == 1 and number % 3 == 0
        product = _product(rng, _asin(number, twin), ware, f"{brand} {SERIES[number % LINES]}", traits[twin])
        prices = [price, round(price * 1.2, 2)] if ranged else [price]
        yield Invented(
            product=_priced(product, prices, offered),
            ware=ware,
            brand=brand,
            traits=traits[twin],
            line=number,
            twin=twin,
        )


def _asin(line: int, twin: int) -> str:
    """An id that says nothing about its product."""
    return "G" + hashlib.sha256(f"webshop/{VERSION}/{line}/{twin}".encode()).hexdigest()[:9].upper()


def _priced(product: Product, prices: list[float], options: dict[str, list[str]]) -> Product:
    return msgspec.structs.replace(product, prices=prices, options=options)


def _product(rng: Random, asin: str, ware: Ware, name: str, traits: Traits) -> Product:
    reviews = [_review(rng, ware) for _ in range(rng.randrange(4))]
    rating = f"{sum(float(review.score) for review in reviews) / len(reviews):.1f}" if reviews else "N.A."
    first, second = traits.title
    return Product(
        asin=asin,
        title=f"{name} {ware.thing.title()}, {first.title()}, {second.title()}",
        query=ware.thing,
        category=ware.category,
        product_category=ware.levels,
        description=rng.choice(DESCRIPTIONS).format(name=name, thing=ware.thing, trait=traits.description),
        bullets=_bullets(rng, ware, traits),
        prices=[],
        options={},
        attributes=sorted(traits.all()),
        rating=rating,
        reviews=reviews,
    )


def _bullets(rng: Random, ware: Ware, traits: Traits) -> list[str]:
    care = rng.choice(CARE).format(thing=ware.thing)
    return [
        f"{traits.title[0].capitalize()} and {traits.title[1]}.",
        f"{traits.feature.capitalize()}: {rng.choice(WHY)}.",
        care,
    ]


def _review(rng: Random, ware: Ware) -> Review:
    title, low = rng.choice(VERDICTS)
    return Review(title, f"{rng.randint(low, low + 1)}.0", rng.choice(OPINIONS).format(thing=ware.thing))


DESCRIPTIONS = (
    (
        "The {name} was made for people who use their {thing} every day. It comes with {trait}, and it is checked by"
        " hand before it ships."
    ),
    (
        "Why we built the {name}: because a {thing} should not need replacing each year. Among what our customers value"
        " most is {trait}."
    ),
    "{name} stands for simple things done well. This {thing} offers {trait} where others save on it.",
    (
        "A {thing} with a long life. Our workshop added {trait} after listening to those who own the first edition of"
        " the {name}."
    ),
)
WHY = (
    "small in itself, and missed when it is not there",
    "tested over two hundred days",
    "one reason why people come back to it",
    "standard in this edition",
)
CARE = (
    "Arrives in a recycled box.",
    "Questions about this {thing} are answered within a day.",
    "Returned within thirty days, no reason needed.",
    "Two years of guarantee.",
)
VERDICTS = (
    ("Better than expected", 4),
    ("Does what it should", 4),
    ("Mixed feelings", 2),
    ("Bought a second one", 4),
    ("Not for me", 1),
)
OPINIONS = (
    "My {thing} came quickly and looks like the pictures.",
    "I compared for weeks before I chose this {thing}. No regrets so far.",
    "It took me a while to get used to it.",
    "A present for my sister, who uses it all the time.",
)
