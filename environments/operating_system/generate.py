"""Procedural OS tasks: any number, from a seed, each with its reference solution and a check that a wrong play fails.

A task depends on (split, seed, family, its number within the family) and on nothing else: more tasks, or other families
beside it, leave it as it is. The split's name alone holds tasks apart: those of `train` draw wordings, names, words and
values from one half of every list, those of any other split from the other half (`families/draw.py`), so that no seed
can mix them up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from environments.contract import Task
from environments.generation import trains, turns
from environments.operating_system.families import (
    accounts,
    archives,
    checksums,
    commands,
    files,
    git,
    links,
    logs,
    permissions,
    processes,
    shell,
    storage,
    tables,
    texts,
    times,
)
from environments.operating_system.families.drafting.draft import Family
from environments.operating_system.families.drafting.draw import Draw
from environments.operating_system.families.grids import file_grid, line_grid

THEMES = (
    file_grid, line_grid, files, texts, logs, tables, permissions, accounts, processes, archives, shell, commands,
    links, times, checksums, git, storage,
)  # fmt: skip
FAMILIES: dict[str, Family] = {name: family for theme in THEMES for name, family in theme.FAMILIES.items()}


def families() -> list[str]:
    """The names of the task families."""
    return list(FAMILIES)


def generate(count: int, seed: int, split: str, families: Sequence[str] = ()) -> Iterator[Task]:
    """`count` tasks round robin over `families` (all when empty). Raises `UserError` for an unknown family."""
    chosen = turns("operating_system", list(FAMILIES), families, count)
    return (task(seed, name, number, split) for name, number in chosen)


def task(seed: int, family: str, number: int, split: str) -> Task:
    """Task `number` of `family`."""
    draft = FAMILIES[family](Draw(f"{split}/{seed}/{family}/{number}", training=trains(split)))
    return Task(
        id=f"os-{split}-{family}-{seed}-{number:05d}",
        environment="operating_system",
        split=split,
        source="generated",
        payload=msgspec.to_builtins(draft.payload),
        seed=seed,
        family=family,
        reference=msgspec.to_builtins(draft.reference),
    )
