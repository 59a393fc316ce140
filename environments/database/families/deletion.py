"""Tasks that remove rows."""

from __future__ import annotations

from environments.database.families.draft import Draft, family
from environments.database.families.scene import Scene, number
from environments.database.judge import quote
from environments.database.schema import literal


@family()
def delete_one(scene: Scene) -> Draft | None:
    item = scene.item()
    return Draft(
        "DELETE",
        (
            f"Delete the {scene.domain.thing} {item.key} from {scene.table}.",
            f"Remove {item.key} from the table {scene.table}.",
            f"{item.key} no longer belongs into {scene.table}: take its row out.",
        ),
        f"delete the row of {item.key}",
        f"DELETE FROM {scene.t} WHERE {scene.k} = {literal(item.key)};",
        rows=scene.rows([other for other in scene.items if other is not item]),
        check=f"SELECT COUNT(*) FROM {scene.t} WHERE {scene.k} = {literal(item.key)};",
    )


@family(least=6)
def delete_matching(scene: Scene) -> Draft | None:
    category = scene.category()
    value = scene.item().texts[category.column]
    kept = [item for item in scene.items if item.texts[category.column] != value]
    if not kept:
        return None
    return Draft(
        "DELETE",
        (
            f"Delete all {scene.domain.things} from {scene.table} whose {category.phrase} is {value}.",
            f"Remove every row of {scene.table} that has the {category.phrase} {value}.",
            f"Take the {scene.domain.things} with {value} as {category.phrase} out of the table {scene.table}.",
        ),
        f"delete the rows with {category.column} {value}",
        f"DELETE FROM {scene.t} WHERE {quote(category.column)} = {literal(value)};",
        rows=scene.rows(kept),
        check=f"SELECT COUNT(*) FROM {scene.t} WHERE {quote(category.column)} = {literal(value)};",
    )


@family(least=6)
def delete_above(scene: Scene) -> Draft | None:
    measure = scene.measure()
    border = scene.item().numbers[measure.column]
    kept = [item for item in scene.items if item.numbers[measure.column] <= border]
    if len(kept) == len(scene.items):
        return None
    return Draft(
        "DELETE",
        (
            f"Delete the {scene.domain.things} with a {measure.phrase} greater than {border} from {scene.table}.",
            f"Remove all rows of {scene.table} in which the {measure.phrase} exceeds {border}.",
            f"In the table {scene.table}, no {scene.domain.thing} may have a {measure.phrase} above {border}: delete those that do.",
        ),
        f"delete the rows whose {measure.column} is above {border}",
        f"DELETE FROM {scene.t} WHERE {number(measure.column)} > {border};",
        rows=scene.rows(kept),
        casts=(measure.column,),
    )


@family(least=8)
def delete_two_conditions(scene: Scene) -> Draft | None:
    category, measure = scene.category(), scene.measure()
    value, border = scene.item().texts[category.column], scene.item().numbers[measure.column]
    matching = [item for item in scene.items if item.texts[category.column] == value and item.numbers[measure.column] < border]
    if not matching:
        return None
    return Draft(
        "DELETE",
        (
            f"Delete from {scene.table} all {scene.domain.things} that have the {category.phrase} {value} "
            f"and a {measure.phrase} lower than {border}.",
            f"Remove those rows of {scene.table} where the {category.phrase} is {value} and the {measure.phrase} is below {border}.",
            f"Among the {scene.domain.things} with {value} as {category.phrase}, delete those from {scene.table} "
            f"whose {measure.phrase} is less than {border}.",
        ),
        f"delete the rows with {category.column} {value} and {measure.column} below {border}",
        f"DELETE FROM {scene.t} WHERE {quote(category.column)} = {literal(value)} AND {number(measure.column)} < {border};",
        rows=scene.rows([item for item in scene.items if item not in matching]),
        casts=(measure.column,),
    )
