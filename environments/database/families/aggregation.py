"""Questions about sums, extremes and averages, over all rows or a part of them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from environments.database.families.draft import Draft, family
from environments.database.families.scene import Scene, number
from environments.database.judge import quote
from environments.database.schema import literal


def _part(scene: Scene) -> tuple[str, str, str, list[int], str] | None:
    """A part of the table in words and in SQL, a measure over it, and the measure's numbers."""
    measure, category = scene.measure(), scene.category()
    value = scene.item().texts[category.column]
    matching = [item.numbers[measure.column] for item in scene.items if item.texts[category.column] == value]
    if len(matching) < 2 or len(set(matching)) == 1:
        return None
    where = f"WHERE {quote(category.column)} = {literal(value)}"
    return f"the {scene.domain.things} with the {category.phrase} {value}", where, measure.phrase, matching, measure.column


@family(least=8)
def sum_of_part(scene: Scene) -> Draft | None:
    if (part := _part(scene)) is None:
        return None
    words, where, phrase, values, column = part
    return Draft(
        "aggregation-SUM",
        (
            f"What is the total {phrase} of {words}?",
            f"Add up the {phrase} over {words}: what is the sum?",
            f"Taken together, what {phrase} do {words} come to?",
        ),
        f"sum {column} over {words}",
        f"SELECT SUM({number(column)}) FROM {scene.t} {where};",
        (str(sum(values)),),
        casts=(column,),
    )


@family(most=60)
def sum_of_all(scene: Scene) -> Draft | None:
    measure, things = scene.measure(), scene.domain.things
    return Draft(
        "aggregation-SUM",
        (
            f"What is the sum of the {measure.phrase} over all {things}?",
            f"What does the {measure.phrase} of all {things} add up to?",
            f"Compute the total {measure.phrase} in the whole table of {things}.",
        ),
        f"sum {measure.column} over the whole table",
        f"SELECT SUM({number(measure.column)}) FROM {scene.t};",
        (str(sum(item.numbers[measure.column] for item in scene.items)),),
        casts=(measure.column,),
    )


@family(least=8)
def smallest_of_part(scene: Scene) -> Draft | None:
    if (part := _part(scene)) is None:
        return None
    words, where, phrase, values, column = part
    return Draft(
        "aggregation-MIN",
        (
            f"What is the smallest {phrase} among {words}?",
            f"Looking at {words}, what is the lowest {phrase}?",
            f"Give the minimum of the {phrase} over {words}.",
        ),
        f"take the minimum of {column} over {words}",
        f"SELECT MIN({number(column)}) FROM {scene.t} {where};",
        (str(min(values)),),
        casts=(column,),
    )


@family(least=8)
def largest_of_part(scene: Scene) -> Draft | None:
    if (part := _part(scene)) is None:
        return None
    words, where, phrase, values, column = part
    return Draft(
        "aggregation-MAX",
        (
            f"What is the largest {phrase} among {words}?",
            f"Looking at {words}, what is the highest {phrase}?",
            f"Give the maximum of the {phrase} over {words}.",
        ),
        f"take the maximum of {column} over {words}",
        f"SELECT MAX({number(column)}) FROM {scene.t} {where};",
        (str(max(values)),),
        casts=(column,),
    )


@family(least=8)
def average_of_part(scene: Scene) -> Draft | None:
    if (part := _part(scene)) is None:
        return None
    words, where, phrase, values, column = part
    mean = Fraction(sum(values), len(values))
    # A server rounds to four digits before it rounds to two: stay away from where that could differ.
    if abs(mean * 100 % 1 - Fraction(1, 2)) < Fraction(1, 50):
        return None
    rounded = (Decimal(mean.numerator) / Decimal(mean.denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return Draft(
        "aggregation-AVG",
        (
            f"What is the average {phrase} of {words}, rounded to two decimals?",
            f"Compute the mean {phrase} over {words} and round it to two decimals.",
            f"On average, what is the {phrase} of {words}? Round to two decimals.",
        ),
        f"average {column} over {words} and round to two decimals",
        f"SELECT ROUND(AVG({number(column)}), 2) FROM {scene.t} {where};",
        (str(rounded),),
        casts=(column,),
    )


@family()
def spread(scene: Scene) -> Draft | None:
    measure, things = scene.measure(), scene.domain.things
    values = [item.numbers[measure.column] for item in scene.items]
    cast = number(measure.column)
    return Draft(
        "other",
        (
            f"What is the difference between the largest and the smallest {measure.phrase} of the {things}?",
            f"By how much does the highest {measure.phrase} exceed the lowest one?",
            f"How far apart are the maximum and the minimum {measure.phrase} in the table of {things}?",
        ),
        f"subtract the minimum of {measure.column} from its maximum",
        f"SELECT MAX({cast}) - MIN({cast}) FROM {scene.t};",
        (str(max(values) - min(values)),),
        casts=(measure.column,),
    )
