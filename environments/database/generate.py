"""Procedural database tasks: any number, from a seed, each with a reference solution and an outcome worked out in
Python.

A task depends on (seed, family, number) and the side of its split alone, so any slice of a run can be made again by
itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib import import_module
from random import Random

import msgspec

from environments.contract import Task
from environments.database.families.draft import FAMILIES, Draft
from environments.database.families.scene import Scene, draw
from environments.database.judge import is_modification, print_hashes, quote, table_hash
from environments.database.payload import Payload, Table
from environments.database.vocabulary.side import side_of
from environments.database.vocabulary.wording import wordings
from environments.generation import turns

ROOMS = (
    "counting",
    "lookup",
    "listing",
    "ranking",
    "aggregation",
    "grouping",
    "joining",
    "insertion",
    "updating",
    "deletion",
)
LIMIT_SCENES = 500
"""A family that finds no unambiguous task in so many scenes has a defect."""

HELD_OUT = (
    "count_either",
    "list_two_conditions",
    "rank_first_compared",
    "largest_of_either",
    "sum_of_compared",
    "insert_two_partial_rows",
    "update_between",
    "update_either_by_amount",
    "delete_either",
    "delete_named_like",
)
"""Families to keep out of training where new families are to be measured. Each puts an operation and a condition
together that training has seen, but only with others: in all four kinds, so that a score on them tells whether the
pieces were learnt or the families."""

SHARE_PREFACE, SHARE_CLOSING, SHARE_DBBENCH, SHARE_LOOK, SHARE_CHECK = 0.1, 0.1, 0.3, 0.1, 0.15

PLANS = ("In {table} I need to {plan}.", "In {table} I {plan}.")
LOOKS = ("First I look at a few rows.", "I want to see some rows before the statement.")
CHECKS = ("No error. I check the change.", "I make sure that the change arrived.")


def families() -> list[str]:
    """The names of all families, in the order in which they take turns."""
    for room in ROOMS:
        import_module(f"environments.database.families.{room}")
    return list(FAMILIES)


def generate(count: int, seed: int, split: str, families_wanted: Sequence[str] = ()) -> Iterator[Task]:
    """`count` tasks, round robin over `families_wanted` (all where empty). Raises `UserError` for an unknown family.

    The split `train` draws wordings, domains, tables, names, values and header styles from the training side of the
    vocabulary; every other split draws them from the evaluation side, which shares none of them
    (`families/side.py`)."""
    for name, number in turns("database", families(), families_wanted, count):
        yield _task(name, seed, number, split)


def _task(name: str, seed: int, number: int, split: str) -> Task:
    make, least, most = FAMILIES[name]
    side = side_of(split)
    for attempt in range(LIMIT_SCENES):
        rng = Random(f"database/{side}/{seed}/{name}/{number}/{attempt}")
        scene = draw(rng, side, least, most)
        draft = make(scene)
        if draft is not None and _changes(scene, draft):
            return _finish(name, seed, number, split, scene, draft)
    raise RuntimeError(f"family '{name}' finds no unambiguous task in {LIMIT_SCENES} scenes")


def _changes(scene: Scene, draft: Draft) -> bool:
    """Whether doing nothing fails."""
    before = draft.main.rows if draft.main else scene.rows()
    return draft.rows is None or table_hash(draft.rows) != table_hash(before)


def _finish(name: str, seed: int, number: int, split: str, scene: Scene, draft: Draft) -> Task:
    main = draft.main or scene.main_table()
    tables = [main] if draft.second is None else [main, draft.second]
    modifies = is_modification([draft.kind])
    payload = Payload(
        description=_with_articles(_description(scene, draft)),
        add_description=(describe if scene.rng.random() < SHARE_DBBENCH else describe_briefly)(tables),
        tables=tables,
        kinds=[draft.kind],
        answers=list(draft.answers),
        answer_md5=print_hashes([table_hash(draft.rows or [])]) if modifies else "",
        statements=[draft.sql] if modifies else [],
    )
    return Task(
        id=f"db-{scene.side}-{name}-{seed}-{number}",
        environment="database",
        split=split,
        source="generated",
        payload=msgspec.to_builtins(payload),
        seed=seed,
        family=name,
        reference=_reference(scene, draft, main.name),
    )


def _description(scene: Scene, draft: Draft) -> str:
    """What the user says: sometimes with a sentence before it, or after it."""
    sentences = [scene.say(draft.ask, **draft.slots)]
    if scene.rng.random() < SHARE_PREFACE:
        sentences.insert(0, scene.say(wordings().framing.prefaces))
    if scene.rng.random() < SHARE_CLOSING:
        sentences.append(scene.say(wordings().framing.closings))
    return " ".join(sentences)


def _with_articles(text: str) -> str:
    """`a age` as `an age`; values from the tables begin with a capital and stay as they are."""
    return re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", text)


def _reference(scene: Scene, draft: Draft, table: str) -> dict[str, list[str]]:
    """The statements with a thought for each: sometimes a look before, sometimes a check after a change."""
    rng = scene.rng
    statements, thoughts = [draft.sql], [rng.choice(PLANS).format(plan=draft.plan, table=table)]
    if rng.random() < SHARE_LOOK:
        statements.insert(0, f"SELECT * FROM {quote(table)} LIMIT 2;")
        thoughts.insert(0, rng.choice(LOOKS))
    if draft.check and rng.random() < SHARE_CHECK:
        statements.append(draft.check)
        thoughts.append(rng.choice(CHECKS))
    return {"statements": statements, "thoughts": thoughts}


def describe(tables: Sequence[Table]) -> str:
    """What DBBench adds to a question: names and headers."""
    if len(tables) == 1:
        return (
            f"The name of this table is {tables[0].name}, and the headers of this table are"
            f" {','.join(tables[0].columns)}."
        )
    parts = (f"{table.name} with the headers {','.join(table.columns)}" for table in tables)
    return f"There are {len(tables)} tables: {'; '.join(parts)}."


def describe_briefly(tables: Sequence[Table]) -> str:
    """The same in fewer tokens."""
    parts = (f"The table {table.name} has the headers {','.join(table.columns)}." for table in tables)
    return " ".join(parts)
