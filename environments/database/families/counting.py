"""Questions whose answer is a number of rows, or of different values."""

from __future__ import annotations

from functools import partial

from environments.database.families import conditions
from environments.database.families.conditions import Condition
from environments.database.families.draft import Draft, enter
from environments.database.families.scene import Scene
from environments.database.judge import quote
from environments.database.vocabulary.wording import wordings


def _count(scene: Scene, condition: Condition) -> Draft | None:
    if (part := condition(scene)) is None:
        return None
    return Draft(
        kind="counting",
        ask=wordings().counting.count,
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
        ask=wordings().counting.count_distinct,
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
