"""Questions that look a value up."""

from __future__ import annotations

from environments.database.families import conditions
from environments.database.families.draft import Draft, family, only
from environments.database.families.scene import Item, Scene
from environments.database.judge import quote
from environments.database.schema import literal
from environments.database.vocabulary.wording import wordings


def _value(item: Item, column: str) -> str:
    return item.texts[column] if column in item.texts else str(item.numbers[column])


@family()
def lookup_by_key(scene: Scene) -> Draft | None:
    item, column = scene.item(), scene.column()
    return Draft(
        kind="other",
        ask=wordings().lookup.by_key,
        slots={"c": column.phrase, "key": item.key},
        plan=f"read {column.column} in the row where {scene.key} is {item.key}",
        sql=f"SELECT {quote(column.column)} FROM {scene.t} WHERE {scene.k} = {literal(item.key)};",
        answers=(_value(item, column.column),),
    )


@family()
def lookup_two_columns(scene: Scene) -> Draft | None:
    item, first = scene.item(), scene.column()
    second = scene.column(but=(first.column,))
    return Draft(
        kind="other",
        ask=wordings().lookup.two_columns,
        slots={"c": first.phrase, "d": second.phrase, "key": item.key},
        plan=f"read {first.column} and {second.column} in the row where {scene.key} is {item.key}",
        sql=f"SELECT {quote(first.column)}, {quote(second.column)}"
        f" FROM {scene.t} WHERE {scene.k} = {literal(item.key)};",
        answers=(_value(item, first.column), _value(item, second.column)),
    )


@family()
def lookup_by_value(scene: Scene) -> Draft | None:
    measure, chosen = scene.measure(), scene.item()
    value = chosen.numbers[measure.column]
    if only([item for item in scene.items if item.numbers[measure.column] == value]) is None:
        return None
    return Draft(
        kind="other",
        ask=wordings().lookup.by_value,
        slots={"m": measure.phrase, "v": value},
        plan=f"read {scene.key} in the row where {measure.column} is {value}",
        sql=f"SELECT {scene.k} FROM {scene.t} WHERE {quote(measure.column)} = '{value}';",
        answers=(chosen.key,),
    )


@family(most=80)
def lookup_by_two(scene: Scene) -> Draft | None:
    part = conditions.two_equal(scene)
    if part is None or (chosen := only(part.items)) is None:
        return None
    measure = scene.measure()
    return Draft(
        kind="other",
        ask=wordings().lookup.by_two_values,
        slots={**part.slots, "m": measure.phrase},
        plan=f"read {measure.column} in the row{part.plan}",
        sql=f"SELECT {quote(measure.column)} FROM {scene.t}{part.where};",
        answers=(str(chosen.numbers[measure.column]),),
    )
