"""Questions about the first, the last, or the n-th."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from environments.database.families import conditions
from environments.database.families.conditions import Condition, Part
from environments.database.families.domain import Measure
from environments.database.families.draft import Draft, enter, family
from environments.database.families.extremes import HIGHEST, LOWEST, NTH_HIGHEST, NTH_LOWEST, ORDINALS
from environments.database.families.scene import Item, Scene, number, spoken
from environments.database.families.side import Phrases
from environments.database.judge import quote
from environments.database.schema import literal

FIRST = Phrases(
    (
        "Which of the {rows} has the {extreme} {m}?",
        "Name the {row} that has the {extreme} {m}.",
        "Among the {rows}, which one has the {extreme} {m}?",
        "Of all {rows}, which has the {extreme} {m}?",
        "Find the one with the {extreme} {m} among the {rows}.",
        "Look at the {rows}: which one has the {extreme} {m}?",
        "I want to know which of the {rows} has the {extreme} {m}.",
        "State which of the {rows} has the {extreme} {m}.",
        "Tell me which of the {rows} has the {extreme} {m}.",
        "Look up the one with the {extreme} {m} of all {rows}.",
        "The {extreme} {m} among the {rows}: which one has it?",
        "Order the {rows} by {m}: which one has the {extreme} value?",
        "I need the one with the {extreme} {m} among the {rows}.",
        "Taking all {rows}, say which has the {extreme} {m}.",
        "What is the one called that has the {extreme} {m} of the {rows}?",
        "Compare the {rows} by {m}: which has the {extreme} value?",
        "Report which of the {rows} has the {extreme} {m}.",
        "From the {rows}, take the one with the {extreme} {m}: what is its name?",
        "Comparing all {rows}, which one has the {extreme} {m}?",
        "Ranked by {m}, which of the {rows} is the {extreme}?",
    ),
    (
        "Comparing the {rows} by {m}, which one is the {extreme}?",
        "Report the name of the one with the {extreme} {m} from the {rows}.",
    ),
)
TOP = Phrases(
    (
        "Which {count} of the {rows} have the {extreme} {m}?",
        "List the {count} with the {extreme} {m} among the {rows}.",
        "Among the {rows}, name the {count} with the {extreme} {m}.",
        "Find the {count} that have the {extreme} {m} of all {rows}.",
        "Order the {rows} by {m} and give the {count} with the {extreme} values.",
        "Give me {count} of the {rows}: those with the {extreme} {m}.",
        "State the {count} of the {rows} that have the {extreme} {m}.",
        "Tell me which {count} have the {extreme} {m} of all {rows}.",
        "Look at the {rows} and say which {count} have the {extreme} {m}.",
        "Sort the {rows} by {m}: which {count} have the {extreme} values?",
        "I need {count} names: those of the {rows} that have the {extreme} {m}.",
        "Of all {rows}, what {count} have the {extreme} {m}?",
        "Going by {m}, give the {extreme} {count} of the {rows}.",
        "Report which {count} of the {rows} have the {extreme} {m}.",
        "Ranked by {m}, which {count} of the {rows} are the {extreme}?",
        "From the {rows}, take the {count} with the {extreme} {m}: what are their names?",
        "Comparing the {rows} by {m}, name the {extreme} {count}.",
    ),
    (
        "From the {rows}, report the {count} whose {m} is the {extreme}.",
        "Ranking the {rows} by {m}, which {count} have the {extreme}?",
    ),
)
VALUE_OF_FIRST = Phrases(
    (
        "What is the {c} of the {thing} with the {extreme} {m}?",
        "Which {c} does the {thing} with the {extreme} {m} have?",
        "Find the {thing} with the {extreme} {m} and give its {c}.",
        "Look up the {c} of the {thing} that has the {extreme} {m}.",
        "The {thing} with the {extreme} {m}: what is its {c}?",
        "Tell me the {c} recorded for the {thing} with the {extreme} {m}.",
        "State the {c} of the {thing} that has the {extreme} {m}.",
        "Say what {c} the {thing} with the {extreme} {m} has.",
        "What {c} is listed for the {thing} with the {extreme} {m}?",
        "Go to the {thing} with the {extreme} {m}: I need its {c}.",
        "Some {thing} has the {extreme} {m}. What is its {c}?",
        "For the {thing} with the {extreme} {m}, look up the {c}.",
        "Order by {m} and tell me the {c} of the {thing} with the {extreme} value.",
        "Report the {c} of the {thing} with the {extreme} {m}.",
        "What {c} belongs to the {thing} with the {extreme} {m}?",
        "Which entry for {c} does the {thing} have whose {m} is the {extreme}?",
        "One {thing} has the {extreme} {m}: what is its {c}?",
    ),
    (
        "One {thing} has the {extreme} {m}. Report its {c}.",
        "What entry for {c} belongs to the {thing} whose {m} is the {extreme}?",
    ),
)
COMPARE_NAMED = Phrases(
    (
        "Of {names}, which one has the {extreme} {m}?",
        "Compare {names}: which has the {extreme} {m}?",
        "Which of these has the {extreme} {m}: {names}?",
        "Who or what has the {extreme} {m} among {names}?",
        "Among {names}, name the one with the {extreme} {m}.",
        "Look at {names} and tell me which has the {extreme} {m}.",
        "Tell me which of {names} has the {extreme} {m}.",
        "State the one with the {extreme} {m} out of {names}.",
        "{names}: which one has the {extreme} {m}?",
        "Take {names}. Which has the {extreme} {m}?",
        "I need to know which of {names} has the {extreme} {m}.",
        "The {extreme} {m} of {names}: say which one has it.",
        "Out of {names}, pick the one with the {extreme} {m}.",
        "Report which of {names} has the {extreme} {m}.",
        "Whose {m} is the {extreme}: {names}?",
        "Consider {names}: which one has the {extreme} {m}?",
        "Comparing {names}, which is the one having the {extreme} {m}?",
    ),
    (
        "Consider only {names}. Whose {m} is the {extreme}?",
        "Between {names}, report the one having the {extreme} {m}.",
    ),
)


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
        extreme=scene.say(HIGHEST if descending else LOWEST),
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
        ask=FIRST,
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
    extreme = scene.say(NTH_HIGHEST if order.descending else NTH_LOWEST)
    plan = f"{order.plan}, skip {place - 1} and keep one"
    return Draft(
        kind="ranking",
        ask=FIRST,
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
        ask=TOP,
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
        ask=VALUE_OF_FIRST,
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
        ask=COMPARE_NAMED,
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
