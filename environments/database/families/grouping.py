"""Questions that need GROUP BY."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from fractions import Fraction
from functools import partial

from environments.database.families import conditions
from environments.database.families.conditions import Condition
from environments.database.families.draft import Draft, enter, family, listing
from environments.database.families.extremes import HIGHEST, LOWEST
from environments.database.families.scene import Scene, number, spoken
from environments.database.families.side import Phrases
from environments.database.judge import quote

MOST = Phrases(
    (
        "Which {c} do most of the {rows} have?",
        "What is the most common {c} among the {rows}?",
        "Find the {c} that occurs most often among the {rows}.",
        "Among the {rows}, which {c} is the most frequent?",
        "Name the {c} shared by the largest number of {rows}.",
        "For which {c} are there the most {rows}?",
        "State the {c} with the most {rows}.",
        "Which value of {c} occurs most among the {rows}?",
        "Group the {rows} by {c}: which group is the largest?",
        "Tell me the {c} that the greatest number of {rows} have.",
        "What {c} is found most frequently among the {rows}?",
        "One {c} is the commonest among the {rows}. Which?",
        "Look at the {c} of the {rows}: which value occurs most often?",
        "I need the most frequent {c} of the {rows}.",
        "Report the most common {c} of the {rows}.",
        "Which {c} turns up most among the {rows}?",
        "Counting by {c}, which {c} do most {rows} have?",
        "Which {c} leads in the number of {rows}?",
    ),
    ("Report the {c} that turns up most often for the {rows}.", "Counting the {rows} by {c}, which {c} leads?"),
)
FEWEST = Phrases(
    (
        "Which {c} do the fewest {rows} have?",
        "Among the {rows}, which {c} is the rarest?",
        "Name the {c} shared by the smallest number of {rows}.",
        "For which {c} are there the fewest {rows}?",
        "What is the rarest {c} among the {rows}?",
        "Find the {c} that occurs most seldom among the {rows}.",
        "State the {c} with the fewest {rows}.",
        "Which value of {c} occurs most rarely among the {rows}?",
        "Group the {rows} by {c}: which group is the smallest?",
        "Tell me the {c} that the lowest number of {rows} have.",
        "What {c} is found most seldom among the {rows}?",
        "One {c} is the rarest among the {rows}. Which?",
        "Look at the {c} of the {rows}: which value is the rarest?",
        "I need the rarest {c} of the {rows}.",
        "Report the rarest {c} of the {rows}.",
        "Which {c} turns up least among the {rows}?",
        "Counting by {c}, which {c} do the fewest {rows} have?",
        "Which {c} comes last in the number of {rows}?",
    ),
    ("Report the {c} that turns up least often for the {rows}.", "Counting the {rows} by {c}, which {c} comes last?"),
)
TOTAL = Phrases(
    (
        "Which {c} has the {extreme} total {m}?",
        "If the {m} is added up for each {c}, which {c} has the {extreme} sum?",
        "Summed over its {things}, which {c} has the {extreme} {m}?",
        "Find the {c} whose {things} have the {extreme} total {m}.",
        "Add up the {m} per {c}: which one is the {extreme}?",
        "Name the {c} with the {extreme} sum of the {m}.",
        "Group the {things} by {c} and sum the {m}: which {c} has the {extreme} total?",
        "Tell me which {c} has the {extreme} {m} in total.",
        "State the {c} whose {things} have the {extreme} {m} altogether.",
        "For each {c}, sum the {m}. Which {c} has the {extreme} result?",
        "Which {c} has the {extreme} sum of the {m} over its {things}?",
        "What {c} has the {extreme} {m} altogether?",
        "I need the {c} with the {extreme} overall {m}, summed over its {things}.",
        "Report the {c} with the {extreme} total {m}.",
        "Totalling the {m} for each {c}, which {c} has the {extreme}?",
        "Which {c} has {things} with the {extreme} {m} together?",
        "Put together, the {things} of which {c} have the {extreme} {m}?",
    ),
    (
        "Totalling the {m} by {c}, which {c} is the {extreme}?",
        "Report the {c} whose {things} together have the {extreme} {m}.",
    ),
)
AVERAGE = Phrases(
    (
        "Which {c} has the {extreme} average {m}?",
        "If the {m} is averaged for each {c}, which {c} has the {extreme} mean?",
        "On average over its {things}, which {c} has the {extreme} {m}?",
        "Find the {c} whose {things} have the {extreme} average {m}.",
        "Average the {m} per {c}: which one is the {extreme}?",
        "Name the {c} with the {extreme} mean {m}.",
        "Group the {things} by {c} and average the {m}: which {c} has the {extreme} result?",
        "Tell me which {c} has the {extreme} {m} on average.",
        "State the {c} whose {things} have the {extreme} mean {m}.",
        "For each {c}, average the {m}. Which {c} has the {extreme} result?",
        "Which {c} has the {extreme} mean of the {m} over its {things}?",
        "What {c} has the {extreme} average {m} of its {things}?",
        "I need the {c} with the {extreme} {m}, averaged over its {things}.",
        "Report the {c} with the {extreme} average {m}.",
        "Taking the average {m} for each {c}, which {c} has the {extreme}?",
        "Which {c} has {things} with the {extreme} {m} on average?",
    ),
    (
        "Taking the mean {m} by {c}, which {c} is the {extreme}?",
        "Report the {c} whose {things} on average have the {extreme} {m}.",
    ),
)
SIZE = Phrases(
    (
        "Which values of {c} are shared by at least {n} {things}?",
        "List every {c} that {n} or more {things} have.",
        "For which {c} entries are there {n} {things} or more?",
        "Name each {c} with {n} {things} or more.",
        "Find all {c} values that occur for at least {n} {things}.",
        "Which {c} entries occur {n} times or more?",
        "Tell me every {c} that occurs at least {n} times.",
        "State all {c} entries with {n} or more {things}.",
        "Group the {things} by {c}: which groups have at least {n}?",
        "Which {c} values are found {n} times or more often?",
        "Give each {c} shared by {n} {things} or more.",
        "What are the {c} values with not fewer than {n} {things}?",
        "Count the {things} of each {c} and list every {c} with at least {n}.",
        "Report every {c} with {n} or more {things}.",
        "Which {c} do {n} or more {things} have in common?",
        "What {c} values have a minimum of {n} {things}?",
        "Which {c} values appear {n} times or more?",
    ),
    (
        "Report each {c} that {n} {things} or more have in common.",
        "What {c} values appear for a minimum of {n} {things}?",
    ),
)


def _winner(totals: Mapping[str, int | Fraction], highest: bool) -> str | None:
    """The one with the largest or the smallest total; None where two tie or there is only one."""
    ranked = sorted(totals, key=lambda name: totals[name], reverse=highest)
    return ranked[0] if len(ranked) > 1 and totals[ranked[0]] != totals[ranked[1]] else None


def _by_size(scene: Scene, condition: Condition, most: bool) -> Draft | None:
    if (part := condition(scene)) is None:
        return None
    category = scene.category(but=part.columns)
    taken = f"take the rows{part.plan}, " if part.plan else ""
    winner = _winner(Counter(item.texts[category.column] for item in part.items), most)
    if winner is None:
        return None
    column = quote(category.column)
    return Draft(
        kind="ranking",
        ask=MOST if most else FEWEST,
        slots={**part.slots, "c": category.phrase},
        plan=f"{taken}group by {category.column}, count each group and keep the {'largest' if most else 'smallest'}",
        sql=f"SELECT {column} FROM {scene.t}{part.where} GROUP BY {column}"
        f" ORDER BY COUNT(*) {'DESC' if most else 'ASC'} LIMIT 1;",
        answers=(winner,),
    )


def _by_measure(scene: Scene, average: bool) -> Draft | None:
    category, measure, highest = scene.category(), scene.measure(), scene.rng.random() < 0.5
    values: dict[str, list[int]] = defaultdict(list)
    for item in scene.items:
        values[item.texts[category.column]].append(item.numbers[measure.column])
    winner = _winner({name: Fraction(sum(v), len(v) if average else 1) for name, v in values.items()}, highest)
    if winner is None:
        return None
    column, function, verb = quote(category.column), *(("AVG", "average") if average else ("SUM", "sum"))
    return Draft(
        kind="ranking",
        ask=AVERAGE if average else TOTAL,
        slots={"c": category.phrase, "m": measure.phrase, "extreme": scene.say(HIGHEST if highest else LOWEST)},
        plan=f"group by {category.column}, {verb} {spoken(measure.column)} in each group and keep the"
        f" {'highest' if highest else 'lowest'}",
        sql=f"SELECT {column} FROM {scene.t} GROUP BY {column} "
        f"ORDER BY {function}({number(measure.column)}) {'DESC' if highest else 'ASC'} LIMIT 1;",
        answers=(winner,),
    )


@family(least=10)
def groups_of_size(scene: Scene) -> Draft | None:
    category = scene.category()
    sizes = Counter(item.texts[category.column] for item in scene.items)
    least = scene.rng.choice(sorted(sizes.values()))
    answers = listing([value for value, size in sizes.items() if size >= least])
    if answers is None or len(answers) == len(sizes) or least < 2:
        return None
    column = quote(category.column)
    return Draft(
        kind="comparison",
        ask=SIZE,
        slots={"c": category.phrase, "n": least},
        plan=f"group by {category.column} and keep the groups of {least} or more rows",
        sql=f"SELECT {column} FROM {scene.t} GROUP BY {column} HAVING COUNT(*) >= {least};",
        answers=answers,
    )


for _name, _condition in {
    "": conditions.everything,
    "_matching": conditions.matching,
    "_compared": conditions.compared,
}.items():
    enter(f"group_with_most{_name}", partial(_by_size, condition=_condition, most=True), least=10)
for _name, _condition in {"": conditions.everything, "_compared": conditions.compared}.items():
    enter(f"group_with_fewest{_name}", partial(_by_size, condition=_condition, most=False), least=10)
enter("group_by_sum", partial(_by_measure, average=False), least=8)
enter("group_by_average", partial(_by_measure, average=True), least=8)
