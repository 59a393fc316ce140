"""What generators of tasks have in common: one rule of splits, and one way in which families take turns."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from environments.contract import UserError

TRAINING = "train"


def trains(split: str) -> bool:
    """Whether tasks of `split` may be trained on. A generator's other splits share none of them, whatever the seed."""
    return split == TRAINING


def turns(environment: str, known: Sequence[str], wanted: Sequence[str], count: int) -> Iterator[tuple[str, int]]:
    """Family and number of each of `count` tasks, round robin over `wanted` (all of `known` where that is empty).

    Raises `UserError` for a family that is not known.
    """
    for name in wanted:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0)
            raise UserError(
                f"unknown family '{name}' of {environment}: did you mean '{near[0]}'? 'agenttuning tasks {environment}'"
                f" lists all {len(known)}"
            )
    names = list(wanted) or list(known)
    return ((names[index % len(names)], index // len(names)) for index in range(count))
