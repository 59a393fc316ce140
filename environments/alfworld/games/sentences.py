"""The sentences that goals are told in (`sentences.toml`)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from environments.alfworld.games.household import Goal, TaskType
from environments.toml_file import read_entries


class Sentences(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The forms for one type of task: ALFWorld's, ALFWorld's for what is sliced, and this project's own."""

    template: list[str]
    own: list[str]
    sliced: list[str] = []


@cache
def sentences() -> dict[str, Sentences]:
    """The forms by type of task."""
    return read_entries(Path(__file__).with_name("sentences.toml"), Sentences)


def goal(task: TaskType, form: str, *, thing: str, place: str = "", lamp: str = "", sliced: bool = False) -> Goal:
    """A goal told in the words of `form`. Raises `ValueError` where nobody could reach it."""
    text = form.format(
        thing=thing.lower(), place=place.lower(), lamp=lamp.lower(), a_thing=_with_article(thing.lower())
    )
    return Goal(task=task, thing=thing, text=text, place=place, lamp=lamp, sliced=sliced)


def _with_article(word: str) -> str:
    """ALFWorld's own sentences say `a apple`; this project's do not."""
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"
