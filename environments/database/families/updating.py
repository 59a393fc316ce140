"""Tasks that change rows."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from environments.database.families import conditions
from environments.database.families.conditions import Condition, Part
from environments.database.families.draft import Draft, enter, family
from environments.database.families.scene import Item, Scene, number, spoken
from environments.database.judge import quote
from environments.database.schema import literal
from environments.database.vocabulary.wording import Phrases, wordings


def _column(scene: Scene, but: Collection[str] = ()) -> tuple[str, str, str]:
    """Any column but the key, in SQL and in words, and a value for it."""
    column = scene.column(but=but)
    for category in scene.categories:
        if category.column == column.column:
            return column.column, column.phrase, scene.rng.choice(category.values)
    measure = next(measure for measure in scene.measures if measure.column == column.column)
    return measure.column, measure.phrase, str(scene.rng.randint(measure.low, measure.high))


def _changed(part: Part, items: Collection[Item], column: str, value: str | None) -> list[list[str | None]]:
    """The table's rows after a column of some items was set."""
    keys = {item.key for item in items}
    rows, position = part.scene.rows(), list(part.scene.order).index(column)
    for item, row in zip(part.scene.items, rows, strict=True):
        if item.key in keys:
            row[position] = value
    return rows


def _only(scene: Scene, item: Item) -> Part:
    """The row of one item."""
    return Part(scene=scene, words="", plan="", where=f" WHERE {scene.k} = {literal(item.key)}", items=[item])


@family()
def update_one_value(scene: Scene) -> Draft | None:
    item, (column, phrase, value) = scene.item(), _column(scene)
    part = _only(scene, item)
    return Draft(
        kind="UPDATE",
        ask=wordings().updating.one_value,
        slots={"c": phrase, "key": item.key, "v": value},
        plan=f"set {column} to {value} in the row where {scene.key} is {item.key}",
        sql=f"UPDATE {scene.t} SET {quote(column)} = {literal(value)}{part.where};",
        rows=_changed(part, [item], column, value),
        check=f"SELECT {quote(column)} FROM {scene.t}{part.where};",
    )


@family()
def update_two_values(scene: Scene) -> Draft | None:
    item, (first, phrase, value) = scene.item(), _column(scene)
    second, other_phrase, other = _column(scene, but=(first,))
    part, columns = _only(scene, item), list(scene.order)
    rows = _changed(part, [item], first, value)
    rows[scene.items.index(item)][columns.index(second)] = other
    return Draft(
        kind="UPDATE",
        ask=wordings().updating.two_values,
        slots={"c": phrase, "d": other_phrase, "key": item.key, "v": value, "w": other},
        plan=f"set {first} to {value} and {second} to {other} in the row where {scene.key} is {item.key}",
        sql=f"UPDATE {scene.t} SET {quote(first)} = {literal(value)}, {quote(second)} = {literal(other)}{part.where};",
        rows=rows,
        check=f"SELECT {quote(first)}, {quote(second)} FROM {scene.t}{part.where};",
    )


@family()
def update_key(scene: Scene) -> Draft | None:
    item, new = scene.item(), scene.fresh_key()
    part = _only(scene, item)
    return Draft(
        kind="UPDATE",
        ask=wordings().updating.rename,
        slots={"key": item.key, "new": new},
        plan=f"set {scene.key} to {new} in the row where {scene.key} is {item.key}",
        sql=f"UPDATE {scene.t} SET {scene.k} = {literal(new)}{part.where};",
        rows=_changed(part, [item], scene.key, new),
        check=f"SELECT COUNT(*) FROM {scene.t} WHERE {scene.k} = {literal(new)};",
    )


@family()
def update_whole_category(scene: Scene) -> Draft | None:
    category = scene.category()
    column, old = category.column, scene.item().texts[category.column]
    new = scene.rng.choice([value for value in category.values if value != old])
    part = Part(scene=scene, words="", plan="", where=f" WHERE {quote(column)} = {literal(old)}", items=scene.items)
    return Draft(
        kind="UPDATE",
        ask=wordings().updating.replace,
        slots={"c": category.phrase, "v": old, "w": new},
        plan=f"set {column} to {new} in the rows where {column} is {old}",
        sql=f"UPDATE {scene.t} SET {quote(column)} = {literal(new)}{part.where};",
        rows=_changed(part, [item for item in scene.items if item.texts[column] == old], column, new),
        check=f"SELECT COUNT(*) FROM {scene.t}{part.where};",
    )


