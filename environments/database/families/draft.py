"""What a family makes of a scene, before it becomes a task, and the register of families."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from environments.database.families.scene import Item, Scene
from environments.database.payload import Table
from environments.database.vocabulary.wording import Phrases


@dataclass(frozen=True)
class Draft:
    """A task to be: `ask` with its `slots` is what the user says, `plan` a phrase after "I need to", then the SQL, and
    the right outcome: `answers` of a question, or the main table's `rows` after a change. `main` is given where the
    table is not the scene's."""

    kind: str
    ask: Phrases
    slots: Mapping[str, object]
    plan: str
    sql: str
    answers: Sequence[str] = ()
    rows: Sequence[Sequence[str | None]] | None = None
    second: Table | None = None
    main: Table | None = None
    check: str = ""


Family = Callable[[Scene], Draft | None]
"""Makes a draft, or None where this scene leaves the outcome in doubt (a tie, an empty result); another scene is then
drawn.
"""

FAMILIES: dict[str, tuple[Family, int, int]] = {}


def family(least: int = 5, most: int = 200) -> Callable[[Family], Family]:
    """Register a family under its function's name, for tables of `least` to `most` rows."""

    def register(make: Family) -> Family:
        FAMILIES[make.__name__] = (make, least, most)
        return make

    return register


def enter(name: str, make: Family, least: int = 5, most: int = 200) -> None:
    """Register a family that has no function of its own: an operation with one of its conditions."""
    FAMILIES[name] = (make, least, most)


def only(items: Sequence[Item]) -> Item | None:
    """The single item, or None."""
    return items[0] if len(items) == 1 else None


LIMIT_LISTED = 5
"""A list in an answer is no longer than this, so that it is worth learning from and never cut off at 800 characters."""


def listing(values: Sequence[str]) -> tuple[str, ...] | None:
    """Values fit for an answer: some, not many, no two the same."""
    return (
        tuple(values)
        if 0 < len(values) <= LIMIT_LISTED and len({v.casefold() for v in values}) == len(values)
        else None
    )
