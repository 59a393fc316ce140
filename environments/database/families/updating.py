"""Tasks that change rows."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from environments.database.families import conditions
from environments.database.families.conditions import Condition, Part
from environments.database.families.draft import Draft, enter, family
from environments.database.families.scene import Item, Scene, number, spoken
from environments.database.families.side import Phrases
from environments.database.judge import quote
from environments.database.schema import literal

ONE = Phrases(
    (
        "Update {table} so that the {c} of {key} is {v}.",
        "The {c} of {key} is wrong in the table {table}; it should be {v}. Correct it.",
        "Set the {c} to {v} for the {thing} {key} in {table}.",
        "Change the {c} of {key} in {table} to {v}.",
        "In {table}, {key} should have {v} as {c}. Make the change.",
        "{key} now has the {c} {v}: update {table}.",
        "Please make {v} the {c} of {key} in {table}.",
        "As of today, {key} has {v} as {c}; update {table}.",
        "Correct the {c} of {key} in {table}: it should read {v}.",
        "Replace the {c} of {key} in {table} by {v}.",
        "Let the {c} of {key} in {table} be {v}.",
        "{key} in {table} should be listed with the {c} {v}.",
        "The {c} of {key} has to be changed to {v} in {table}.",
        "In {table}, put {v} as the {c} of the {thing} {key}.",
        "Write {v} as the {c} of {key} in {table}.",
        "Adjust the {c} of {key} in {table} to {v}.",
        "In {table}, adjust {key}: its {c} is now {v}.",
        "From today {key} has the {c} {v}. Record it in {table}.",
        "The {c} of {key} becomes {v} in {table}.",
        "Record {v} as the new {c} of {key} in {table}.",
    ),
    ("Adjust {table}: for {key} the {c} becomes {v}.", "From now on the {c} of {key} is {v}. Record that in {table}."),
)
TWO = Phrases(
    (
        "In {table}, change {key}: the {c} becomes {v} and the {d} becomes {w}.",
        "Update the row of {key} in {table} to have {v} as {c} and {w} as {d}.",
        "{key} now has the {c} {v} and the {d} {w}. Bring {table} up to date.",
        "Set the {c} to {v} and the {d} to {w} for {key} in {table}.",
        "For {key} in {table}, correct two values: {c} {v}, {d} {w}.",
        "Change both the {c} of {key} to {v} and its {d} to {w} in {table}.",
        "Make {v} the {c} and {w} the {d} of {key} in {table}.",
        "As of today, {key} has {v} as {c} and {w} as {d}; update {table}.",
        "Replace two values of {key} in {table}: the {c} by {v}, the {d} by {w}.",
        "Let the {c} of {key} in {table} be {v} and its {d} {w}.",
        "{key} in {table} should be listed with the {c} {v} and the {d} {w}.",
        "The {c} of {key} has to be changed to {v} in {table}, and the {d} to {w}.",
        "In {table}, put {v} as the {c} and {w} as the {d} of {key}.",
        "Adjust the {c} of {key} in {table} to {v} and its {d} to {w}.",
        "{key} gets the {c} {v} and the {d} {w} in {table}.",
        "Record two new values of {key} in {table}: {c} {v} and {d} {w}.",
        "From today {key} has {v} as {c} and {w} as {d}. Record that in {table}.",
    ),
    (
        "Adjust {table}: {key} gets {v} as {c} and {w} as {d}.",
        "The {c} of {key} is {v} and its {d} is {w} from now on. Record both in {table}.",
    ),
)
NAME = Phrases(
    (
        "Rename {key} to {new} in {table}.",
        "The {thing} {key} is now called {new}: update {table}.",
        "Change the name of {key} in {table} to {new}.",
        "In {table}, {key} should read {new}. Correct it.",
        "Replace the name {key} by {new} in the table {table}.",
        "Set the name of the {thing} {key} in {table} to {new}.",
        "Call {key} {new} in {table}.",
        "{key} gets the name {new}: update {table}.",
        "As of today, {key} is called {new}. Change {table}.",
        "The name {key} in {table} has to be changed to {new}.",
        "{new} is the right name for {key} in {table}. Correct it.",
        "Let {key} be called {new} in {table}.",
        "Write {new} where {table} now says {key}.",
        "Make {new} the name of {key} in {table}.",
        "Adjust the name of {key} in {table} to {new}.",
        "{key} goes by {new} now. Record it in {table}.",
        "In {table}, {key} is known under the name {new} from today.",
        "Record {new} as the new name of {key} in {table}.",
    ),
    (
        "Adjust {table}: what was {key} goes by the name {new}.",
        "From now on {key} is known as {new}. Record that in {table}.",
    ),
)
REPLACE = Phrases(
    (
        "Every {thing} of {table} that has {v} as {c} should have {w} instead. Make the change.",
        "In the table {table}, replace the {c} {v} by {w} wherever it occurs.",
        "Move all {things} in {table} from the {c} {v} to {w}.",
        "Change the {c} {v} to {w} throughout {table}.",
        "Update {table}: wherever the {c} is {v}, make it {w}.",
        "The {c} {v} is now called {w}. Update all rows of {table}.",
        "Wherever {table} lists {v} as {c}, put {w}.",
        "As of today, {w} replaces the {c} {v} in {table}.",
        "In {table}, turn every {c} {v} into {w}.",
        "Each {thing} of {table} with the {c} {v} gets the {c} {w}.",
        "Exchange the {c} {v} for {w} in all of {table}.",
        "Let {w} take over from {v} as {c} everywhere in {table}.",
        "Correct {table}: the {c} {v} should read {w}.",
        "No {thing} in {table} should have the {c} {v} any more; make it {w}.",
        "Substitute {w} for the {c} {v} in {table}.",
        "Adjust the {c} {v} to {w} in all rows of {table}.",
        "In {table}, {w} takes the place of the {c} {v}.",
        "Switch every {thing} in {table} from the {c} {v} to {w}.",
        "Let {w} stand in {table} wherever the {c} was {v}.",
    ),
    (
        "Adjust {table} so that {w} stands in place of the {c} {v}.",
        "All {things} with {v} for a {c} switch to {w} in {table}.",
    ),
)
SET = Phrases(
    (
        "Set the {c} to {v} for all {rows} in {table}.",
        "In {table}, change the {c} of the {rows} to {v}.",
        "Update {table}: every {row} gets {v} as {c}.",
        "Make {v} the {c} of each {row} in {table}.",
        "All {rows} in {table} should have the {c} {v}. Make the change.",
        "For every {row}, the {c} becomes {v}. Update {table}.",
        "The {c} of every {row} should read {v}. Change {table}.",
        "As of today, the {rows} have {v} as {c}; update {table}.",
        "Let the {c} of all {rows} in {table} be {v}.",
        "In {table}, put {v} as the {c} of each {row}.",
        "Replace the {c} of the {rows} in {table} by {v}.",
        "Each {row} in {table} is to have the {c} {v}.",
        "The {rows} in {table} get {v} for their {c}.",
        "Write {v} as the {c} of the {rows} in {table}.",
        "Assign the {c} {v} to each {row} in {table}.",
        "Adjust the {c} of the {rows} in {table} to {v}.",
        "Give {v} as {c} to all {rows} in {table}.",
        "{v} is to be the new {c} of any {row} in {table}.",
        "In {table}, adjust every {row}: its {c} is now {v}.",
    ),
    ("Adjust {table}: {v} is the new {c} of the {rows}.", "Give the {c} {v} to any {row} in {table}."),
)
CLEAR = Phrases(
    (
        "Set the {c} to NULL for all {rows} in {table}.",
        "In {table}, clear the {c} (make it NULL) of the {rows}.",
        "The {c} is not to be trusted for the {rows}: set it to NULL in {table}.",
        "Update {table}: every {row} gets NULL as {c}.",
        "Make the {c} of each {row} in {table} NULL.",
        "Remove the {c} of the {rows} in {table}, that is, set it to NULL.",
        "The {c} of every {row} should be NULL. Change {table}.",
        "Empty the {c} of the {rows} in {table}: NULL.",
        "Let the {c} of all {rows} in {table} be NULL.",
        "In {table}, put NULL for the {c} of each {row}.",
        "Replace the {c} of the {rows} in {table} by NULL.",
        "Erase the {c} of each {row} in {table}, so that it is NULL.",
        "As of today, the {rows} have no {c} (NULL); update {table}.",
        "The {c} of the {rows} in {table} is to be set to NULL.",
        "Adjust the {c} of the {rows} in {table} to NULL.",
        "Blank the {c} of all {rows} in {table}: NULL.",
        "The {c} of any {row} is unknown: store NULL in {table}.",
        "Write NULL in {table} as the {c} of the {rows}.",
    ),
    (
        "Adjust {table}: the {c} of the {rows} is unknown, so store NULL.",
        "Blank the {c} (write NULL) of any {row} in {table}.",
    ),
)
RAISE = Phrases(
    (
        "Increase the {m} by {n} for all {rows} in {table}.",
        "In {table}, add {n} to the {m} of the {rows}.",
        "The {rows} gain {n} in {m}. Update {table}.",
        "Raise the {m} of every {row} in {table} by {n}.",
        "Update {table}: the {m} of each {row} goes up by {n}.",
        "Make the {m} of the {rows} in {table} {n} higher than it is.",
        "Let the {m} of the {rows} in {table} grow by {n}.",
        "Every {row} in {table} gets {n} more in {m}.",
        "Add {n} to the {m} of each {row} in {table}.",
        "The {m} of the {rows} in {table} has to go up by {n}.",
        "As of today, the {m} of each {row} is {n} higher; update {table}.",
        "Lift the {m} of all {rows} in {table} by {n}.",
        "In {table}, let every {row} have {n} more as {m}.",
        "Push the {m} of each {row} in {table} up by {n}.",
        "Adjust the {m} of the {rows} in {table} upwards by {n}.",
        "In {table}, the {m} of any {row} rises by {n}.",
        "Put {n} on the {m} of every {row} in {table}.",
        "For any {row}, {n} comes on top of the {m}. Update {table}.",
    ),
    ("Adjust {table}: the {m} rises by {n} for any {row}.", "Put {n} on top of the {m} of the {rows} in {table}."),
)
LOWER = Phrases(
    (
        "Decrease the {m} by {n} for all {rows} in {table}.",
        "In {table}, subtract {n} from the {m} of the {rows}.",
        "The {rows} lose {n} in {m}. Update {table}.",
        "Lower the {m} of every {row} in {table} by {n}.",
        "Update {table}: the {m} of each {row} goes down by {n}.",
        "Make the {m} of the {rows} in {table} {n} lower than it is.",
        "Let the {m} of the {rows} in {table} shrink by {n}.",
        "Every {row} in {table} gets {n} less in {m}.",
        "Deduct {n} from the {m} of each {row} in {table}.",
        "The {m} of the {rows} in {table} has to go down by {n}.",
        "As of today, the {m} of each {row} is {n} lower; update {table}.",
        "Cut the {m} of all {rows} in {table} by {n}.",
        "In {table}, reduce the {m} of every {row} by {n}.",
        "Take {n} away from the {m} of each {row} in {table}.",
        "Adjust the {m} of the {rows} in {table} downwards by {n}.",
        "In {table}, the {m} of any {row} drops by {n}.",
        "Take {n} from the {m} of every {row} in {table}.",
        "For any {row}, {n} comes off the {m}. Update {table}.",
    ),
    ("Adjust {table}: the {m} drops by {n} for any {row}.", "Take {n} off the {m} of the {rows} in {table}."),
)
RAISE_ONE = Phrases(
    (
        "Increase the {m} of {key} in {table} by {n}.",
        "In {table}, add {n} to the {m} of {key}.",
        "{key} gains {n} in {m}. Update {table}.",
        "Raise the {m} of the {thing} {key} in {table} by {n}.",
        "Update {table}: the {m} of {key} goes up by {n}.",
        "Make the {m} of {key} in {table} {n} higher than it is.",
        "Let the {m} of {key} in {table} grow by {n}.",
        "{key} in {table} gets {n} more in {m}.",
        "Add {n} to the {m} of the {thing} {key} in {table}.",
        "The {m} of {key} in {table} has to go up by {n}.",
        "As of today, the {m} of {key} is {n} higher; update {table}.",
        "Lift the {m} of {key} in {table} by {n}.",
        "In {table}, let {key} have {n} more as {m}.",
        "Push the {m} of {key} in {table} up by {n}.",
        "Adjust the {m} of {key} in {table} upwards by {n}.",
        "In {table}, the {m} of {key} rises by {n}.",
        "Put {n} on the {m} of the {thing} {key} in {table}.",
        "For {key}, {n} comes on top of the {m}. Update {table}.",
    ),
    ("Adjust {table}: the {m} rises by {n} for {key}.", "Put {n} on top of the {m} of {key} in {table}."),
)
LOWER_ONE = Phrases(
    (
        "Decrease the {m} of {key} in {table} by {n}.",
        "In {table}, subtract {n} from the {m} of {key}.",
        "{key} loses {n} in {m}. Update {table}.",
        "Lower the {m} of the {thing} {key} in {table} by {n}.",
        "Update {table}: the {m} of {key} goes down by {n}.",
        "Make the {m} of {key} in {table} {n} lower than it is.",
        "Let the {m} of {key} in {table} shrink by {n}.",
        "{key} in {table} gets {n} less in {m}.",
        "Deduct {n} from the {m} of the {thing} {key} in {table}.",
        "The {m} of {key} in {table} has to go down by {n}.",
        "As of today, the {m} of {key} is {n} lower; update {table}.",
        "Cut the {m} of {key} in {table} by {n}.",
        "In {table}, reduce the {m} of {key} by {n}.",
        "Take {n} away from the {m} of {key} in {table}.",
        "Adjust the {m} of {key} in {table} downwards by {n}.",
        "In {table}, the {m} of {key} drops by {n}.",
        "Take {n} from the {m} of the {thing} {key} in {table}.",
        "For {key}, {n} comes off the {m}. Update {table}.",
    ),
    ("Adjust {table}: the {m} drops by {n} for {key}.", "Take {n} off the {m} of {key} in {table}."),
)


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
        ask=ONE,
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
        ask=TWO,
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
        ask=NAME,
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
        ask=REPLACE,
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
    return _setting(part, SET, column, phrase, value)


def _fill(scene: Scene) -> Draft | None:
    """The gaps of a column are filled."""
    if (part := conditions.missing(scene)) is None:
        return None
    others = [column for column in scene.order if column not in part.columns]
    return _setting(part, SET, *_column(scene, but=others))


def _clear(scene: Scene, condition: Condition) -> Draft | None:
    if (part := condition(scene)) is None:
        return None
    column = scene.column(but=part.columns)
    return _setting(part, CLEAR, column.column, column.phrase, None)


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
    ask = (RAISE if up else LOWER) if condition else (RAISE_ONE if up else LOWER_ONE)
    return Draft(
        kind="UPDATE",
        ask=ask,
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
