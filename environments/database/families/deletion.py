"""Tasks that remove rows."""

from __future__ import annotations

from functools import partial

from environments.database.families import conditions
from environments.database.families.conditions import Condition
from environments.database.families.draft import Draft, enter, family
from environments.database.families.scene import Scene, number, spoken
from environments.database.schema import literal
from environments.database.vocabulary.wording import wordings


@family()
def delete_one(scene: Scene) -> Draft | None:
    item = scene.item()
    return Draft(
        kind="DELETE",
        ask=wordings().deletion.one_row,
        slots={"key": item.key},
        plan=f"delete the row where {scene.key} is {item.key}",
        sql=f"DELETE FROM {scene.t} WHERE {scene.k} = {literal(item.key)};",
        rows=scene.rows([other for other in scene.items if other is not item]),
        check=f"SELECT COUNT(*) FROM {scene.t} WHERE {scene.k} = {literal(item.key)};",
    )


@family()
def delete_two_named(scene: Scene) -> Draft | None:
    one, two = scene.rng.sample(list(scene.items), 2)
    names = f"{scene.k} IN ({literal(one.key)}, {literal(two.key)})"
    return Draft(
        kind="DELETE",
        ask=wordings().deletion.two_rows,
        slots={"key": one.key, "other": two.key},
        plan=f"delete the two rows where {scene.key} is one of {one.key}, {two.key}",
        sql=f"DELETE FROM {scene.t} WHERE {names};",
        rows=scene.rows([other for other in scene.items if other not in (one, two)]),
        check=f"SELECT COUNT(*) FROM {scene.t} WHERE {names};",
    )


@family(least=6)
def delete_first(scene: Scene) -> Draft | None:
    measure, highest = scene.measure(), scene.rng.random() < 0.5
    ranked = sorted(scene.items, key=lambda item: item.numbers[measure.column], reverse=highest)
    if ranked[0].numbers[measure.column] == ranked[1].numbers[measure.column]:
        return None
    return Draft(
        kind="DELETE",
        ask=wordings().deletion.first_row,
        slots={"m": measure.phrase, "extreme": scene.extreme(highest)},
        plan=f"delete one row: the first in the order by {spoken(measure.column)} from the"
        f" {'highest' if highest else 'lowest'}",
        sql=f"DELETE FROM {scene.t} ORDER BY {number(measure.column)} {'DESC' if highest else 'ASC'} LIMIT 1;",
        rows=scene.rows([item for item in scene.items if item is not ranked[0]]),
    )


def _delete(scene: Scene, condition: Condition) -> Draft | None:
    if (part := condition(scene)) is None:
        return None
    return Draft(
        kind="DELETE",
        ask=wordings().deletion.matching_rows,
        slots=part.slots,
        plan=f"delete the rows{part.plan}",
        sql=f"DELETE FROM {scene.t}{part.where};",
        rows=part.scene.rows(part.others),
        main=part.scene.main_table(),
        check=f"SELECT COUNT(*) FROM {scene.t}{part.where};",
    )


for _name, _condition in {
    "delete_matching": conditions.matching,
    "delete_other_than": conditions.other_than,
    "delete_either": conditions.either,
    "delete_two_equal": conditions.two_equal,
    "delete_excluding": conditions.excluding,
    "delete_compared": conditions.compared,
    "delete_two_conditions": conditions.two_conditions,
    "delete_between": conditions.between,
    "delete_named_like": conditions.named_like,
    "delete_missing": conditions.missing,
}.items():
    enter(_name, partial(_delete, condition=_condition), least=6)
