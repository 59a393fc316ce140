"""Tasks that add rows."""

from __future__ import annotations

from collections.abc import Sequence

from environments.database.families.draft import Draft, family
from environments.database.families.scene import Item, Scene
from environments.database.families.side import Phrases
from environments.database.judge import quote
from environments.database.schema import literal

WHOLE = Phrases(
    (
        "Insert a new {thing} into {table} with these values: {row}.",
        "A {thing} is missing from the table {table}. Add it: {row}.",
        "Please record one more {thing} in {table}, with {row}.",
        "Add this row to {table}: {row}.",
        "Put a {thing} with {row} into the table {table}.",
        "Create a row in {table}: {row}.",
        "{table} needs a new {thing}: {row}. Insert it.",
        "Store a {thing} in {table}: {row}.",
        "Register a new {thing} in the table {table}: {row}.",
        "Append one row to {table}, with {row}.",
        "Note down another {thing} in {table}: {row}.",
        "File a new {thing} with {row} in {table}.",
        "There is a new {thing}: {row}. Save it in {table}.",
        "One more {thing} belongs in {table}: {row}.",
        "In {table}, list a further {thing}: {row}.",
        "A new row is to be added to {table}: {row}.",
        "Could you book in a {thing} in {table} with {row}?",
        "Log this {thing} in {table}: {row}.",
        "Enter a {thing} in {table} with {row}.",
        "Enter into {table} this row: {row}.",
        "Extend {table}: a new {thing} has {row}.",
        "The table {table} is extended by a row, namely {row}. Insert it.",
        "The following row goes into {table}: {row}.",
    ),
    ("Enter the following {thing} into {table}: {row}.", "Extend {table} by one {thing}, namely {row}."),
)
PARTIAL = Phrases(
    (
        "Insert a row into {table} with {row}; everything else stays NULL.",
        "Put a new {thing} into the table {table} ({row}) without setting any other column.",
        "Record a {thing} in {table} with {row} and nothing more.",
        "Insert into {table} a {thing} with just {row}.",
        "Create a row in {table} that has only {row}.",
        "Add a {thing} to {table} of which we know only {row}. Leave the other columns NULL.",
        "Store a {thing} in {table}; only {row} is set.",
        "Register a {thing} in {table}: {row}. Leave out the remaining columns.",
        "Append a row to {table} with {row}. The remaining columns are left NULL.",
        "Note down a {thing} in {table}, stating {row} but nothing else.",
        "File a {thing} in {table} that so far has {row} only.",
        "A new {thing} has just {row}. Save that much in {table}.",
        "In {table}, list one more {thing}; fill in nothing but {row}.",
        "Log a {thing} in {table} with {row}, leaving every other column NULL.",
        "A row is to be added to {table} with merely {row}.",
        "We can say only this of a new {thing}: {row}. Put it into {table}.",
        "Could you book in a {thing} in {table} with {row} alone?",
        "Enter only {row} for a new {thing} in {table}.",
        "Extend {table}: a new {thing} has {row} and no other values.",
        "All that we know of a new {thing} is {row}. Enter that in {table}.",
        "Give {table} a new {thing} with {row} and no value in the other columns.",
        "Into {table} goes a {thing} of which only {row} is known.",
    ),
    (
        "Enter a {thing} into {table}, giving {row} and no other value.",
        "Extend {table} by a {thing}; all that is known is {row}.",
    ),
)
WITH_NULL = Phrases(
    (
        "Insert a {thing} into {table} with {row}; the {c} is NULL.",
        "Add this row to {table}: {row}. Its {c} is not known, so store NULL.",
        "Put a {thing} with {row} into {table} and set the {c} to NULL.",
        "Record one more {thing} in {table}: {row}, and NULL as {c}.",
        "Create a row in {table} with {row} and a {c} of NULL.",
        "A new {thing} for {table}: {row}. Insert it with NULL for the {c}.",
        "Store a {thing} in {table}: {row}. Its {c} stays NULL.",
        "Register a {thing} in {table} with {row} and with NULL for the {c}.",
        "Append a row to {table}: {row}. Leave the {c} NULL.",
        "Note down a {thing} in {table} with {row}; no {c} is given, so it is NULL.",
        "File a new {thing} with {row} in {table}. The {c} should be NULL.",
        "There is a new {thing} without a {c} (NULL): {row}. Save it in {table}.",
        "One more {thing} belongs in {table}: {row}, the {c} being NULL.",
        "Log a {thing} in {table} that has {row} but NULL for the {c}.",
        "A row is to be added to {table} with {row} and no {c} (NULL).",
        "Enter a {thing} in {table}: {row}, and NULL as its {c}.",
        "Extend {table}: a new {thing} has {row} and NULL where its {c} would be.",
        "Write a {thing} with {row} into {table}, and NULL for the {c}.",
    ),
    (
        "Enter {row} into {table} as a {thing}, with the {c} NULL.",
        "Extend {table} by a {thing} with {row}; write NULL where the {c} goes.",
    ),
)
TWO = Phrases(
    (
        "Insert two {things} into {table}. The first has {row}. The second has {other}.",
        "Add these two rows to the table {table}: ({row}) and ({other}).",
        "Two {things} have to be added to {table}: one with {row}, one with {other}.",
        "Put two {things} into {table}: first {row}; then {other}.",
        "Record both of these {things} in {table}: ({row}), ({other}).",
        "Create two rows in {table}. One: {row}. Two: {other}.",
        "Store two {things} in {table}: ({row}) and ({other}).",
        "Register a {thing} with {row} and another with {other} in {table}.",
        "Append two rows to {table}, ({row}) plus ({other}).",
        "Note down two more {things} in {table}. Here they are: ({row}); ({other}).",
        "File both ({row}) and ({other}) in {table}.",
        "There are two new {things}: ({row}), ({other}). Save them in {table}.",
        "Not one but two {things} belong in {table}: ({row}) and also ({other}).",
        "In {table}, list a {thing} with {row} and a second one with {other}.",
        "Two new rows are to be added to {table}, first ({row}), second ({other}).",
        "Could you book in two {things} in {table}: ({row}) and ({other})?",
        "Log a couple of {things} in {table}, ({row}) and ({other}).",
        "Enter two {things} in {table}: ({row}), ({other}).",
        "Extend {table}: there is a pair of new {things}, ({row}) and ({other}).",
        "A pair of {things} is to be added to {table}: ({row}) as well as ({other}).",
        "Enter ({row}) into {table}, and ({other}) too.",
    ),
    (
        "Enter a pair of {things} into {table}, ({row}) as well as ({other}).",
        "Extend {table} by two {things}: {row}; and {other}.",
    ),
)
TWO_PARTIAL = Phrases(
    (
        "Insert two {things} into {table} with only these values: ({row}) and ({other}).",
        "Add two rows to {table} and leave the other columns NULL: ({row}), ({other}).",
        "Put two {things} into {table}: first {row}; then {other}. Set nothing else.",
        "Record two {things} in {table}, one with {row}, one with {other} and no further values.",
        "Two {things} are to be added to {table}: ({row}) and ({other}). All other columns stay NULL.",
        "Create two rows in {table} that have only ({row}) and ({other}).",
        "Store two {things} in {table}: ({row}) and ({other}). The other columns are left NULL.",
        "Register a {thing} with {row} and another with {other} in {table}; leave out the remaining columns.",
        "Append two rows to {table}, stating ({row}) plus ({other}) but nothing else.",
        "Note down two more {things} in {table}. We know only ({row}); ({other}).",
        "File two {things} in {table} that so far have ({row}) and ({other}) only.",
        "There are two new {things}, each with just a few values: ({row}), ({other}). Save them in {table}.",
        "In {table}, list two more {things}; fill in nothing but ({row}) and ({other}).",
        "Log a couple of {things} in {table}, leaving every other column NULL: ({row}), ({other}).",
        "Two new rows are to be added to {table} with merely ({row}) and ({other}).",
        "Could you book in two {things} in {table} with ({row}) and ({other}) alone?",
        "Enter two {things} in {table}, giving only ({row}) and ({other}).",
        "Extend {table}: of a pair of new {things} only ({row}) and ({other}) are known.",
    ),
    (
        "Enter a pair of {things} into {table} without further values: ({row}); ({other}).",
        "Extend {table} by two {things} of which only this is known: ({row}) and ({other}).",
    ),
)
LIKE_ANOTHER = Phrases(
    (
        "Add a {thing} called {new} to {table}. It is like {key} in every column, except that the {m} is {v}.",
        "Insert {new} into the table {table} as a copy of {key}, but with {v} as {m}.",
        "{new} shares all values of {key} but the {m}, which is {v}. Add it to {table}.",
        "Copy the row of {key} in {table} under the name {new}, with a {m} of {v}.",
        "Put a {thing} {new} into {table} that equals {key} except for the {m}: {v}.",
        "Create {new} in {table} from the row of {key}, changing the {m} to {v}.",
        "Store {new} in {table} with the same values as {key}, only the {m} is {v}.",
        "Register a {thing} called {new} in {table}: take over all of {key}, but put {v} as {m}.",
        "Append a copy of {key} to {table}. Its name is {new} and its {m} is {v}.",
        "{new} is to be added to {table}; it matches {key} in all but the {m}, which is {v}.",
        "Add another {thing} to {table}, called {new}, that repeats {key} with {v} as {m}.",
        "Repeat the row of {key} in {table}, with {new} as the name and {v} as the {m}.",
        "Make a second {key} in {table}, but call it {new} and set its {m} to {v}.",
        "There is a new {thing} {new}, the same as {key} save for the {m} of {v}. Insert it into {table}.",
        "Take {key} in {table} as the model for a new row {new} whose {m} is {v}.",
        "Enter a copy of {key} into {table}, named {new} and with a {m} of {v}.",
        "Duplicate the row of {key} in {table} as {new}, with {v} as {m}.",
        "Add {new} to {table}, identical to {key} apart from the {m}, which is {v}.",
        "{new} is identical to {key} but for its {m} of {v}. Enter it in {table}.",
    ),
    (
        "Duplicate {key} in {table}: the new {thing} is named {new} and its {m} is {v}.",
        "Enter {new} into {table}, identical to {key} apart from a {m} of {v}.",
    ),
)


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
        ask=WHOLE,
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
        ask=PARTIAL,
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
        ask=WITH_NULL,
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
    return _two(scene, TWO, scene.order)


@family()
def insert_two_partial_rows(scene: Scene) -> Draft | None:
    given = _given(scene)
    return None if given is None else _two(scene, TWO_PARTIAL, given)


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
        ask=LIKE_ANOTHER,
        slots={"new": name, "key": model.key, "m": measure.phrase, "v": value},
        plan=f"copy the row where {scene.key} is {model.key},"
        f" with {name} as {scene.key} and {value} as {measure.column}",
        sql=f"INSERT INTO {scene.t} ({columns}) SELECT {selected}"
        f" FROM {scene.t} WHERE {scene.k} = {literal(model.key)};",
        rows=[*scene.rows(), scene.cells(copy)],
        check=_check(scene, copy),
    )
