"""Procedural OS tasks: any number, from a seed, each with its reference solution and a check that a wrong play fails.

A task depends on (split, seed, family, its number within the family) and on nothing else: more tasks, or other families
beside it, leave it as it is. The split's name alone holds tasks apart: those of `train` draw wordings, names, words and
values from one half of every list, those of any other split from the other half (`families/draw.py`), so that no seed
can mix them up.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

import msgspec

from environments.contract import Task, UserError
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

TRAINING = "train"

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
    chosen = list(families) or list(FAMILIES)
    for name in chosen:
        if name not in FAMILIES:
            near = difflib.get_close_matches(name, FAMILIES, n=1, cutoff=0)
            raise UserError(
                f"unknown family '{name}' of operating_system tasks: did you mean '{near[0]}'? known are"
                f" {', '.join(FAMILIES)}"
            )
    return (task(seed, chosen[index % len(chosen)], index // len(chosen), split) for index in range(count))


def task(seed: int, family: str, number: int, split: str) -> Task:
    """Task `number` of `family`."""
    draft = FAMILIES[family](Draw(f"{split}/{seed}/{family}/{number}", training=split == TRAINING))
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
