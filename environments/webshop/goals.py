"""Goals made of a catalogue's instructions, as the original's `get_goals` makes them (SPEC 2.2): human ones where there
are any.

The original samples each price limit with whatever state the process's random generator is in, so that limits differ
from process to process. Here a limit depends on its product and instruction alone. The order is the original's:
shuffled with the seed 233.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from itertools import accumulate, islice
from math import prod
from random import Random

from environments.webshop.payload import NO_LIMIT, Goal
from environments.webshop.products.product import Product
from environments.webshop.products.product_catalogue import Catalogue, Wish

LIMITS = [10.0 * step for step in range(1, 100)]
SEED = 233


class ShuffledGoals:
    """All goals in the order in which tasks number them. A synthetic instruction is as many goals as its product has
    combinations of options, tens of millions in a large catalogue: kept are eight bytes for each, and a goal is made
    when it is asked for."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._sources = [
            (position, number, _count(product, wish))
            for position, product, wishes in catalogue.wanted()
            for number, wish in enumerate(wishes)
            if wish.attributes
        ]
        self._ends = list(accumulate(count for _, _, count in self._sources))
        self._order = array("q", range(self._ends[-1] if self._ends else 0))
        Random(SEED).shuffle(self._order)

    def __len__(self) -> int:
        return len(self._order)

    def __getitem__(self, number: int) -> Goal:
        chosen = self._order[number]
        source = bisect_right(self._ends, chosen)
        position, wish_number, count = self._sources[source]
        product, wishes = self._catalogue.wanted_at(position)
        return _wished(product, wishes[wish_number], wish_number, chosen - (self._ends[source] - count))


def first_goals(catalogue: Catalogue, count: int) -> list[Goal]:
    """One goal each of the first products that somebody wants, without a look at the whole catalogue."""
    found = (
        (product, wishes[0])
        for _, product, wishes in catalogue.wanted()
        if wishes[0].attributes and _count(product, wishes[0])
    )
    return [_wished(product, wish, 0, 0) for product, wish in islice(found, count)]


def _count(product: Product, wish: Wish) -> int:
    return 1 if wish.options is not None else prod(len(values) for values in product.options.values())


def _wished(product: Product, wish: Wish, number: int, combination: int) -> Goal:
    limit, price_text = _limit(product, number)
    if wish.options is not None:
        return _goal(product, wish, wish.text.strip(".") + price_text, wish.options, limit)
    chosen: dict[str, str] = {}
    for name in sorted(product.options, reverse=True):  # as itertools.product counts: the last name fastest
        combination, digit = divmod(combination, len(product.options[name]))
        chosen[name] = product.options[name][digit]
    chosen = dict(sorted(chosen.items()))
    said = ", and ".join(f"{name}: {value}" for name, value in chosen.items())
    return _goal(product, wish, wish.text + (f" with {said}" if said else "") + price_text, chosen, limit)


def _goal(product: Product, wish: Wish, instruction: str, options: list[str] | dict[str, str], limit: float) -> Goal:
    parts = product.asin, product.query, product.title, product.product_category
    return Goal(*parts, instruction=instruction, attributes=wish.attributes, options=options, price_upper=limit)


def _limit(product: Product, number: int) -> tuple[float, str]:
    """The larger of two of the next four multiples of ten above the price."""
    above = [limit for limit in LIMITS if limit > product.price][:4]
    if len(above) < 2:
        return NO_LIMIT, ""
    limit = max(Random(f"webshop/limit/{product.asin}/{number}").sample(above, 2))
    return limit, f", and price lower than {limit:.2f} dollars"
