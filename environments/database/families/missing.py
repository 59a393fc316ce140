"""A question about values that are not there."""

from __future__ import annotations

from environments.database.families.draft import Draft, family
from environments.database.families.scene import Scene
from environments.database.judge import quote
from environments.database.payload import Table


@family(least=8)
def count_missing(scene: Scene) -> Draft | None:
    column = scene.column()
    position = list(scene.order).index(column.column)
    rows = scene.rows()
    gaps = scene.rng.sample(range(len(rows)), scene.rng.randint(2, max(2, len(rows) // 3)))
    for gap in gaps:
        rows[gap][position] = None
    things = scene.domain.things
    return Draft(
        "counting",
        (
            f"For how many {things} is the {column.phrase} missing (NULL)?",
            f"How many rows have no {column.phrase}, that is, NULL in the column {column.column}?",
            f"Count the {things} whose {column.phrase} is NULL.",
        ),
        f"count the rows where {column.column} IS NULL",
        f"SELECT COUNT(*) FROM {scene.t} WHERE {quote(column.column)} IS NULL;",
        (str(len(gaps)),),
        main=Table(scene.table, list(scene.order), rows),
    )
