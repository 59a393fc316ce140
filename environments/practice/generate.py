"""Tasks of the practice environment: count to nine, or, in an environment that answers differently each time, to
four.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from environments.contract import Task
from environments.generation import turns

FAMILIES = {"count": {"rounds": 9}, "noise": {"rounds": 4, "noise": True}}


def families() -> list[str]:
    return list(FAMILIES)


def generate(count: int, seed: int, split: str, families: Sequence[str] = ()) -> Iterator[Task]:
    """`count` tasks, round robin over `families` (only `count` when empty). They are the same in every split."""
    chosen = turns("practice", list(FAMILIES), families or ("count",), count)
    for i, (family, _) in enumerate(chosen):
        yield Task(
            id=f"practice-{family}-{seed}-{i}",
            environment="practice",
            split=split,
            source="generated",
            payload=dict(FAMILIES[family]),
            seed=seed,
            family=family,
            reference={},
        )
