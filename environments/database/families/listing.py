"""Questions that list what matches a condition."""

from __future__ import annotations

from functools import partial

from environments.database.families import conditions
from environments.database.families.conditions import Condition
from environments.database.families.draft import Draft, enter, listing
from environments.database.families.scene import Scene
from environments.database.families.side import Phrases
from environments.database.judge import quote

LIST = Phrases(
    (
        "List the {rows}.",
        "Name all {rows}.",
        "Which are the {rows}?",
        "Find every {row}.",
        "Give me the {name} of each {row}.",
        "Show all {rows} in the table {table}.",
        "I need to know each {row}: list them.",
        "State the {name} of every {row}.",
        "Tell me all {rows}.",
        "Say which are the {rows}.",
        "Give the {name} of all {rows}.",
        "Look up the {rows} and name them.",
        "What {rows} does {table} contain?",
        "I am after the {rows}: name each.",
        "In {table}, list the {rows}.",
        "What is the {name} of each {row}?",
        "Report the {rows}.",
        "Write the {name} of each {row} down.",
        "Enumerate every {row}.",
        "Can you list all {rows}?",
        "Look through the {rows} and name each.",
    ),
    (
        "Write down every {row}.",
        "Look through {table} and report all {rows}.",
        "Can you enumerate the {rows}?",
    ),
)
LIST_DISTINCT = Phrases(
    (
        "Which values of {c} occur among the {rows}?",
        "List every different {c} found among the {rows}.",
        "What distinct entries does the {c} have for the {rows}?",
        "Name each {c} that occurs among the {rows}, once.",
        "Show the different values of {c} among the {rows}.",
        "Give me every distinct {c} of the {rows}.",
        "Tell me which different values of {c} the {rows} have.",
        "State each {c} of the {rows} only once.",
        "What separate values of {c} do the {rows} have?",
        "Leaving out doubles, list every {c} of the {rows}.",
        "Among the {rows}, which different {c} entries are there?",
        "Look at the {rows} and say which values of {c} occur.",
        "I need every {c} that the {rows} have, each one once.",
        "Which {c} entries are there for the {rows}? Give no value twice.",
        "Report each different {c} of the {rows}.",
        "Without repeating any, list the {c} entries of the {rows}.",
        "Which unique {c} values do the {rows} have?",
        "What {c} values appear for the {rows}? Give each once.",
    ),
    (
        "Without repeating any, which {c} values appear among the {rows}?",
        "Report the unique values of {c} among the {rows}.",
    ),
)


def _list(scene: Scene, condition: Condition) -> Draft | None:
    if (part := condition(scene)) is None or (answers := listing([item.key for item in part.items])) is None:
        return None
    return Draft(
        kind="comparison",
        ask=LIST,
        slots={**part.slots, "name": scene.key_word},
        plan=f"list {scene.key} of the rows{part.plan}",
        sql=f"SELECT {scene.k} FROM {scene.t}{part.where};",
        answers=answers,
        main=part.scene.main_table(),
    )


def _list_distinct(scene: Scene, condition: Condition) -> Draft | None:
    if (part := condition(scene)) is None:
        return None
    category = scene.category(but=part.columns)
    answers = listing(sorted({item.texts[category.column] for item in part.items}))
    if answers is None:
        return None
    return Draft(
        kind="comparison",
        ask=LIST_DISTINCT,
        slots={**part.slots, "c": category.phrase},
        plan=f"list the distinct values of {category.column}{part.plan}",
        sql=f"SELECT DISTINCT {quote(category.column)} FROM {scene.t}{part.where};",
        answers=answers,
    )


for _name, _condition in {
    "list_matching": conditions.matching,
    "list_either": conditions.either,
    "list_other_than": conditions.other_than,
    "list_two_equal": conditions.two_equal,
    "list_excluding": conditions.excluding,
    "list_compared": conditions.compared,
    "list_two_conditions": conditions.two_conditions,
    "list_between": conditions.between,
    "list_named_like": conditions.named_like,
    "list_missing": conditions.missing,
}.items():
    enter(_name, partial(_list, condition=_condition), least=6, most=60)

for _name, _condition in {
    "list_distinct": conditions.everything,
    "list_distinct_matching": conditions.matching,
    "list_distinct_compared": conditions.compared,
}.items():
    enter(_name, partial(_list_distinct, condition=_condition), least=6)
