"""Questions that list what matches a condition."""

from __future__ import annotations

from functools import partial

from environments.database.families import conditions
from environments.database.families.conditions import Condition
from environments.database.families.draft import Draft, enter, listing
from environments.database.families.scene import Scene
from environments.database.judge import quote
from environments.database.vocabulary.wording import wordings


def _list(scene: Scene, condition: Condition) -> Draft | None:
    if (part := condition(scene)) is None or (answers := listing([item.key for item in part.items])) is None:
        return None
    return Draft(
        kind="comparison",
        ask=wordings().listing.names,
        slots={**part.slots, "name": scene.key_word},
        plan=f"list {scene.key} of the rows{part.plan}",
        sql=f"SELECT {scene.k} FROM {scene.t}{part.where};",
        answers=answers,
        main=part.scene.main_table(),
    )


def _list_distinct(scene: Scene, condition: Condition) -> Draft | None:
    if (part := condition(scene)) is None:
        return None
    category = scene.category(but=part.columns)
    answers = listing(sorted({item.texts[category.column] for item in part.items}))
    if answers is None:
        return None
    return Draft(
        kind="comparison",
        ask=wordings().listing.distinct_values,
        slots={**part.slots, "c": category.phrase},
        plan=f"list the distinct values of {category.column}{part.plan}",
        sql=f"SELECT DISTINCT {quote(category.column)} FROM {scene.t}{part.where};",
        answers=answers,
    )


for _name, _condition in {
    "list_matching": conditions.matching,
    "list_either": conditions.either,
    "list_other_than": conditions.other_than,
    "list_two_equal": conditions.two_equal,
    "list_excluding": conditions.excluding,
    "list_compared": conditions.compared,
    "list_two_conditions": conditions.two_conditions,
    "list_between": conditions.between,
    "list_named_like": conditions.named_like,
    "list_missing": conditions.missing,
}.items():
    enter(_name, partial(_list, condition=_condition), least=6, most=60)

for _name, _condition in {
    "list_distinct": conditions.everything,
    "list_distinct_matching": conditions.matching,
    "list_distinct_compared": conditions.compared,
}.items():
    enter(_name, partial(_list_distinct, condition=_condition), least=6)
