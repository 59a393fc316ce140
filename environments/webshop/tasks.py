"""WebShop's files as tasks: goal i of the shuffled goals is task i, and a split is AgentBench's range of them (SPEC
2.2).
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from environments.contract import Task, UserError
from environments.rows import BadRow
from environments.webshop import fuzzy
from environments.webshop.colors import normalize_color
from environments.webshop.goals import ShuffledGoals
from environments.webshop.payload import Goal, Payload
from environments.webshop.products.building import open_catalogue
from environments.webshop.products.product import Product

SPLITS: dict[str, tuple[int, int | None]] = {
    "std": (0, 200),
    "dev": (200, 280),
    "train": (1000, 12_000),
    "all": (0, None),
}


def load(path: str, split: str) -> Iterator[Task | BadRow]:
    """The tasks of a split: `std`, `dev`, `train` (AgentBench's ranges of goals), or `all`.

    `path` is an items file or its folder; attributes and instructions lie beside it. An environment that plays them
    needs the same `catalogue`. The first call with a large file takes minutes. A `BadRow` for each row that is no
    product: without it other goals have other numbers, so that a split is not AgentBench's any more. Raises `UserError`
    for a file that cannot be read.
    """
    if split not in SPLITS:
        raise UserError(f"WebShop has no split '{split}'; it has {', '.join(SPLITS)}")
    catalogue = open_catalogue(path)
    try:
        yield from map(BadRow, catalogue.bad_rows)
        goals = ShuffledGoals(catalogue)
        start, end = SPLITS[split]
        if start >= len(goals):
            raise UserError(
                f"'{path}' has {len(goals)} goals, and split '{split}' begins with number {start}; 'all' takes"
                " every one"
            )
        for number in range(start, len(goals) if end is None else min(end, len(goals))):
            goal = goals[number]
            product = catalogue.product(goal.asin)
            assert product is not None, "a goal is made of a product in its own catalogue"
            yield _task(catalogue.name, number, goal, product, split)
    finally:
        catalogue.close()


def _task(catalogue: str, number: int, goal: Goal, product: Product, split: str) -> Task:
    payload = msgspec.to_builtins(Payload(catalogue, goal))
    family = "human" if isinstance(goal.options, list) else "synthetic"
    reference = {"query": product.title, "asin": product.asin, "options": _choices(product, goal.options), "look": ""}
    return Task(
        id=f"webshop-{catalogue}-{number}",
        environment="webshop",
        split=split,
        source=f"webshop:{catalogue}",
        payload=payload,
        family=family,
        reference=reference,
    )


def _choices(product: Product, wanted: list[str] | dict[str, str]) -> list[str]:
    """The values to click for the wanted options: equal ones first, else the first that counts as the same; one of each
    kind.
    """
    if isinstance(wanted, dict):
        return list(wanted.values())
    chosen: dict[str, str] = {}
    for want in wanted:
        offers = [(name, value) for name, values in product.options.items() if name not in chosen for value in values]
        equal = [offer for offer in offers if offer[1] == want]
        alike = equal or [offer for offer in offers if fuzzy.same(normalize_color(offer[1]), normalize_color(want))]
        if alike:
            chosen[alike[0][0]] = alike[0][1]
    return list(chosen.values())
