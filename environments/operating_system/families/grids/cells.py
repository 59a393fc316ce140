"""What all cells of the grids have in common: a selection of things, an operation on them, one command of both.

A grid is a table of families, one for each pair of a selection and an operation. A cell adds nothing to its two pieces,
so that who has learnt every piece in some cells can play the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, Generic, NamedTuple, TypeVar

from environments.operating_system.families.drafting.draft import (
    Draft,
    Family,
    answer_step,
    concluded,
    finished,
    said,
    step,
    thought,
)
from environments.operating_system.families.drafting.draw import Draw
from environments.operating_system.payload import Check

LIMIT_TRIES = 200

Thing = TypeVar("Thing")


class Selection(NamedTuple, Generic[Thing]):
    """Which things: what they may be called, the command's words for them, what the thought calls them, and the
    truth.
    """

    wordings: Sequence[str]
    words: str
    thought: str
    hit: Callable[[Thing], bool]


class Outcome(NamedTuple):
    """What an operation asks for: a text, any order of some values, or a state of the machine."""

    names: Mapping[str, str] = {}
    truth: str | None = None
    values: Sequence[str] = ()
    check: Check | None = None


class Operation(NamedTuple):
    """What to do with them. `wordings`, `command` and `thought` have places `{…}` for what the grid and the outcome's
    `names` know.

    `thought` says what the command does with them, after the selection's, which says which they are.
    `outcome` is None where what is selected makes a poor task of it.
    """

    wordings: Sequence[str]
    command: str
    thought: str
    outcome: Callable[[Draw, Any], Outcome | None]


def draft(
    rng: Draw, selection: Selection[Any], operation: Operation, outcome: Outcome, places: Mapping[str, str], init: str
) -> Draft:
    """The cell's task, played by one command."""
    filled = {**places, **outcome.names}
    description = _capital(rng.wording(operation.wordings).format_map(filled))
    does = operation.thought.format_map(filled)
    why = thought(rng, f"{selection.thought}; {does}.", f"{selection.thought}: {does}.")
    command = operation.command.format_map(filled)
    if outcome.check is not None:
        return Draft(description, [step(_capital(why), command)], finished(rng), (), checks=[outcome.check], init=init)
    steps = [answer_step(rng, _capital(why), command)]
    if outcome.truth is not None:
        return Draft(
            description=description,
            steps=steps,
            conclusion=concluded(rng),
            labels=(),
            answer="«answer»",
            truth=outcome.truth,
            init=init,
        )
    seen = thought(rng, "These are all.", "That is the list.", "The list is complete.")
    return Draft(
        description=description,
        steps=steps,
        conclusion=seen,
        labels=(),
        answer="«answer»",
        accepts=listed(outcome.values),
        init=init,
    )


def called(rng: Draw, selection: Selection[Any]) -> str:
    """What the selected things are called in this task."""
    return said(rng, *selection.wordings)


def listed(values: Sequence[str]) -> str:
    """A pattern of these distinct values in any order, separated by commas, blanks or newlines.

    An answer is stripped before.
    """
    each = [re.escape(value) for value in values]
    all_there = "".join(rf"(?=(?:.*[,\s])?{value}(?:[,\s]|\Z))" for value in each)
    return rf"(?s)\A{all_there}(?:{'|'.join(each)})(?:(?:\s*,\s*|\s+)(?:{'|'.join(each)})){{{len(each) - 1}}}\Z"


def retried(make: Callable[[Draw], Draft | None]) -> Family:
    """A family that draws again where a scene leaves too little or too much selected."""

    def family(rng: Draw) -> Draft:
        for _ in range(LIMIT_TRIES):
            if (made := make(rng)) is not None:
                return made
        raise RuntimeError(f"no scene fits after {LIMIT_TRIES} draws")

    return family


def grid(prefix: str, selections: Iterable[str], operations: Iterable[str]) -> Iterator[tuple[str, tuple[str, str]]]:
    """The name of each cell, with the names of its selection and its operation."""
    return ((f"{prefix}-{which}-{what}", (which, what)) for what, which in product(operations, selections))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
