"""A scene: one table (or two) drawn from a domain, with its values at hand as Python values, so that outcomes are
worked out here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import NamedTuple

from msgspec.structs import replace

from environments.database.judge import quote
from environments.database.payload import Table
from environments.database.vocabulary.domain import Category, Domain, Measure, domains
from environments.database.vocabulary.side import Side
from environments.database.vocabulary.wording import Phrases, wordings


def _joined(column: str) -> str:
    return column.title().replace(" ", "")


STYLES: dict[Side, tuple[Callable[[str], str], ...]] = {
    Side.TRAIN: (
        str,
        str.lower,
        str.upper,
        str.title,
        lambda column: column.lower().replace(" ", "_"),
        lambda column: column.upper().replace(" ", "_"),
        lambda column: column.lower().replace(" ", "-"),
        lambda column: column.title().replace(" ", "-"),
        lambda column: column.lower().replace(" ", ""),
        _joined,
    ),
    Side.EVALUATION: (
        lambda column: _joined(column)[:1].lower() + _joined(column)[1:],
        lambda column: column.title().replace(" ", "_"),
    ),
}
"""How headers are written: `Home port`, `home port`, `HOME PORT`, `Home Port`, `home_port`, `HOME_PORT`, `home-port`,
`Home-Port`, `homeport`, `HomePort` | `homePort`, `Home_Port`."""


KEY_FIRST = {Side.TRAIN: 0.4, Side.EVALUATION: 0.7}
"""How often the key is the first column; elsewhere it is anywhere. Which column it is should be read from its
header.
"""


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
    side: Side
    domain: Domain
    table: str
    key: str
    categories: Sequence[Category]
    measures: Sequence[Measure]
    order: Sequence[str]
    items: Sequence[Item]
    style: Callable[[str], str]
    gaps: frozenset[tuple[str, str]] = field(default=frozenset())
    """Cells that hold NULL: the row's key and the column."""

    def say(self, phrases: Phrases, **slots: object) -> str:
        """One of the side's phrases, filled in."""
        known = {"table": self.table, "things": self.domain.things, "thing": self.domain.thing}
        return self.rng.choice(phrases.of(self.side)).format(**{**known, **slots})

    def extreme(self, highest: bool) -> str:
        """One of the side's words for the top or the bottom."""
        extremes = wordings().extremes
        return self.say(extremes.highest if highest else extremes.lowest)

    def cells(self, item: Item) -> list[str | None]:
        """An item as the row that the table holds."""
        values = {self.key: item.key, **item.texts, **{column: str(number) for column, number in item.numbers.items()}}
        return [None if (item.key, column) in self.gaps else values[column] for column in self.order]

    def rows(self, items: Sequence[Item] | None = None) -> list[list[str | None]]:
        """The table's rows, or those that it would hold with other items."""
        return [self.cells(item) for item in (self.items if items is None else items)]

    def main_table(self) -> Table:
        """The table as the task carries it."""
        return Table(self.table, list(self.order), self.rows())

    @property
    def t(self) -> str:
        """The table's name in SQL."""
        return quote(self.table)

    @property
    def k(self) -> str:
        """The key column's name in SQL."""
        return quote(self.key)

    @property
    def key_word(self) -> str:
        """What the key is called inside a sentence."""
        return self.domain.key.lower() if self.domain.key in ("Name", "Title", "Model", "Tag") else "name"

    def category(self, but: Collection[str] = ()) -> Category:
        """Any category whose column is not one of `but`."""
        return self.rng.choice([category for category in self.categories if category.column not in but])

    def measure(self, but: Collection[str] = ()) -> Measure:
        """Any measure whose column is not one of `but`."""
        return self.rng.choice([measure for measure in self.measures if measure.column not in but])

    def column(self, but: Collection[str] = ()) -> Column:
        """Any column but the key and `but`."""
        columns = [Column(category.column, category.phrase) for category in self.categories]
        columns += [Column(measure.column, measure.phrase) for measure in self.measures]
        return self.rng.choice([column for column in columns if column.column not in but])

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


