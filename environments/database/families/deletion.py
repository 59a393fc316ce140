"""Tasks that remove rows."""

from __future__ import annotations

from functools import partial

from environments.database.families import conditions
from environments.database.families.conditions import Condition
from environments.database.families.draft import Draft, enter, family
from environments.database.families.extremes import HIGHEST, LOWEST
from environments.database.families.scene import Scene, number, spoken
from environments.database.families.side import Phrases
from environments.database.schema import literal

ONE = Phrases(
    (
        "Delete the {thing} {key} from {table}.",
        "Remove {key} from the table {table}.",
        "{key} no longer belongs into {table}: take its row out.",
        "Drop the row of {key} in {table}.",
        "Please delete {key} in {table}.",
        "{key} should not be in {table} any more. Remove it.",
        "Throw {key} out of {table}.",
        "Cross {key} out in {table}.",
        "Cancel the row of {key} in {table}.",
        "Get rid of {key} in {table}.",
        "The {thing} {key} is no longer needed in {table}. Delete it.",
        "There should be no {key} in {table} any longer.",
        "Purge {key} from {table}.",
        "The row of {key} in {table} is to be deleted.",
        "Could you erase the {thing} {key} from {table}?",
        "{table} should be without {key}: remove that row.",
        "Leave {key} out of {table} as of today.",
        "Strike out {key} in {table}.",
        "Let the row of {key} disappear from {table}.",
        "The entry of {key} in {table} must go.",
        "Take {key} off {table}.",
        "Clear {key} from {table}.",
    ),
    ("Strike {key} off the table {table}.", "The entry for {key} has to disappear from {table}."),
)
TWO = Phrases(
    (
        "Delete {key} and {other} from {table}.",
        "Remove the {things} {key} and {other} from the table {table}.",
        "Both {key} and {other} have to go from {table}: delete them.",
        "Take the rows of {key} and {other} out of {table}.",
        "{key} and {other} no longer belong into {table}. Remove both.",
        "Drop both {key} and {other} in {table}.",
        "Throw {key} and {other} out of {table}.",
        "Cross {key} and {other} out in {table}.",
        "Get rid of {key} and {other} in {table}.",
        "Neither {key} nor {other} is needed in {table}. Delete the two.",
        "The rows of {key} and {other} in {table} are to be deleted.",
        "Purge {key} and {other} from {table}.",
        "Could you erase the {things} {key} and {other} from {table}?",
        "{table} should be without {key} and {other}: remove these rows.",
        "Cancel two rows of {table}: {key}, {other}.",
        "Strike out {key} and {other} in {table}.",
        "Let {key} and {other} disappear from {table}.",
        "Two entries of {table} must go: {key}, {other}.",
        "Take {key} and {other} off {table}.",
    ),
    (
        "Strike {key} and {other} off the table {table}.",
        "The entries for {key} and for {other} have to disappear from {table}.",
    ),
)
MATCHING = Phrases(
    (
        "Delete the {rows} from {table}.",
        "Remove all {rows} from the table {table}.",
        "Take every {row} out of {table}.",
        "Drop all {rows} in {table}.",
        "In {table}, delete each {row}.",
        "Please remove any {row} from {table}.",
        "{table} should not hold the {rows}: delete them.",
        "Throw all {rows} out of {table}.",
        "Cross out every {row} in {table}.",
        "Cancel the {rows} in {table}.",
        "Get rid of each {row} in {table}.",
        "The {rows} are no longer needed in {table}. Delete them.",
        "There should be no {rows} in {table} any longer.",
        "Purge {table} of all {rows}.",
        "All {rows} are to be deleted from {table}.",
        "Could you erase the {rows} from the table {table}?",
        "Leave the {rows} out of {table} as of today.",
        "Strike out each {row} in {table}.",
        "Let all {rows} disappear from {table}.",
        "Any {row} in {table} must go.",
        "Take the {rows} off {table}.",
        "Clear {table} of every {row}.",
    ),
    (
        "Strike all {rows} off the table {table}.",
        "Every {row} has to disappear from {table}.",
        "Clear the {rows} out of {table}.",
    ),
)
FIRST = Phrases(
    (
        "Delete the {thing} with the {extreme} {m} from {table}.",
        "Remove the one {thing} that has the {extreme} {m} in {table}.",
        "Take the {thing} with the {extreme} {m} out of {table}.",
        "In {table}, delete the row with the {extreme} {m}.",
        "Drop the {thing} whose {m} is the {extreme} in {table}.",
        "Find the {thing} with the {extreme} {m} in {table} and delete it.",
        "Throw out the {thing} with the {extreme} {m} in {table}.",
        "Cross out the one with the {extreme} {m} in {table}.",
        "Get rid of the {thing} with the {extreme} {m} in {table}.",
        "The {thing} that has the {extreme} {m} in {table} is to be deleted.",
        "{table} no longer needs the {thing} with the {extreme} {m}. Delete it.",
        "Of all {things} in {table}, delete the one with the {extreme} {m}.",
        "One {thing} in {table} has the {extreme} {m}: remove its row.",
        "Could you erase the {thing} with the {extreme} {m} from {table}?",
        "Cancel whatever {thing} has the {extreme} {m} in {table}.",
        "Strike out the {thing} with the {extreme} {m} in {table}.",
        "The {thing} having the {extreme} {m} must go from {table}.",
        "Whichever {thing} has the {extreme} {m}, delete it from {table}.",
        "Clear the {thing} with the {extreme} {m} from {table}.",
    ),
    (
        "Strike the {thing} having the {extreme} {m} off the table {table}.",
        "Whichever {thing} of {table} has the {extreme} {m} must go.",
    ),
)


@family()
def delete_one(scene: Scene) -> Draft | None:
    item = scene.item()
    return Draft(
        kind="DELETE",
        ask=ONE,
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
        ask=TWO,
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
        ask=FIRST,
        slots={"m": measure.phrase, "extreme": scene.say(HIGHEST if highest else LOWEST)},
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
        ask=MATCHING,
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
