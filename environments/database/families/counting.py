"""Questions whose answer is a number of rows, or of different values."""

from __future__ import annotations

from functools import partial

from environments.database.families import conditions
from environments.database.families.conditions import Condition
from environments.database.families.draft import Draft, enter
from environments.database.families.scene import Scene
from environments.database.families.side import Phrases
from environments.database.judge import quote

COUNT = Phrases(
    (
        "How many {rows} are there?",
        "Count the {rows}.",
        "What is the number of {rows}?",
        "How many {rows} does the table {table} hold?",
        "Tell me how many {rows} are recorded.",
        "I need the number of {rows}.",
        "Please count all {rows} in {table}.",
        "Tell me the quantity of {rows}.",
        "There are how many {rows}?",
        "Give the number of {rows} in {table}.",
        "{table} has how many {rows}?",
        "Look at {table}: how many {rows} does it list?",
        "The {rows} in {table}: how many are they?",
        "In {table}, how many {rows} are there?",
        "Determine the number of {rows}.",
        "Do you know how many {rows} {table} contains?",
        "How large is the number of {rows}?",
        "Find out the number of {rows}.",
        "Work out the number of {rows} in {table}.",
        "Report how many {rows} there are.",
        "What count of {rows} does {table} have?",
        "How many {rows} appear in the table?",
        "Check {table}: how many {rows} are there?",
    ),
    (
        "Find out how many {rows} appear in {table}.",
        "What is the count of {rows}?",
        "Work out how many {rows} {table} has.",
    ),
)
COUNT_DISTINCT = Phrases(
    (
        "How many different values of {c} occur among the {rows}?",
        "Count the distinct entries for {c} among the {rows}.",
        "How many distinct values does the {c} have for the {rows}?",
        "What is the number of different values in {c} among the {rows}?",
        "Tell me how many different entries for {c} the {rows} have.",
        "Count each value of {c} once: how many are found among the {rows}?",
        "How many separate values of {c} do the {rows} have?",
        "State the number of distinct {c} entries among the {rows}.",
        "Leaving out doubles, how many entries for {c} do the {rows} have?",
        "Among the {rows}, how many different values of {c} are there?",
        "If every {c} is counted only once, how many do the {rows} have?",
        "I need the number of separate entries for {c} among the {rows}.",
        "Determine how many distinct values the {rows} have for {c}.",
        "Say how many kinds of {c} there are among the {rows}.",
        "Find out how many unique values of {c} the {rows} have.",
        "Without counting repeats, how many {c} entries do the {rows} have?",
        "Report how many different {c} values appear among the {rows}.",
        "How many unique {c} entries are there among the {rows}?",
    ),
    (
        "Not counting repeats, how many values of {c} appear among the {rows}?",
        "Find the number of unique values of {c} among the {rows}.",
    ),
)


def _count(scene: Scene, condition: Condition) -> Draft | None:
    if (part := condition(scene)) is None:
        return None
    return Draft(
        kind="counting",
        ask=COUNT,
        slots=part.slots,
        plan=f"count the rows{part.plan or ' of the whole table'}",
        sql=f"SELECT COUNT(*) FROM {scene.t}{part.where};",
        answers=(str(len(part.items)),),
        main=part.scene.main_table(),
    )


def _count_distinct(scene: Scene, condition: Condition) -> Draft | None:
    if (part := condition(scene)) is None:
        return None
    category = scene.category(but=part.columns)
    return Draft(
        kind="counting",
        ask=COUNT_DISTINCT,
        slots={**part.slots, "c": category.phrase},
        plan=f"count the distinct values of {category.column}{part.plan}",
        sql=f"SELECT COUNT(DISTINCT {quote(category.column)}) FROM {scene.t}{part.where};",
        answers=(str(len({item.texts[category.column] for item in part.items})),),
    )


for _name, _condition in {
    "count_all": conditions.everything,
    "count_matching": conditions.matching,
    "count_other_than": conditions.other_than,
    "count_either": conditions.either,
    "count_two_equal": conditions.two_equal,
    "count_excluding": conditions.excluding,
    "count_compared": conditions.compared,
    "count_two_conditions": conditions.two_conditions,
    "count_between": conditions.between,
    "count_named_like": conditions.named_like,
    "count_missing": conditions.missing,
    "count_above_average": conditions.above_average,
}.items():
    enter(_name, partial(_count, condition=_condition), least=6)

for _name, _condition in {
    "count_distinct": conditions.everything,
    "count_distinct_matching": conditions.matching,
    "count_distinct_compared": conditions.compared,
}.items():
    enter(_name, partial(_count_distinct, condition=_condition), least=6)
