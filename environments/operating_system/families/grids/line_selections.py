"""Which lines of a file of records: the rows of the grid `lines-SELECTION-OPERATION`.

Each is one condition of `awk`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from environments.operating_system.families.drafting.draw import Draw
from environments.operating_system.families.drafting.words import AMOUNTS, CITIES, NOUNS, PEOPLE
from environments.operating_system.families.grids.cells import Selection

NUMBER = 2


class Lines(NamedTuple):
    """Records of four fields with blanks between, of which the third is a number; `columns` name the fields."""

    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]


def lines(rng: Draw) -> Lines:
    """A dozen records of a few users, cities and words, and of numbers that all differ."""
    users, cities, words = rng.sample(rng.of(PEOPLE), 4), rng.sample(rng.of(CITIES), 4), rng.sample(rng.of(NOUNS), 4)
    amounts = rng.sample(range(10, 100), rng.randint(10, 15))
    rows: list[tuple[str, ...]] = [
        (rng.choice(users), rng.choice(cities), str(amount), rng.choice(words)) for amount in amounts
    ]
    return Lines(("user", "city", rng.choice(rng.of(AMOUNTS)), "word"), rows)


def text(row: tuple[str, ...]) -> str:
    """The line of a record."""
    return " ".join(row)


def _containing(rng: Draw, scene: Lines) -> Selection[tuple[str, ...]]:
    word = rng.choice(scene.rows)[rng.choice((1, 3))]
    return Selection(
        (
            f"lines that mention '{word}' somewhere",
            f"lines in which '{word}' is found",
            f"lines that contain '{word}'",
            f"lines with '{word}' in them",
            f"lines containing '{word}'",
            f"lines that have '{word}' somewhere",
            f"lines that include '{word}'",
            f"lines with the text '{word}'",
            f"lines that show '{word}' anywhere",
            f"lines that mention '{word}'",
            f"lines in which '{word}' occurs",
        ),
        f"/{word}/",
        f"lines with '{word}' anywhere",
        lambda row: word in text(row),
    )


def _beginning(rng: Draw, scene: Lines) -> Selection[tuple[str, ...]]:
    word = rng.choice(scene.rows)[0]
    return Selection(
        (
            f"lines whose first word is '{word}'",
            f"lines having '{word}' at the start",
            f"lines that begin with '{word}'",
            f"lines starting with '{word}'",
            f"lines beginning with '{word}'",
            f"lines that start with '{word}'",
            f"lines with '{word}' at the beginning",
            f"lines with '{word}' in front",
            f"lines that open with '{word}'",
            f"lines whose beginning is '{word}'",
            f"lines that have '{word}' at their start",
        ),
        f"/^{word}/",
        f"lines that begin with '{word}'",
        lambda row: text(row).startswith(word),
    )


def _equals(rng: Draw, scene: Lines) -> Selection[tuple[str, ...]]:
    field = rng.choice((0, 1, 3))
    column, value = scene.columns[field], rng.choice(scene.rows)[field]
    return Selection(
        (
            f"lines that have the {column} {value}",
            f"lines that show the {column} {value}",
            f"lines whose {column} is {value}",
            f"lines with the {column} {value}",
            f"lines where the {column} is {value}",
            f"lines in which the {column} is {value}",
            f"lines for which the {column} equals {value}",
            f"lines with {value} in the field {column}",
            f"lines having the {column} {value}",
            f"lines that show {value} for the {column}",
            f"lines that have {value} as their {column}",
        ),
        f'${field + 1} == "{value}"',
        f"{column}, field {field + 1}, is {value}",
        lambda row: row[field] == value,
    )


def _above(rng: Draw, scene: Lines) -> Selection[tuple[str, ...]]:
    column, limit = scene.columns[NUMBER], rng.choice(scene.rows)[NUMBER]
    return Selection(
        (
            f"lines that have more than {limit} in {column}",
            f"lines whose {column} is higher than {limit}",
            f"lines whose {column} is above {limit}",
            f"lines with a {column} greater than {limit}",
            f"lines where the {column} is more than {limit}",
            f"lines in which the {column} is over {limit}",
            f"lines whose {column} exceeds {limit}",
            f"lines with more than {limit} as their {column}",
            f"lines for which the {column} is larger than {limit}",
            f"lines that go beyond {limit} in {column}",
            f"lines that have a {column} higher than {limit}",
        ),
        f"${NUMBER + 1} > {limit}",
        f"{column}, field {NUMBER + 1}, is above {limit}",
        lambda row: int(row[NUMBER]) > int(limit),
    )


SELECTIONS: dict[str, Callable[[Draw, Lines], Selection[tuple[str, ...]]]] = {
    "containing": _containing,
    "beginning": _beginning,
    "equals": _equals,
    "above": _above,
}
