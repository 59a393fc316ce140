"""Tasks that add rows."""

from __future__ import annotations

from collections.abc import Sequence

from environments.database.families.draft import Draft, family
from environments.database.families.scene import Item, Scene
from environments.database.judge import quote
from environments.database.schema import literal
from environments.database.vocabulary.wording import Phrases, wordings


def _insert(scene: Scene, columns: Sequence[str], rows: Sequence[Sequence[str | None]]) -> str:
    names = ", ".join(quote(column) for column in columns)
    values = ", ".join("(" + ", ".join(literal(value) for value in row) + ")" for row in rows)
    return f"INSERT INTO {scene.t} ({names}) VALUES {values};"


def _spelled(columns: Sequence[str], values: Sequence[str | None]) -> str:
    return ", ".join(
        f"{column} NULL" if value is None else f"{column} '{value}'"
        for column, value in zip(columns, values, strict=True)
    )


def _check(scene: Scene, item: Item) -> str:
    return f"SELECT COUNT(*) FROM {scene.t} WHERE {scene.k} = {literal(item.key)};"


def _given(scene: Scene) -> list[str] | None:
    """Some columns and not all, the key among them."""
    given = [column for column in scene.order if column == scene.key or scene.rng.random() < 0.4]
    return given if 1 < len(given) < len(scene.order) else None


def _some(scene: Scene, item: Item, given: Sequence[str]) -> tuple[list[str | None], list[str | None]]:
    """The values that are given of an item, and its whole row with NULL in the rest."""
    values = dict(zip(scene.order, scene.cells(item), strict=True))
    return [values[column] for column in given], [values[column] if column in given else None for column in scene.order]


@family()
def insert_whole_row(scene: Scene) -> Draft | None:
    item = scene.fresh_item()
    cells = scene.cells(item)
    return Draft(
        kind="INSERT",
        ask=wordings().insertion.whole_row,
        slots={"row": _spelled(scene.order, cells)},
        plan=f"insert one row with {_spelled(scene.order, cells)}",
        sql=_insert(scene, scene.order, [cells]),
        rows=[*scene.rows(), cells],
        check=_check(scene, item),
    )


@family()
def insert_partial_row(scene: Scene) -> Draft | None:
    if (given := _given(scene)) is None:
        return None
    item = scene.fresh_item()
    values, row = _some(scene, item, given)
    return Draft(
        kind="INSERT",
        ask=wordings().insertion.partial_row,
        slots={"row": _spelled(given, values)},
        plan=f"insert one row with {_spelled(given, values)}",
        sql=_insert(scene, given, [values]),
        rows=[*scene.rows(), row],
        check=_check(scene, item),
    )


@family()
def insert_with_null(scene: Scene) -> Draft | None:
    item, unknown = scene.fresh_item(), scene.column()
    cells = [
        None if column == unknown.column else value
        for column, value in zip(scene.order, scene.cells(item), strict=True)
    ]
    known = [column for column in scene.order if column != unknown.column]
    return Draft(
        kind="INSERT",
        ask=wordings().insertion.row_with_null,
        slots={"row": _spelled(known, _some(scene, item, known)[0]), "c": unknown.phrase},
        plan=f"insert one row with {_spelled(scene.order, cells)}",
        sql=_insert(scene, scene.order, [cells]),
        rows=[*scene.rows(), cells],
        check=_check(scene, item),
    )


def _two(scene: Scene, ask: Phrases, given: Sequence[str]) -> Draft | None:
    one, two = scene.fresh_item(), scene.fresh_item()
    if one.key == two.key:
        return None
    (first, row), (second, other) = (_some(scene, item, given) for item in (one, two))
    return Draft(
        kind="INSERT",
        ask=ask,
        slots={"row": _spelled(given, first), "other": _spelled(given, second)},
        plan=f"insert two rows in one statement: ({_spelled(given, first)}) and ({_spelled(given, second)})",
        sql=_insert(scene, given, [first, second]),
        rows=[*scene.rows(), row, other],
        check=_check(scene, one),
    )


@family()
def insert_two_rows(scene: Scene) -> Draft | None:
    return _two(scene, wordings().insertion.two_rows, scene.order)


@family()
def insert_two_partial_rows(scene: Scene) -> Draft | None:
    given = _given(scene)
    return None if given is None else _two(scene, wordings().insertion.two_partial_rows, given)


@family()
def insert_like_another(scene: Scene) -> Draft | None:
    model, measure, name = scene.item(), scene.measure(), scene.fresh_key()
    value = scene.rng.randint(measure.low, measure.high)
    copy = Item(name, model.texts, {**model.numbers, measure.column: value})
    replaced = {scene.key: literal(name), measure.column: literal(str(value))}
    selected = ", ".join(replaced.get(column) or quote(column) for column in scene.order)
    columns = ", ".join(quote(column) for column in scene.order)
    return Draft(
        kind="INSERT",
        ask=wordings().insertion.row_like_another,
        slots={"new": name, "key": model.key, "m": measure.phrase, "v": value},
        plan=f"copy the row where {scene.key} is {model.key},"
        f" with {name} as {scene.key} and {value} as {measure.column}",
        sql=f"INSERT INTO {scene.t} ({columns}) SELECT {selected}"
        f" FROM {scene.t} WHERE {scene.k} = {literal(model.key)};",
        rows=[*scene.rows(), scene.cells(copy)],
        check=_check(scene, copy),
    )