def _set(scene: Scene, condition: Condition) -> Draft | None:
    if (part := condition(scene)) is None:
        return None
    column, phrase, value = _column(scene, but=part.columns)
    return _setting(part, wordings().updating.set, column, phrase, value)


def _fill(scene: Scene) -> Draft | None:
    """The gaps of a column are filled."""
    if (part := conditions.missing(scene)) is None:
        return None
    others = [column for column in scene.order if column not in part.columns]
    return _setting(part, wordings().updating.set, *_column(scene, but=others))


def _clear(scene: Scene, condition: Condition) -> Draft | None:
    if (part := condition(scene)) is None:
        return None
    column = scene.column(but=part.columns)
    return _setting(part, wordings().updating.clear, column.column, column.phrase, None)


def _setting(part: Part, ask: Phrases, column: str, phrase: str, value: str | None) -> Draft:
    scene = part.scene
    return Draft(
        kind="UPDATE",
        ask=ask,
        slots={**part.slots, "c": phrase, "v": value},
        plan=f"set {column} to {'NULL' if value is None else value} in the rows{part.plan}",
        sql=f"UPDATE {scene.t} SET {quote(column)} = {literal(value)}{part.where};",
        rows=_changed(part, part.items, column, value),
        main=scene.main_table(),
        check=(
            f"SELECT COUNT(*) FROM {scene.t} WHERE {quote(column)}"
            f" {'IS NULL' if value is None else '= ' + literal(value)};"
        ),
    )


def _by_amount(scene: Scene, condition: Condition | None) -> Draft | None:
    part = _only(scene, scene.item()) if condition is None else condition(scene)
    if part is None:
        return None
    measure, amount, up = scene.measure(but=part.columns), scene.rng.randint(2, 40), scene.rng.random() < 0.6
    keys = {item.key for item in part.items}
    changed = [
        (
            item._replace(
                numbers={**item.numbers, measure.column: item.numbers[measure.column] + (amount if up else -amount)}
            )
            if item.key in keys
            else item
        )
        for item in scene.items
    ]
    key = part.items[0].key
    slots, plan = (
        (part.slots, f"rows{part.plan}" if part.plan else "whole table")
        if condition
        else ({"key": key}, f"row where {scene.key} is {key}")
    )
    said = wordings().updating
    of_all, of_one = (said.raise_all, said.raise_one) if up else (said.lower_all, said.lower_one)
    return Draft(
        kind="UPDATE",
        ask=of_all if condition else of_one,
        slots={**slots, "m": measure.phrase, "n": amount},
        plan=f"{'add' if up else 'subtract'} {amount} {'to' if up else 'from'} {spoken(measure.column)} in the {plan}",
        sql=f"UPDATE {scene.t} SET {quote(measure.column)} = {number(measure.column)} {'+' if up else '-'}"
        f" {amount}{part.where};",
        rows=scene.rows(changed),
    )


for _name, _condition in {
    "update_matching": conditions.matching,
    "update_other_than": conditions.other_than,
    "update_either": conditions.either,
    "update_two_equal": conditions.two_equal,
    "update_compared": conditions.compared,
    "update_two_conditions": conditions.two_conditions,
    "update_between": conditions.between,
    "update_named_like": conditions.named_like,
}.items():
    enter(_name, partial(_set, condition=_condition), least=6)
enter("update_missing", _fill, least=6)
for _name, _condition in {
    "update_to_unknown": conditions.matching,
    "update_compared_to_unknown": conditions.compared,
}.items():
    enter(_name, partial(_clear, condition=_condition), least=6)
enter("update_one_by_amount", partial(_by_amount, condition=None))
for _name, _condition in {
    "update_all_by_amount": conditions.everything,
    "update_by_amount": conditions.matching,
    "update_either_by_amount": conditions.either,
    "update_compared_by_amount": conditions.compared,
}.items():
    enter(_name, partial(_by_amount, condition=_condition), least=6)
