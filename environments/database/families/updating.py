"""Tasks that change rows."""

from __future__ import annotations

from collections.abc import Callable

from environments.database.families.draft import Draft, family
from environments.database.families.scene import Item, Scene, number
from environments.database.judge import quote
from environments.database.schema import literal

Cells = list[list[str | None]]


def _with_numbers(scene: Scene, column: str, change: Callable[[Item], int | None]) -> Cells:
    """The rows after a measure was changed where `change` gives a number."""
    changed = []
    for item in scene.items:
        value = change(item)
        changed.append(item if value is None else item._replace(numbers={**item.numbers, column: value}))
    return scene.rows(changed)


def _with_texts(scene: Scene, column: str, change: Callable[[Item], str | None]) -> Cells:
    """The rows after a category was changed where `change` gives a text."""
    changed = []
    for item in scene.items:
        value = change(item)
        changed.append(item if value is None else item._replace(texts={**item.texts, column: value}))
    return scene.rows(changed)


@family()
def update_one_value(scene: Scene) -> Draft | None:
    item, measure = scene.item(), scene.measure()
    value = scene.rng.randint(measure.low, measure.high)
    return Draft(
        "UPDATE",
        (
            f"Update {scene.table} so that the {measure.phrase} of {item.key} is {value}.",
            f"The {measure.phrase} of {item.key} is wrong in the table {scene.table}; it should be {value}. Correct it.",
            f"Set the {measure.phrase} to {value} for the {scene.domain.thing} {item.key} in {scene.table}.",
        ),
        f"update {measure.column} in the row of {item.key}",
        f"UPDATE {scene.t} SET {quote(measure.column)} = '{value}' WHERE {scene.k} = {literal(item.key)};",
        rows=_with_numbers(scene, measure.column, lambda other: value if other is item else None),
        check=f"SELECT {quote(measure.column)} FROM {scene.t} WHERE {scene.k} = {literal(item.key)};",
    )


@family()
def update_two_values(scene: Scene) -> Draft | None:
    item, measure, category = scene.item(), scene.measure(), scene.category()
    value, text = scene.rng.randint(measure.low, measure.high), scene.rng.choice(category.values)
    updated = Item(item.key, {**item.texts, category.column: text}, {**item.numbers, measure.column: value})
    return Draft(
        "UPDATE",
        (
            f"In {scene.table}, change {item.key}: the {category.phrase} becomes {text} and the {measure.phrase} becomes {value}.",
            f"Update the row of {item.key} in {scene.table} to have {text} as {category.phrase} and {value} as {measure.phrase}.",
            f"{item.key} now has the {category.phrase} {text} and a {measure.phrase} of {value}. Bring {scene.table} up to date.",
        ),
        f"update {category.column} and {measure.column} of {item.key} in one statement",
        f"UPDATE {scene.t} SET {quote(category.column)} = {literal(text)}, {quote(measure.column)} = '{value}' "
        f"WHERE {scene.k} = {literal(item.key)};",
        rows=scene.rows([updated if other is item else other for other in scene.items]),
        check=f"SELECT {quote(category.column)}, {quote(measure.column)} FROM {scene.t} WHERE {scene.k} = {literal(item.key)};",
    )


@family()
def update_whole_category(scene: Scene) -> Draft | None:
    category = scene.category()
    old = scene.item().texts[category.column]
    new = scene.rng.choice([value for value in category.values if value != old])
    return Draft(
        "UPDATE",
        (
            f"Every entry of {scene.table} that has {old} as {category.phrase} should have {new} instead. Make the change.",
            f"In the table {scene.table}, replace the {category.phrase} {old} by {new} wherever it occurs.",
            f"Move all {scene.domain.things} in {scene.table} from the {category.phrase} {old} to {new}.",
        ),
        f"update all rows whose {category.column} is {old}",
        f"UPDATE {scene.t} SET {quote(category.column)} = {literal(new)} WHERE {quote(category.column)} = {literal(old)};",
        rows=_with_texts(scene, category.column, lambda item: new if item.texts[category.column] == old else None),
        check=f"SELECT COUNT(*) FROM {scene.t} WHERE {quote(category.column)} = {literal(old)};",
    )


@family()
def update_by_amount(scene: Scene) -> Draft | None:
    category, measure = scene.category(), scene.measure()
    value, amount = scene.item().texts[category.column], scene.rng.randint(2, 40)
    return Draft(
        "UPDATE",
        (
            f"Increase the {measure.phrase} by {amount} for all {scene.domain.things} in {scene.table} with the {category.phrase} {value}.",
            f"In {scene.table}, add {amount} to the {measure.phrase} wherever the {category.phrase} is {value}.",
            f"The {scene.domain.things} with {value} as {category.phrase} gain {amount} in {measure.phrase}. Update {scene.table}.",
        ),
        f"add {amount} to {measure.column} in the rows with {category.column} {value}",
        f"UPDATE {scene.t} SET {quote(measure.column)} = {number(measure.column)} + {amount} "
        f"WHERE {quote(category.column)} = {literal(value)};",
        rows=_with_numbers(
            scene, measure.column, lambda item: item.numbers[measure.column] + amount if item.texts[category.column] == value else None
        ),
        casts=(measure.column,),
    )


@family(least=8)
def update_below(scene: Scene) -> Draft | None:
    category, measure = scene.category(), scene.measure()
    border, text = scene.item().numbers[measure.column], scene.rng.choice(category.values)
    return Draft(
        "UPDATE",
        (
            f"Set the {category.phrase} to {text} for every one of the {scene.domain.things} in {scene.table} "
            f"whose {measure.phrase} is less than {border}.",
            f"In {scene.table}, all {scene.domain.things} with a {measure.phrase} below {border} get the {category.phrase} {text}.",
            f"Where the {measure.phrase} is under {border}, change the {category.phrase} in {scene.table} to {text}.",
        ),
        f"update {category.column} where {measure.column} is below {border}",
        f"UPDATE {scene.t} SET {quote(category.column)} = {literal(text)} WHERE {number(measure.column)} < {border};",
        rows=_with_texts(scene, category.column, lambda item: text if item.numbers[measure.column] < border else None),
        casts=(measure.column,),
    )


@family()
def update_to_unknown(scene: Scene) -> Draft | None:
    measure, category = scene.measure(), scene.category()
    value = scene.item().texts[category.column]
    position = list(scene.order).index(measure.column)
    rows = scene.rows()
    for item, row in zip(scene.items, rows, strict=True):
        if item.texts[category.column] == value:
            row[position] = None
    return Draft(
        "UPDATE",
        (
            f"The {measure.phrase} is not to be trusted where the {category.phrase} is {value}: set it to NULL there in {scene.table}.",
            f"In {scene.table}, clear the {measure.phrase} (make it NULL) of all {scene.domain.things} with the {category.phrase} {value}.",
            f"Set {measure.column} to NULL in every row of {scene.table} whose {category.phrase} is {value}.",
        ),
        f"set {measure.column} to NULL in the rows with {category.column} {value}",
        f"UPDATE {scene.t} SET {quote(measure.column)} = NULL WHERE {quote(category.column)} = {literal(value)};",
        rows=rows,
        check=f"SELECT COUNT(*) FROM {scene.t} WHERE {quote(measure.column)} IS NULL;",
    )
