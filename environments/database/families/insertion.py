"""Tasks that add rows."""

from __future__ import annotations

from collections.abc import Sequence

from environments.database.families.draft import Draft, family
from environments.database.families.scene import Item, Scene
from environments.database.judge import quote
from environments.database.schema import literal


def _insert(scene: Scene, columns: Sequence[str], rows: Sequence[Sequence[str | None]]) -> str:
    names = ", ".join(quote(column) for column in columns)
    values = ", ".join("(" + ", ".join(literal(value) for value in row) + ")" for row in rows)
    return f"INSERT INTO {scene.t} ({names}) VALUES {values};"


def _spelled(columns: Sequence[str], values: Sequence[str | None]) -> str:
    return ", ".join(f"{column} '{value}'" for column, value in zip(columns, values, strict=True))


def _check(scene: Scene, item: Item) -> str:
    return f"SELECT COUNT(*) FROM {scene.t} WHERE {scene.k} = {literal(item.key)};"


@family()
def insert_whole_row(scene: Scene) -> Draft | None:
    item = scene.fresh_item()
    cells = scene.cells(item)
    spelled = _spelled(scene.order, cells)
    return Draft(
        "INSERT",
        (
            f"Insert a new {scene.domain.thing} into {scene.table} with these values: {spelled}.",
            f"A {scene.domain.thing} is missing from the table {scene.table}. Add it: {spelled}.",
            f"Please record one more {scene.domain.thing} in {scene.table}, with {spelled}.",
        ),
        f"insert one row with all {len(cells)} values into {scene.table}",
        _insert(scene, scene.order, [cells]),
        rows=[*scene.rows(), cells],
        check=_check(scene, item),
    )


@family()
def insert_partial_row(scene: Scene) -> Draft | None:
    item = scene.fresh_item()
    given = [column for column in scene.order if column == scene.key or scene.rng.random() < 0.5]
    if not 1 < len(given) < len(scene.order):
        return None
    values = dict(zip(scene.order, scene.cells(item), strict=True))
    row = [values[column] if column in given else None for column in scene.order]
    spelled = _spelled(given, [values[column] for column in given])
    return Draft(
        "INSERT",
        (
            f"Add a {scene.domain.thing} to {scene.table} of which only this is known: {spelled}. Leave the other columns NULL.",
            f"Insert a row into {scene.table} with {spelled}; everything else stays NULL.",
            f"Put a new {scene.domain.thing} into the table {scene.table} ({spelled}) without setting any other column.",
        ),
        "insert a row that names only the columns that are given",
        _insert(scene, given, [[values[column] for column in given]]),
        rows=[*scene.rows(), row],
        check=_check(scene, item),
    )


@family()
def insert_two_rows(scene: Scene) -> Draft | None:
    one, two = scene.fresh_item(), scene.fresh_item()
    if one.key == two.key:
        return None
    cells = [scene.cells(one), scene.cells(two)]
    first, second = (_spelled(scene.order, row) for row in cells)
    return Draft(
        "INSERT",
        (
            f"Insert two {scene.domain.things} into {scene.table}. The first has {first}. The second has {second}.",
            f"Add these two rows to the table {scene.table}: ({first}) and ({second}).",
            f"Two {scene.domain.things} have to be entered into {scene.table}: one with {first}, one with {second}.",
        ),
        "insert both rows with a single statement",
        _insert(scene, scene.order, cells),
        rows=[*scene.rows(), *cells],
        check=_check(scene, one),
    )


@family()
def insert_like_another(scene: Scene) -> Draft | None:
    model, measure, name = scene.item(), scene.measure(), scene.fresh_key()
    value = scene.rng.randint(measure.low, measure.high)
    copy = Item(name, model.texts, {**model.numbers, measure.column: value})
    selected = ", ".join(
        literal(name) if column == scene.key else literal(str(value)) if column == measure.column else quote(column)
        for column in scene.order
    )
    columns = ", ".join(quote(column) for column in scene.order)
    return Draft(
        "INSERT",
        (
            f"Add a {scene.domain.thing} called {name} to {scene.table}. It is like {model.key} in every column, "
            f"except that the {measure.phrase} is {value}.",
            f"Insert {name} into the table {scene.table} as a copy of {model.key}, but with {value} as {measure.phrase}.",
            f"{name} shares all values of {model.key} but the {measure.phrase}, which is {value}. Enter it into {scene.table}.",
        ),
        f"copy the row of {model.key} with another name and another {measure.column}",
        f"INSERT INTO {scene.t} ({columns}) SELECT {selected} FROM {scene.t} WHERE {scene.k} = {literal(model.key)};",
        rows=[*scene.rows(), scene.cells(copy)],
        check=_check(scene, copy),
    )
