"""Questions over two tables: the second describes the values of a column of the first."""

from __future__ import annotations

from typing import NamedTuple

from environments.database.families.draft import Draft, family, only
from environments.database.families.scene import Item, Scene, number
from environments.database.judge import quote
from environments.database.payload import Table
from environments.database.schema import literal


class _Pair(NamedTuple):
    """The second table, its values by the first category's value, and how the two are joined."""

    table: Table
    attribute: str
    phrase: str
    texts: dict[str, str]
    measure: str
    measure_phrase: str
    numbers: dict[str, int]
    link: str
    join: str


def _pair(scene: Scene) -> _Pair:
    companion, link = scene.domain.companion, scene.categories[0]
    name = scene.rng.choice(companion.tables)
    attribute, measure = scene.style(companion.attribute.column), scene.style(companion.measure.column)
    texts = {value: scene.rng.choice(companion.attribute.values) for value in link.values}
    numbers = {value: scene.rng.randint(companion.measure.low, companion.measure.high) for value in link.values}
    rows: list[list[str | None]] = [[value, texts[value], str(numbers[value])] for value in link.values]
    scene.rng.shuffle(rows)
    table = Table(name, [link.column, attribute, measure], rows)
    join = f"{quote(scene.table)} AS a JOIN {quote(name)} AS b ON a.{quote(link.column)} = b.{quote(link.column)}"
    return _Pair(table, attribute, companion.attribute.phrase, texts, measure, companion.measure.phrase, numbers, link.column, join)


def _related(scene: Scene, pair: _Pair, value: str) -> list[Item]:
    return [item for item in scene.items if pair.texts[item.texts[pair.link]] == value]


@family(most=120)
def join_count(scene: Scene) -> Draft | None:
    pair, link = _pair(scene), scene.categories[0]
    value = pair.texts[scene.item().texts[pair.link]]
    return Draft(
        "counting",
        (
            f"How many {scene.domain.things} belong to a {link.phrase} whose {pair.phrase} is {value}?",
            f"Count the {scene.domain.things} for which the {pair.phrase} of their {link.phrase} is {value}.",
            f"What is the number of {scene.domain.things} that have a {link.phrase} with {value} as {pair.phrase}?",
        ),
        f"join the tables on {pair.link} and count the rows with {pair.attribute} {value}",
        f"SELECT COUNT(*) FROM {pair.join} WHERE b.{quote(pair.attribute)} = {literal(value)};",
        (str(len(_related(scene, pair, value))),),
        second=pair.table,
    )


@family(most=120)
def join_lookup(scene: Scene) -> Draft | None:
    pair, link, item = _pair(scene), scene.categories[0], scene.item()
    column, phrase = (pair.attribute, pair.phrase) if scene.rng.random() < 0.5 else (pair.measure, pair.measure_phrase)
    value = item.texts[pair.link]
    answer = pair.texts[value] if column == pair.attribute else str(pair.numbers[value])
    return Draft(
        "other",
        (
            f"What is the {phrase} of the {link.phrase} that {item.key} has?",
            f"Look at the {link.phrase} of {item.key}: which {phrase} does it have?",
            f"Find the {phrase} that is recorded for the {link.phrase} of {item.key}.",
        ),
        f"join the tables on {pair.link} and read {column} for {item.key}",
        f"SELECT b.{quote(column)} FROM {pair.join} WHERE a.{scene.k} = {literal(item.key)};",
        (answer,),
        second=pair.table,
    )


@family(most=120)
def join_rank(scene: Scene) -> Draft | None:
    pair, link, measure = _pair(scene), scene.categories[0], scene.measure()
    value = pair.texts[scene.item().texts[pair.link]]
    related = _related(scene, pair, value)
    best = max(item.numbers[measure.column] for item in related)
    winner = only([item for item in related if item.numbers[measure.column] == best])
    if winner is None or len(related) < 2:
        return None
    thing = scene.domain.thing
    return Draft(
        "ranking",
        (
            f"Which {thing} has the highest {measure.phrase} among those whose {link.phrase} has the {pair.phrase} {value}?",
            f"Of all {scene.domain.things} with a {link.phrase} whose {pair.phrase} is {value}, which one leads in {measure.phrase}?",
            f"Consider each {thing} whose {link.phrase} has {value} as {pair.phrase}. Which has the greatest {measure.phrase}?",
        ),
        f"join the tables on {pair.link}, keep {value}, and order by {measure.column}",
        f"SELECT a.{scene.k} FROM {pair.join} WHERE b.{quote(pair.attribute)} = {literal(value)} "
        f"ORDER BY {number(measure.column).replace('CAST(', 'CAST(a.')} DESC LIMIT 1;",
        (winner.key,),
        second=pair.table,
        casts=(measure.column,),
    )


@family(most=120)
def join_sum(scene: Scene) -> Draft | None:
    pair, link, measure = _pair(scene), scene.categories[0], scene.measure()
    border = scene.rng.choice(sorted(pair.numbers.values()))
    related = [item for item in scene.items if pair.numbers[item.texts[pair.link]] >= border]
    if not 0 < len(related) < len(scene.items):
        return None
    return Draft(
        "aggregation-SUM",
        (
            f"What is the total {measure.phrase} of the {scene.domain.things} "
            f"whose {link.phrase} has a {pair.measure_phrase} of at least {border}?",
            f"Add up the {measure.phrase} of all {scene.domain.things} "
            f"that have a {link.phrase} with a {pair.measure_phrase} of {border} or more.",
            f"Counting only a {link.phrase} with a {pair.measure_phrase} not below {border}, what does the {measure.phrase} "
            f"of its {scene.domain.things} sum to?",
        ),
        f"join the tables on {pair.link}, keep {pair.measure} from {border} on, and sum {measure.column}",
        f"SELECT SUM({number(measure.column).replace('CAST(', 'CAST(a.')}) FROM {pair.join} "
        f"WHERE {number(pair.measure).replace('CAST(', 'CAST(b.')} >= {border};",
        (str(sum(item.numbers[measure.column] for item in related)),),
        second=pair.table,
        casts=(measure.column, pair.measure),
    )
