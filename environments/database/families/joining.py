"""Questions over two tables: the second describes the values of a column of the first."""

from __future__ import annotations

from typing import NamedTuple

from environments.database.families.draft import Draft, family, only
from environments.database.families.scene import Item, Scene, number, spoken
from environments.database.judge import quote
from environments.database.payload import Table
from environments.database.schema import literal
from environments.database.vocabulary.wording import wordings


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
    name = scene.rng.choice([table for table in companion.tables if table.casefold() != scene.table.casefold()])
    attribute, measure = scene.style(companion.attribute.column), scene.style(companion.measure.column)
    texts = {value: scene.rng.choice(companion.attribute.values) for value in link.values}
    numbers = {value: scene.rng.randint(companion.measure.low, companion.measure.high) for value in link.values}
    rows: list[list[str | None]] = [[value, texts[value], str(numbers[value])] for value in link.values]
    scene.rng.shuffle(rows)
    table = Table(name, [link.column, attribute, measure], rows)
    join = f"{quote(scene.table)} AS a JOIN {quote(name)} AS b ON a.{quote(link.column)} = b.{quote(link.column)}"
    return _Pair(
        table=table,
        attribute=attribute,
        phrase=companion.attribute.phrase,
        texts=texts,
        measure=measure,
        measure_phrase=companion.measure.phrase,
        numbers=numbers,
        link=link.column,
        join=join,
    )


def _related(scene: Scene, pair: _Pair, value: str) -> list[Item]:
    return [item for item in scene.items if pair.texts[item.texts[pair.link]] == value]


@family(most=120)
def join_count(scene: Scene) -> Draft | None:
    pair = _pair(scene)
    value = pair.texts[scene.item().texts[pair.link]]
    return Draft(
        kind="counting",
        ask=wordings().joining.count,
        slots=_slots(scene, pair, v=value),
        plan=f"join the tables on {pair.link} and count the rows where {pair.attribute} is {value}",
        sql=f"SELECT COUNT(*) FROM {pair.join} WHERE b.{quote(pair.attribute)} = {literal(value)};",
        answers=(str(len(_related(scene, pair, value))),),
        second=pair.table,
    )


@family(most=120)
def join_lookup(scene: Scene) -> Draft | None:
    pair, item = _pair(scene), scene.item()
    column, phrase = (pair.attribute, pair.phrase) if scene.rng.random() < 0.5 else (pair.measure, pair.measure_phrase)
    value = item.texts[pair.link]
    answer = pair.texts[value] if column == pair.attribute else str(pair.numbers[value])
    return Draft(
        kind="other",
        ask=wordings().joining.lookup,
        slots=_slots(scene, pair, d=phrase, key=item.key),
        plan=f"join the tables on {pair.link} and read {column} for {item.key}",
        sql=f"SELECT b.{quote(column)} FROM {pair.join} WHERE a.{scene.k} = {literal(item.key)};",
        answers=(answer,),
        second=pair.table,
    )


@family(most=120)
def join_rank(scene: Scene) -> Draft | None:
    pair, measure, highest = _pair(scene), scene.measure(), scene.rng.random() < 0.5
    value = pair.texts[scene.item().texts[pair.link]]
    related = _related(scene, pair, value)
    best = (max if highest else min)(item.numbers[measure.column] for item in related)
    winner = only([item for item in related if item.numbers[measure.column] == best])
    if winner is None or len(related) < 2:
        return None
    return Draft(
        kind="ranking",
        ask=wordings().joining.first,
        slots=_slots(scene, pair, v=value, m=measure.phrase, extreme=scene.extreme(highest)),
        plan=f"join the tables on {pair.link}, keep {pair.attribute} {value}, order by {spoken(measure.column)} "
        f"from the {'highest' if highest else 'lowest'} and keep one",
        sql=f"SELECT a.{scene.k} FROM {pair.join} WHERE b.{quote(pair.attribute)} = {literal(value)} "
        f"ORDER BY {_cast('a', measure.column)} {'DESC' if highest else 'ASC'} LIMIT 1;",
        answers=(winner.key,),
        second=pair.table,
    )


@family(most=120)
def join_sum(scene: Scene) -> Draft | None:
    pair, measure = _pair(scene), scene.measure()
    border = scene.rng.choice(sorted(pair.numbers.values()))
    related = [item for item in scene.items if pair.numbers[item.texts[pair.link]] >= border]
    if not 0 < len(related) < len(scene.items):
        return None
    return Draft(
        kind="aggregation-SUM",
        ask=wordings().joining.sum,
        slots=_slots(scene, pair, m=measure.phrase, d=pair.measure_phrase, n=border),
        plan=f"join the tables on {pair.link}, keep {spoken(pair.measure)} of at least {border}, and sum"
        f" {spoken(measure.column)}",
        sql=f"SELECT SUM({_cast('a', measure.column)}) FROM {pair.join} WHERE {_cast('b', pair.measure)} >= {border};",
        answers=(str(sum(item.numbers[measure.column] for item in related)),),
        second=pair.table,
    )


def _cast(alias: str, column: str) -> str:
    return number(column).replace("CAST(", f"CAST({alias}.")


def _slots(scene: Scene, pair: _Pair, **more: object) -> dict[str, object]:
    return {"c": scene.categories[0].phrase, "d": pair.phrase, **more}