def spoken(column: str) -> str:
    """A text column as a number, in a thought."""
    return f"{column} as a number"


def number(column: str) -> str:
    """A text column as a number, in SQL."""
    return f"CAST({quote(column)} AS SIGNED)"


def _keys(domain: Domain) -> list[str]:
    return [f"{first} {second}" for first in domain.firsts for second in domain.seconds]


@cache
def _words() -> tuple[str, ...]:
    """What the names of training's rows are made of, no two of them the same to a server."""
    found: dict[str, str] = {}
    for word in sorted(
        {word for domain in domains()[Side.TRAIN] for word in (*domain.firsts, *domain.seconds) if word.isalpha()}
    ):
        found.setdefault(word.casefold(), word)
    return tuple(found.values())


def _mixed(rng: Random, domain: Domain) -> Domain:
    """A domain of which every second table and column, and every third key, has names of any domain: too many to be
    remembered, so they have to be read."""
    if rng.random() < 0.3:
        domain = _mixed_keys(rng, domain)
    categories = [_mixed_values(rng, category) if rng.random() < 0.5 else category for category in domain.categories]
    tables = (_mixed_name(rng, domain),) if rng.random() < 0.5 else domain.tables
    return replace(domain, tables=tables, categories=tuple(categories))


def _mixed_keys(rng: Random, domain: Domain) -> Domain:
    """225 keys of any domain's words, every second time with a word between the two."""
    drawn, link = rng.sample(_words(), 30), rng.choice(("", "", "", "of ", "from ", "at "))
    return replace(domain, firsts=tuple(drawn[:15]), seconds=tuple(link + word for word in drawn[15:]))


def _mixed_name(rng: Random, domain: Domain) -> str:
    one, other = rng.sample(_words(), 2)
    name = rng.choice(
        (f"{one} {other}", f"{one} {domain.things.title()}", f"{domain.thing}_{one}", f"{one}_{other}", one)
    )
    return rng.choice((str, str, str.lower))(name)


def _mixed_values(rng: Random, category: Category) -> Category:
    """As many values of one word or two; in small letters where the ones that they replace are."""
    drawn = rng.sample(_words(), 2 * len(category.values))
    pairs = zip(drawn[::2], drawn[1::2], strict=True)
    values = [f"{one} {other}" if rng.random() < 0.3 else one for one, other in pairs]
    return replace(category, values=tuple(value.lower() if category.values[0].islower() else value for value in values))


def draw(rng: Random, side: Side, least: int = 5, most: int = 200) -> Scene:
    """A scene of `least` to `most` rows, in one side's vocabulary; small tables are as likely as large ones."""
    domain = rng.choice(domains()[side])
    if side is Side.TRAIN:
        domain = _mixed(rng, domain)
    style = rng.choice(STYLES[side])
    key = style(domain.key)
    categories = [replace(category, column=style(category.column)) for category in domain.categories]
    measures = [replace(measure, column=style(measure.column)) for measure in domain.measures]
    if len(categories) > 2 and rng.random() < 0.8:  # the first stays: the second table is about its values
        categories.pop(rng.randrange(1, len(categories)))
    if rng.random() < 0.8:
        measures = rng.sample(measures, 2)
    elif len(measures) > 3:
        measures = rng.sample(measures, 3)
    order = [category.column for category in categories] + [measure.column for measure in measures]
    rng.shuffle(order)
    order.insert(0 if rng.random() < KEY_FIRST[side] else rng.randint(0, len(order)), key)
    count = round(least * (most / least) ** rng.random())
    items = [
        Item(
            name,
            {category.column: rng.choice(category.values) for category in categories},
            {measure.column: rng.randint(measure.low, measure.high) for measure in measures},
        )
        for name in rng.sample(_keys(domain), count)
    ]
    return Scene(
        rng=rng,
        side=side,
        domain=domain,
        table=rng.choice(domain.tables),
        key=key,
        categories=categories,
        measures=measures,
        order=order,
        items=items,
        style=style,
    )
