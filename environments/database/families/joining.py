"""Questions over two tables: the second describes the values of a column of the first."""

from __future__ import annotations

from typing import NamedTuple

from environments.database.families.draft import Draft, family, only
from environments.database.families.extremes import HIGHEST, LOWEST
from environments.database.families.scene import Item, Scene, number, spoken
from environments.database.families.side import Phrases
from environments.database.judge import quote
from environments.database.payload import Table
from environments.database.schema import literal

COUNT = Phrases(
    (
        "How many {things} belong to a {c} whose {d} is {v}?",
        "Count the {things} with a {c} that has the {d} {v}.",
        "What is the number of {things} that have a {c} with {v} as {d}?",
        "Tell me how many {things} have a {c} with the {d} {v}.",
        "The {d} is {v} for some values of {c}. How many {things} have one of them?",
        "I need the number of {things} whose {c} has the {d} {v}.",
        "State the number of {things} whose {c} is listed with {v} as {d}.",
        "How many {things} are there whose {c} has {v} as its {d}?",
        "Say how many {things} have a {c} whose {d} equals {v}.",
        "Look up the {d} of each {c}: how many {things} have one with {v}?",
        "Count all {things} with a {c} of the {d} {v}.",
        "How large is the number of {things} with a {c} that has the {d} {v}?",
        "Determine how many {things} have a {c} with {v} recorded as {d}.",
        "If only each {c} with {v} as {d} counts, how many {things} are there?",
        "Find out how many {things} have a {c} whose {d} is {v}.",
        "Report the number of {things} whose {c} has {v} as {d}.",
        "How many {things} go with a {c} of the {d} {v}?",
        "Taking only each {c} with {v} as {d}, count the {things}.",
    ),
    (
        "Find out how many {things} go with a {c} that has {v} as {d}.",
        "Taking each {c} with the {d} {v}: how many {things} are there?",
    ),
)
LOOKUP = Phrases(
    (
        "What is the {d} of the {c} that {key} has?",
        "Look at the {c} of {key}: which {d} does it have?",
        "Find the {d} that is recorded for the {c} of {key}.",
        "Which {d} does the {c} of {key} have?",
        "{key} has a {c}. What is the {d} of that {c}?",
        "Tell me the {d} of the {c} of {key}.",
        "State the {d} of the {c} that is recorded for {key}.",
        "Look up the {c} of {key}, then its {d}. What is that {d}?",
        "What {d} is listed for the {c} of {key}?",
        "I need the {d} of the {c} of {key}.",
        "For the {c} of {key}, what is the {d}?",
        "Say which {d} the {c} of {key} has.",
        "Determine the {d} of the {c} that {key} has.",
        "{key} has some {c}: tell me the {d} of it.",
        "Report the {d} of the {c} of {key}.",
        "Which {d} goes with the {c} of {key}?",
        "What {d} belongs to the {c} that {key} has?",
        "Take the {c} of {key}: which {d} belongs to it?",
    ),
    ("Report the {d} belonging to the {c} of {key}.", "Take the {c} given for {key}: what {d} goes with it?"),
)
RANK = Phrases(
    (
        "Which {thing} has the {extreme} {m} among those whose {c} has the {d} {v}?",
        "Of all {things} with a {c} whose {d} is {v}, which one has the {extreme} {m}?",
        "Consider each {thing} whose {c} has {v} as {d}. Which has the {extreme} {m}?",
        "Name the {thing} with the {extreme} {m} among those with {v} as the {d} of their {c}.",
        "Among the {things} that have a {c} with the {d} {v}, find the one with the {extreme} {m}.",
        "Look at the {things} whose {c} has the {d} {v}: which one has the {extreme} {m}?",
        "Tell me which {thing} has the {extreme} {m} of those with a {c} whose {d} is {v}.",
        "State the {thing} with the {extreme} {m} whose {c} has the {d} {v}.",
        "If only each {c} with the {d} {v} counts, which {thing} has the {extreme} {m}?",
        "Some {things} have a {c} with {v} as {d}. Which of them has the {extreme} {m}?",
        "I need the {thing} with the {extreme} {m} among those with a {c} of the {d} {v}.",
        "Of the {things} whose {c} has {v} as its {d}, name the one with the {extreme} {m}.",
        "Which of the {things} with a {c} that has the {d} {v} has the {extreme} {m}?",
        "Report which {thing} has the {extreme} {m} of those whose {c} has the {d} {v}.",
        "Taking only the {things} whose {c} has {v} as {d}, which one has the {extreme} {m}?",
        "What {thing} has the {extreme} {m} where the {c} goes with the {d} {v}?",
    ),
    (
        "Report the {thing} with the {extreme} {m}, taking only those whose {c} goes with the {d} {v}.",
        "Where the {d} of the {c} is {v}, what {thing} shows the {extreme} {m}?",
    ),
)
SUM = Phrases(
    (
        "What is the total {m} of the {things} whose {c} has a {d} of at least {n}?",
        "Add up the {m} of all {things} that have a {c} with a {d} of {n} or more.",
        "What does the {m} of the {things} sum to whose {c} has a {d} not below {n}?",
        "Compute the sum of the {m} over the {things} whose {c} has a {d} of {n} or more.",
        "Among the {things} with a {d} of at least {n} for their {c}, what is the total {m}?",
        "Sum the {m} of each {thing} whose {c} has a {d} of at least {n}.",
        "Tell me the total {m} of all {things} whose {c} has a {d} of {n} or more.",
        "What {m} do the {things} have altogether whose {c} has a {d} of at least {n}?",
        "If only each {c} with a {d} of at least {n} counts, what is the total {m} of the {things}?",
        "State the sum of the {m} for the {things} with a {c} whose {d} is at least {n}.",
        "Some {things} have a {c} with a {d} of {n} or more. What is their total {m}?",
        "I need the {m} altogether for all {things} whose {c} has a {d} of {n} or more.",
        "Calculate the total {m} for each {thing} with a {c} whose {d} is not below {n}.",
        "Report the total {m} of the {things} whose {c} has a {d} of at least {n}.",
        "How much {m} do the {things} have together whose {c} has a {d} of {n} or higher?",
        "What is the combined {m} of the {things} with a {c} whose {d} is not less than {n}?",
    ),
    (
        "Put together, how much is the {m} of the {things} whose {c} has a {d} no less than {n}?",
        "I want the combined {m} of the {things} where the {d} of the {c} is {n} or higher.",
    ),
)


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
        ask=COUNT,
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
        ask=LOOKUP,
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
        ask=RANK,
        slots=_slots(scene, pair, v=value, m=measure.phrase, extreme=scene.say(HIGHEST if highest else LOWEST)),
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
        ask=SUM,
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
