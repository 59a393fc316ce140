"""Goals made of a catalogue's instructions, as the original's `get_goals` makes them (SPEC 2.2): human ones where there are any.

The original samples each price limit with whatever state the process's random generator is in, so that limits differ from process to
process. Here a limit depends on its product and instruction alone. The order is the original's: shuffled with the seed 233.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from itertools import product as combinations
from random import Random

from environments.webshop.payload import NO_LIMIT, Goal
from environments.webshop.product import Product
from environments.webshop.product_catalogue import Catalogue, Wish

LIMITS = [10.0 * step for step in range(1, 100)]
SEED = 233


def shuffled_goals(catalogue: Catalogue) -> list[Goal]:
    """All goals in the order in which tasks number them."""
    goals = list(_goals(catalogue))
    Random(SEED).shuffle(goals)
    return goals


def first_goals(catalogue: Catalogue, count: int) -> list[Goal]:
    """Some goals, without a look at the whole catalogue."""
    return list(islice(_goals(catalogue), count))


def _goals(catalogue: Catalogue) -> Iterator[Goal]:
    for product, wishes in catalogue.wishes():
        for number, wish in enumerate(wishes):
            if wish.attributes:
                yield from _wished(product, wish, number)


def _wished(product: Product, wish: Wish, number: int) -> Iterator[Goal]:
    limit, price_text = _limit(product, number)
    if wish.options is not None:
        yield _goal(product, wish, wish.text.strip(".") + price_text, wish.options, limit)
        return
    names = sorted(product.options)
    for values in combinations(*(product.options[name] for name in names)):
        chosen = dict(zip(names, values, strict=True))
        said = ", and ".join(f"{name}: {value}" for name, value in chosen.items())
        yield _goal(product, wish, wish.text + (f" with {said}" if said else "") + price_text, chosen, limit)


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
