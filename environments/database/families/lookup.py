"""Questions that look a value up."""

from __future__ import annotations

from environments.database.families import conditions
from environments.database.families.draft import Draft, family, only
from environments.database.families.scene import Item, Scene
from environments.database.families.side import Phrases
from environments.database.judge import quote
from environments.database.schema import literal

BY_KEY = Phrases(
    (
        "What is the {c} of {key}?",
        "Which {c} is recorded for {key}?",
        "Look up {key} and tell me the {c}.",
        "What {c} does {key} have?",
        "Find the {c} of the {thing} {key}.",
        "I need the {c} of {key}.",
        "For {key}, what is the {c}?",
        "Tell me the {c} of {key}.",
        "State the {c} for the {thing} {key}.",
        "Say what {c} {key} has.",
        "Look at {key} in {table}. What is its {c}?",
        "{key} has which {c}?",
        "Give me the {c} recorded for {key}.",
        "In {table}, what {c} is listed for {key}?",
        "Could you look up the {c} of {key}?",
        "Report for {key} the {c}.",
        "Check the {c} of {key}: what is it?",
        "Which {c} is given for {key}?",
        "What {c} belongs to {key}?",
        "Find out which {c} {key} has.",
    ),
    ("Check {table} for {key}: which {c} is given?", "Report the {c} that belongs to {key}."),
)
TWO_COLUMNS = Phrases(
    (
        "What are the {c} and the {d} of {key}?",
        "Give me the {c} and the {d} of {key}.",
        "Look up both the {c} and the {d} of {key}.",
        "For {key}, I need the {c} and the {d}.",
        "Which {c} and which {d} does {key} have?",
        "Find {key} and tell me both the {c} and the {d}.",
        "State the {c} and the {d} of {key}.",
        "Tell me {key}'s {c} and {d}.",
        "Say what {c} and what {d} {key} has.",
        "Of {key} I need to know two values: {c} and {d}.",
        "What {c} does {key} have, and what {d}?",
        "In {table}, look up the {c} and the {d} of {key}.",
        "{key} has which {c} and which {d}?",
        "Report both the {c} and the {d} of {key}.",
        "Check which {c} and which {d} belong to {key}.",
        "Tell me two things: the {c} of {key} and its {d}.",
        "Report what {c} and what {d} {key} has.",
    ),
    ("Report two things about {key}: the {c} and the {d}.", "Check {key}: what is the {c}, and what is the {d}?"),
)
BY_VALUE = Phrases(
    (
        "Which {thing} has a {m} of {v}?",
        "Name the {thing} whose {m} is {v}.",
        "A {m} of {v} belongs to which {thing}?",
        "Find the {thing} with a {m} of {v}.",
        "For which {thing} is the {m} {v}?",
        "There is one {thing} with {v} as {m}. Which one is it?",
        "Tell me which {thing} has a {m} of {v}.",
        "State the {thing} with {v} as {m}.",
        "What {thing} has {v} for its {m}?",
        "Look up the {thing} whose {m} equals {v}.",
        "Say which {thing} is listed with a {m} of {v}.",
        "In {table}, which {thing} has the {m} {v}?",
        "I need the {thing} with a {m} of {v}.",
        "One {thing} has a {m} of {v}. What is it called?",
        "Report which {thing} has a {m} of {v}.",
        "A single {thing} has a {m} of {v}: which one?",
        "Which {thing} shows a {m} of {v}?",
        "Find out what {thing} has {v} as {m}.",
    ),
    ("The {m} is {v} for a single {thing}: report it.", "Tell me what {thing} shows {v} as its {m}."),
)
BY_TWO = Phrases(
    (
        "What is the {m} of the {row}?",
        "Give the {m} of the {row}.",
        "There is one {row}. What is its {m}?",
        "Find the {row} and tell me its {m}.",
        "Which {m} does the {row} have?",
        "I need the {m} of the only {row}.",
        "State the {m} of the {row}.",
        "Tell me the {m} that the {row} has.",
        "Say what {m} the {row} has.",
        "Look up the {m} of the {row}.",
        "How high is the {m} of the {row}?",
        "The {row} has which {m}?",
        "Take the only {row}: what is its {m}?",
        "Report which {m} the {row} has.",
        "What {m} is given for the {row}?",
        "Look for the only {row} and report its {m}.",
        "Check the {row}: which {m} does it have?",
    ),
    ("Report the {m} for the {row}.", "Look for the {row}: what {m} is given?"),
)


def _value(item: Item, column: str) -> str:
    return item.texts[column] if column in item.texts else str(item.numbers[column])


@family()
def lookup_by_key(scene: Scene) -> Draft | None:
    item, column = scene.item(), scene.column()
    return Draft(
        kind="other",
        ask=BY_KEY,
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
        ask=TWO_COLUMNS,
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
        ask=BY_VALUE,
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
        ask=BY_TWO,
        slots={**part.slots, "m": measure.phrase},
        plan=f"read {measure.column} in the row{part.plan}",
        sql=f"SELECT {quote(measure.column)} FROM {scene.t}{part.where};",
        answers=(str(chosen.numbers[measure.column]),),
    )
