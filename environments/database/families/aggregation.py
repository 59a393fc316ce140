"""Questions about sums, extremes and averages, over all rows or a part of them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import partial

from environments.database.families import conditions
from environments.database.families.conditions import Condition, Part
from environments.database.families.domain import Measure
from environments.database.families.draft import Draft, enter
from environments.database.families.extremes import HIGHEST, LOWEST
from environments.database.families.scene import Scene, number, spoken
from environments.database.families.side import Phrases

SUM = Phrases(
    (
        "What is the total {m} of the {rows}?",
        "Add up the {m} of the {rows}.",
        "What is the sum of the {m} over the {rows}?",
        "Taken together, what {m} do the {rows} come to?",
        "Compute the total {m} of all {rows}.",
        "Sum the {m} over every {row}.",
        "What does the {m} of the {rows} add up to?",
        "Calculate the sum of the {m} for all {rows}.",
        "What {m} do the {rows} have altogether?",
        "Tell me the total {m} over the {rows}.",
        "I need the overall {m} of the {rows}, that is, the sum.",
        "State the {m} of the {rows} as one total.",
        "If the {m} is summed over the {rows}, what comes out?",
        "What do you get when the {m} of all {rows} is added up?",
        "Adding up all {rows}, what {m} results?",
        "How high is the {m} of the {rows} in total?",
        "Report the total {m} of the {rows}.",
        "Put the {m} of all {rows} together: what is it?",
        "What is the combined {m} of all {rows}?",
        "How much {m} do the {rows} have together?",
    ),
    (
        "Put together, how much is the {m} of the {rows}?",
        "I want the combined {m} of the {rows}.",
    ),
)
EXTREME = Phrases(
    (
        "What is the {extreme} {m} among the {rows}?",
        "Looking at the {rows}, what is the {extreme} {m}?",
        "Give the {extreme} {m} of the {rows}.",
        "Find the {extreme} {m} that any {row} has.",
        "Tell me the {extreme} value of the {m} over the {rows}.",
        "What value is the {extreme} {m} of all {rows}?",
        "State the {extreme} {m} of all {rows}.",
        "Which is the {extreme} {m} that any of the {rows} has?",
        "Look up the {extreme} {m} among the {rows}.",
        "I need the {extreme} {m} over the {rows}.",
        "Of all values of the {m} among the {rows}, which is the {extreme}?",
        "Going through the {rows}, what is the {extreme} {m}?",
        "Say what is the {extreme} {m} of the {rows}.",
        "The {m} varies among the {rows}. What is its {extreme} value?",
        "Return the {extreme} {m} recorded for the {rows}.",
        "Report the {extreme} {m} of the {rows}.",
        "What {extreme} {m} is found among the {rows}?",
        "I would like the {extreme} {m} of any {row}.",
        "Find out the {extreme} {m} that the {rows} have.",
    ),
    (
        "For the {rows}, report the {extreme} {m}.",
        "I would like to know the {extreme} {m} found for any {row}.",
    ),
)
AVERAGE = Phrases(
    (
        "What is the average {m} of the {rows}, rounded to two decimals?",
        "Compute the mean {m} over the {rows} and round it to two decimals.",
        "On average, what is the {m} of the {rows}? Round to two decimals.",
        "Give the average {m} of the {rows} with two decimals.",
        "Find the mean {m} of the {rows}, rounded to two decimals.",
        "Rounded to two decimals, what is the average {m} among the {rows}?",
        "Tell me the mean {m} of all {rows} with two decimals.",
        "I need the average {m} over the {rows}, with two decimals.",
        "Calculate what the {rows} have as their average {m}. Give two decimals.",
        "State the average of the {m} for the {rows}, rounded to two decimals.",
        "Average the {m} over the {rows} and round to two decimals.",
        "If the {m} is averaged over the {rows}, what comes out? Round to two decimals.",
        "How high is the average {m} among the {rows}? Two decimals, please.",
        "Say what is the mean {m} of the {rows}, with two decimals.",
        "Determine the average {m} of all {rows}. Round it to two decimals.",
        "Report the mean {m} of the {rows} to two decimals.",
        "What is the mean of the {m} that the {rows} have (two decimals)?",
        "Take the average {m} over the {rows}, to two decimals.",
        "What is the {m} of a {row} on average? Give two decimals.",
    ),
    (
        "What {m} does a {row} have on average (two decimals)?",
        "Take the {m} of the {rows}: what is its mean, to two decimals?",
    ),
)
SPREAD = Phrases(
    (
        "What is the difference between the largest and the smallest {m} of the {rows}?",
        "Among the {rows}, by how much does the highest {m} exceed the lowest?",
        "How far apart are the maximum and the minimum {m} of the {rows}?",
        "Subtract the lowest {m} of the {rows} from the highest.",
        "How much larger is the greatest {m} than the smallest among the {rows}?",
        "Give the highest {m} minus the lowest {m} of the {rows}.",
        "What is the gap from the smallest to the largest {m} among the {rows}?",
        "Compute the largest {m} of the {rows} minus the smallest.",
        "Tell me the difference of the highest and the lowest {m} among the {rows}.",
        "The largest {m} of the {rows} minus the smallest: what is it?",
        "Deduct the minimum {m} of the {rows} from the maximum.",
        "By how much do the smallest and the largest {m} of the {rows} differ?",
        "State the maximum {m} of the {rows} less their minimum.",
        "I need the difference between the top and the lowest {m} of the {rows}.",
        "How wide apart are the lowest and the highest {m} of the {rows}?",
        "Report the distance from the smallest to the largest {m} of the {rows}.",
        "From the lowest to the highest {m} of the {rows}, how wide is the range?",
        "What lies between the smallest and the largest {m} of the {rows}, as a difference?",
    ),
    (
        "What distance lies between the lowest and the highest {m} of the {rows}?",
        "Over the {rows}, how wide is the range of the {m}, from smallest to largest?",
    ),
)


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
        SUM,
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
    extreme = scene.say(HIGHEST if largest else LOWEST)
    return _draft(f"aggregation-{name}", EXTREME, part, measure, plan, sql, str(value), extreme=extreme)


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
    return _draft("aggregation-AVG", AVERAGE, part, measure, plan if part.plan else plan.rstrip(","), sql, str(rounded))


def _spread(scene: Scene, condition: Condition) -> Draft | None:
    if (part := condition(scene)) is None or len(part.items) < 2:
        return None
    measure = scene.measure(but=part.columns)
    values = [item.numbers[measure.column] for item in part.items]
    cast = number(measure.column)
    plan = f"take the maximum of {spoken(measure.column)} minus its minimum"
    return _draft("other", SPREAD, part, measure, plan, f"MAX({cast}) - MIN({cast})", str(max(values) - min(values)))


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
