"""A scene: one table (or two) drawn from a domain, with its values at hand as Python values, so that outcomes are worked out here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from environments.database.families.domains import DOMAINS, Category, Domain, Measure
from environments.database.judge import quote
from environments.database.payload import Table

STYLES: tuple[Callable[[str], str], ...] = (
    str,
    str,
    lambda column: column.lower().replace(" ", "_"),
    lambda column: column.title(),
    lambda column: column.title().replace(" ", ""),
)


class Item(NamedTuple):
    """One row: its key, its categories by column, its numbers by column."""

    key: str
    texts: dict[str, str]
    numbers: dict[str, int]


class Column(NamedTuple):
    """A category or a measure, where it does not matter which."""

    column: str
    phrase: str


@dataclass(frozen=True)
class Scene:
    """The main table's domain, items and column order; columns already carry the names that the table has."""

    rng: Random
    domain: Domain
    table: str
    key: str
    categories: Sequence[Category]
    measures: Sequence[Measure]
    order: Sequence[str]
    items: Sequence[Item]
    style: Callable[[str], str]

    def cells(self, item: Item) -> list[str | None]:
        """An item as the row that the table holds."""
        values = {self.key: item.key, **item.texts, **{column: str(number) for column, number in item.numbers.items()}}
        return [values[column] for column in self.order]

    def rows(self, items: Sequence[Item] | None = None) -> list[list[str | None]]:
        """The table's rows, or those that it would hold with other items."""
        return [self.cells(item) for item in (self.items if items is None else items)]

    def main_table(self) -> Table:
        """The table as the task carries it."""
        return Table(self.table, list(self.order), self.rows())

    @property
    def t(self) -> str:
        """The table's name in SQL."""
        return name_in_sql(self.rng, self.table)

    @property
    def k(self) -> str:
        """The key column's name in SQL."""
        return quote(self.key)

    def category(self) -> Category:
        """Any category."""
        return self.rng.choice(self.categories)

    def column(self) -> Column:
        """Any column but the key."""
        columns = [Column(category.column, category.phrase) for category in self.categories]
        return self.rng.choice([*columns, *(Column(measure.column, measure.phrase) for measure in self.measures)])

    def measure(self) -> Measure:
        """Any measure."""
        return self.rng.choice(self.measures)

    def item(self) -> Item:
        """Any row."""
        return self.rng.choice(self.items)

    def fresh_key(self) -> str:
        """A key that no row has yet."""
        taken = {item.key for item in self.items}
        return self.rng.choice([key for key in _keys(self.domain) if key not in taken] or ["Unheard Of"])

    def fresh_item(self) -> Item:
        """A row that is not in the table."""
        texts = {category.column: self.rng.choice(category.values) for category in self.categories}
        numbers = {measure.column: self.rng.randint(measure.low, measure.high) for measure in self.measures}
        return Item(self.fresh_key(), texts, numbers)


def name_in_sql(rng: Random, name: str) -> str:
    """A table's name in SQL; backticks are sometimes left out where they may be."""
    plain = name.isidentifier() and name.isascii()
    return name if plain and rng.random() < 0.5 else quote(name)


def number(column: str) -> str:
    """A text column as a number, in SQL."""
    return f"CAST({quote(column)} AS SIGNED)"


def _keys(domain: Domain) -> list[str]:
    return [f"{first} {second}" for first in domain.firsts for second in domain.seconds]


def draw(rng: Random, least: int = 5, most: int = 200) -> Scene:
    """A scene of `least` to `most` rows; small tables are as likely as large ones."""
    domain = rng.choice(DOMAINS)
    style = rng.choice(STYLES)
    key = style(domain.key)
    categories = [category._replace(column=style(category.column)) for category in domain.categories]
    measures = [measure._replace(column=style(measure.column)) for measure in domain.measures]
    if rng.random() < 0.4:
        measures = rng.sample(measures, 2)
    order = [category.column for category in categories] + [measure.column for measure in measures]
    rng.shuffle(order)
    order.insert(0 if rng.random() < 0.7 else rng.randint(0, len(order)), key)
    count = round(least * (most / least) ** rng.random())
    items = [
        Item(
            name,
            {category.column: rng.choice(category.values) for category in categories},
            {measure.column: rng.randint(measure.low, measure.high) for measure in measures},
        )
        for name in rng.sample(_keys(domain), count)
    ]
    return Scene(rng, domain, rng.choice(domain.tables), key, categories, measures, order, items, style)
