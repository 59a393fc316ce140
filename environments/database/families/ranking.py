"""Questions about the first, the last, or the n-th."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from environments.database.families import conditions
from environments.database.families.conditions import Condition, Part
from environments.database.families.draft import Draft, enter, family
from environments.database.families.scene import Item, Scene, number, spoken
from environments.database.judge import quote
from environments.database.schema import literal
from environments.database.vocabulary.domain import Measure
from environments.database.vocabulary.wording import wordings

ORDINALS = {2: "second", 3: "third", 4: "fourth", 5: "fifth"}


class _Order(NamedTuple):
    """A measure and a direction, in words and in SQL, and the items in that order."""

    measure: Measure
    descending: bool
    extreme: str
    plan: str
    sql: str
    ranked: Sequence[Item]


def _order(scene: Scene, items: Sequence[Item], but: Sequence[str] = ()) -> _Order | None:
    """Order `items` by some measure; None where there are fewer than three, or two of the first six tie."""
    measure, descending = scene.measure(but=but), scene.rng.random() < 0.5
    ranked = sorted(items, key=lambda item: item.numbers[measure.column], reverse=descending)
    leading = [item.numbers[measure.column] for item in ranked[:6]]
    if len(ranked) < 3 or len(set(leading)) != len(leading):
        return None
    plan = f"order by {spoken(measure.column)} from the {'highest' if descending else 'lowest'}"
    sql = f"ORDER BY {number(measure.column)} {'DESC' if descending else 'ASC'}"
    return _Order(
        measure=measure,
        descending=descending,
        extreme=scene.extreme(descending),
        plan=plan,
        sql=sql,
        ranked=ranked,
    )


def _taken(scene: Scene, part: Part) -> str:
    return f"read {scene.key} of the rows{part.plan}" if part.plan else f"read {scene.key}"


def _first(scene: Scene, condition: Condition) -> Draft | None:
    if (part := condition(scene)) is None or (order := _order(scene, part.items, part.columns)) is None:
        return None
    return Draft(
        kind="ranking",
        ask=wordings().ranking.first,
        slots={**part.slots, "extreme": order.extreme, "m": order.measure.phrase},
        plan=f"{_taken(scene, part)}, {order.plan} and keep one",
        sql=f"SELECT {scene.k} FROM {scene.t}{part.where} {order.sql} LIMIT 1;",
        answers=(order.ranked[0].key,),
    )


def _nth(scene: Scene, condition: Condition) -> Draft | None:
    if (part := condition(scene)) is None or (order := _order(scene, part.items, part.columns)) is None:
        return None
    place = scene.rng.randint(2, 5)
    if place > len(order.ranked):
        return None
    extreme = scene.say(wordings().extremes.nth_highest if order.descending else wordings().extremes.nth_lowest)
    plan = f"{order.plan}, skip {place - 1} and keep one"
    return Draft(
        kind="ranking",
        ask=wordings().ranking.first,
        slots={**part.slots, "extreme": f"{ORDINALS[place]} {extreme}", "m": order.measure.phrase},
        plan=f"{_taken(scene, part)}, {plan}",
        sql=f"SELECT {scene.k} FROM {scene.t}{part.where} {order.sql} LIMIT 1 OFFSET {place - 1};",
        answers=(order.ranked[place - 1].key,),
    )


def _top(scene: Scene, condition: Condition) -> Draft | None:
    if (part := condition(scene)) is None or (order := _order(scene, part.items, part.columns)) is None:
        return None
    count = scene.rng.randint(2, 5)
    if count >= len(order.ranked):
        return None
    plan = f"{order.plan} and keep {count}"
    return Draft(
        kind="ranking",
        ask=wordings().ranking.first_few,
        slots={**part.slots, "count": count, "extreme": order.extreme, "m": order.measure.phrase},
        plan=f"{_taken(scene, part)}, {plan}",
        sql=f"SELECT {scene.k} FROM {scene.t}{part.where} {order.sql} LIMIT {count};",
        answers=tuple(item.key for item in order.ranked[:count]),
    )


@family(least=6)
def value_of_first(scene: Scene) -> Draft | None:
    if (order := _order(scene, scene.items)) is None:
        return None
    column = scene.column(but=(order.measure.column,))
    first = order.ranked[0]
    return Draft(
        kind="ranking",
        ask=wordings().ranking.value_of_first,
        slots={"c": column.phrase, "extreme": order.extreme, "m": order.measure.phrase},
        plan=f"read {column.column} of one row, {order.plan}",
        sql=f"SELECT {quote(column.column)} FROM {scene.t} {order.sql} LIMIT 1;",
        answers=(first.texts.get(column.column) or str(first.numbers[column.column]),),
    )


@family()
def compare_named(scene: Scene) -> Draft | None:
    rivals = scene.rng.sample(list(scene.items), scene.rng.randint(3, 4))
    if (order := _order(scene, rivals)) is None:
        return None
    return Draft(
        kind="comparison",
        ask=wordings().ranking.first_of_named,
        slots={
            "names": ", ".join(item.key for item in rivals[:-1]) + f" and {rivals[-1].key}",
            "extreme": order.extreme,
            "m": order.measure.phrase,
        },
        plan=f"read {scene.key} where it is one of {', '.join(item.key for item in rivals)}, {order.plan} and keep one",
        sql=f"SELECT {scene.k} FROM {scene.t} WHERE {scene.k} IN ({', '.join(literal(item.key) for item in rivals)})"
        f" {order.sql} LIMIT 1;",
        answers=(order.ranked[0].key,),
    )


for _name, _condition in {
    "rank_first": conditions.everything,
    "rank_first_among": conditions.matching,
    "rank_first_either": conditions.either,
    "rank_first_other_than": conditions.other_than,
    "rank_first_compared": conditions.compared,
}.items():
    enter(_name, partial(_first, condition=_condition), least=8)
for _name, _condition in {"rank_nth": conditions.everything, "rank_nth_among": conditions.matching}.items():
    enter(_name, partial(_nth, condition=_condition), least=8)
for _name, _condition in {"rank_top": conditions.everything, "rank_top_among": conditions.matching}.items():
    enter(_name, partial(_top, condition=_condition), least=8)
