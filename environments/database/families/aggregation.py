"""Questions about sums, extremes and averages, over all rows or a part of them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import partial

from environments.database.families import conditions
from environments.database.families.conditions import Condition, Part
from environments.database.families.draft import Draft, enter
from environments.database.families.scene import Scene, number, spoken
from environments.database.vocabulary.domain import Measure
from environments.database.vocabulary.wording import Phrases, wordings


def _draft(
    kind: str, ask: Phrases, part: Part, measure: Measure, plan: str, sql: str, answer: str, **slots: object
) -> Draft:
    return Draft(
        kind=kind,
        ask=ask,
        slots={**part.slots, "m": measure.phrase, **slots},
        plan=f"{plan}{part.plan}",
        sql=f"SELECT {sql} FROM {part.scene.t}{part.where};",
        answers=(answer,),
    )


def _sum(scene: Scene, condition: Condition) -> Draft | None:
    if (part := condition(scene)) is None:
        return None
    measure = scene.measure(but=part.columns)
    total = sum(item.numbers[measure.column] for item in part.items)
    return _draft(
        "aggregation-SUM",
        wordings().aggregation.sum,
        part,
        measure,
        f"sum {spoken(measure.column)}",
        f"SUM({number(measure.column)})",
        str(total),
    )


def _extreme(scene: Scene, condition: Condition, largest: bool) -> Draft | None:
    if (part := condition(scene)) is None or len(part.items) < 2:
        return None
    measure = scene.measure(but=part.columns)
    values = [item.numbers[measure.column] for item in part.items]
    name, word, value = ("MAX", "maximum", max(values)) if largest else ("MIN", "minimum", min(values))
    plan, sql = f"take the {word} of {spoken(measure.column)}", f"{name}({number(measure.column)})"
    return _draft(
        f"aggregation-{name}",
        wordings().aggregation.extreme,
        part,
        measure,
        plan,
        sql,
        str(value),
        extreme=scene.extreme(largest),
    )


def _average(scene: Scene, condition: Condition) -> Draft | None:
    if (part := condition(scene)) is None or len(part.items) < 2:
        return None
    measure = scene.measure(but=part.columns)
    mean = Fraction(sum(item.numbers[measure.column] for item in part.items), len(part.items))
    # A server rounds to four digits before it rounds to two: stay away from where that could differ.
    if abs(mean * 100 % 1 - Fraction(1, 2)) < Fraction(1, 50):
        return None
    rounded = (Decimal(mean.numerator) / Decimal(mean.denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    plan, sql = (
        f"average {spoken(measure.column)}, rounded to two decimals,",
        f"ROUND(AVG({number(measure.column)}), 2)",
    )
    return _draft(
        "aggregation-AVG",
        wordings().aggregation.average,
        part,
        measure,
        plan if part.plan else plan.rstrip(","),
        sql,
        str(rounded),
    )


def _spread(scene: Scene, condition: Condition) -> Draft | None:
    if (part := condition(scene)) is None or len(part.items) < 2:
        return None
    measure = scene.measure(but=part.columns)
    values = [item.numbers[measure.column] for item in part.items]
    cast = number(measure.column)
    plan = f"take the maximum of {spoken(measure.column)} minus its minimum"
    return _draft(
        "other",
        wordings().aggregation.spread,
        part,
        measure,
        plan,
        f"MAX({cast}) - MIN({cast})",
        str(max(values) - min(values)),
    )


for _suffix, _condition in {
    "all": conditions.everything,
    "part": conditions.matching,
    "other_than": conditions.other_than,
    "either": conditions.either,
    "compared": conditions.compared,
}.items():
    enter(f"sum_of_{_suffix}", partial(_sum, condition=_condition), least=8)
    enter(f"smallest_of_{_suffix}", partial(_extreme, condition=_condition, largest=False), least=8)
    enter(f"largest_of_{_suffix}", partial(_extreme, condition=_condition, largest=True), least=8)
    enter(f"average_of_{_suffix}", partial(_average, condition=_condition), least=8)
for _suffix, _condition in {"all": conditions.everything, "part": conditions.matching}.items():
    enter(f"spread_of_{_suffix}", partial(_spread, condition=_condition), least=8)
