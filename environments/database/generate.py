"""Procedural database tasks: any number, from a seed, each with a reference solution and an outcome worked out in Python.

A task depends on (seed, family, number) alone, so any slice of a run can be made again by itself.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from importlib import import_module
from random import Random

import msgspec

from environments.contract import Task, UserError
from environments.database.families.draft import FAMILIES, Draft
from environments.database.families.scene import Scene, draw
from environments.database.judge import is_modification, print_hashes, quote, table_hash
from environments.database.payload import Payload, Table

ROOMS = ("counting", "lookup", "ranking", "aggregation", "grouping", "joining", "missing", "insertion", "updating", "deletion")
LIMIT_SCENES = 500
"""A family that finds no unambiguous task in so many scenes has a defect."""

PLANS = (
    "I need to {plan}.",
    "What the task asks for takes one statement: {plan}.",
    "My plan is to {plan}.",
    "The headers tell me enough to start, so I {plan}.",
)
CASTS = (
    "The columns hold text, so I cast {columns} to a number first.",
    "Since every value is stored as text, {columns} has to be cast.",
    "Without a cast, {columns} would be compared as text.",
)
LOOKS = (
    "Before I write the statement I look at a few rows, to see how the values are written.",
    "I first want to see what the table's rows look like.",
)
CHECKS = (
    "No error came back. I check that the table now says what it should.",
    "I make sure that the change arrived.",
)


def families() -> list[str]:
    """The names of all families, in the order in which they take turns."""
    for room in ROOMS:
        import_module(f"environments.database.families.{room}")
    return list(FAMILIES)


def generate(count: int, seed: int, split: str, families_wanted: Sequence[str] = ()) -> Iterator[Task]:
    """`count` tasks, round robin over `families_wanted` (all where empty). Raises `UserError` for an unknown family."""
    known = families()
    for name in families_wanted:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0)
            raise UserError(f"unknown database family '{name}': did you mean '{near[0]}'? 'tasks' lists all {len(known)}")
    names = list(families_wanted) or known
    for index in range(count):
        yield _task(names[index % len(names)], seed, index // len(names), split)


def _task(name: str, seed: int, number: int, split: str) -> Task:
    make, least, most = FAMILIES[name]
    for attempt in range(LIMIT_SCENES):
        rng = Random(f"database/{seed}/{name}/{number}/{attempt}")
        scene = draw(rng, least, most)
        draft = make(scene)
        if draft is not None and _changes(scene, draft):
            return _finish(name, seed, number, split, scene, draft)
    raise RuntimeError(f"family '{name}' finds no unambiguous task in {LIMIT_SCENES} scenes")


def _changes(scene: Scene, draft: Draft) -> bool:
    """Whether doing nothing fails."""
    return draft.rows is None or table_hash(draft.rows) != table_hash(scene.rows())


def _finish(name: str, seed: int, number: int, split: str, scene: Scene, draft: Draft) -> Task:
    main = draft.main or scene.main_table()
    tables = [main] if draft.second is None else [main, draft.second]
    modifies = is_modification([draft.kind])
    payload = Payload(
        description=_with_articles(scene.rng.choice(draft.wordings)),
        add_description=describe(tables),
        tables=tables,
        kinds=[draft.kind],
        answers=list(draft.answers),
        answer_md5=print_hashes([table_hash(draft.rows or [])]) if modifies else "",
        statements=[draft.sql] if modifies else [],
    )
    return Task(
        id=f"db-{name}-{seed}-{number}",
        environment="database",
        split=split,
        source="generated",
        payload=msgspec.to_builtins(payload),
        seed=seed,
        family=name,
        reference=_reference(scene, draft, main.name),
    )


def _with_articles(text: str) -> str:
    """`a age` as `an age`; values from the tables begin with a capital and stay as they are."""
    return re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", text)


def _reference(scene: Scene, draft: Draft, table: str) -> dict[str, list[str]]:
    """The statements with a thought for each: sometimes a look before, sometimes a check after a change."""
    rng = scene.rng
    statements, thoughts = [draft.sql], [rng.choice(PLANS).format(plan=draft.plan)]
    if draft.casts:
        thoughts[0] += " " + rng.choice(CASTS).format(columns=" and ".join(dict.fromkeys(draft.casts)))
    if rng.random() < 0.3:
        statements.insert(0, f"SELECT * FROM {quote(table)} LIMIT 3;")
        thoughts.insert(0, rng.choice(LOOKS))
    if draft.check and rng.random() < 0.4:
        statements.append(draft.check)
        thoughts.append(rng.choice(CHECKS))
    return {"statements": statements, "thoughts": thoughts}


def describe(tables: Sequence[Table]) -> str:
    """What DBBench adds to a question: names and headers."""
    if len(tables) == 1:
        return f"The name of this table is {tables[0].name}, and the headers of this table are {','.join(tables[0].columns)}."
    parts = (f"{table.name} with the headers {','.join(table.columns)}" for table in tables)
    return f"There are {len(tables)} tables: {'; '.join(parts)}."
