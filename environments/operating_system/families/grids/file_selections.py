"""Which files of a directory: the rows of the grid `files-SELECTION-OPERATION`. Each is one test of `find`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from environments.operating_system.families.drafting.draw import Draw
from environments.operating_system.families.drafting.words import EXTENSIONS, OWNERS, names
from environments.operating_system.families.grids.cells import Selection


class File(NamedTuple):
    """A file of the scene; `size` in bytes."""

    folder: str
    name: str
    size: int
    day: date
    owner: str

    @property
    def path(self) -> str:
        return f"{self.folder}/{self.name}"


def files(rng: Draw, root: str) -> list[File]:
    """Files in `root` and a directory below it that share beginnings, middles, endings and owners, with sizes and days
    of their own.
    """
    *words, inner = names(rng, 9)
    pairs = [(head, tail) for head in words[:4] for tail in words[4:]]
    endings, users = rng.sample(rng.of(EXTENSIONS), 3), [*rng.sample(rng.of(OWNERS), 2), "root"]
    count = rng.randint(8, 11)
    sizes, days = rng.sample(range(20, 400), count), rng.sample(range(0, 600, 2), count)
    first = date(rng.randint(2018, 2023), rng.randint(1, 12), 1)
    folders = (root, root, f"{root}/{inner}")
    return [
        File(
            folder=rng.choice(folders),
            name=f"{head}-{tail}.{rng.choice(endings)}",
            size=size,
            day=first + timedelta(day),
            owner=rng.choice(users),
        )
        for (head, tail), size, day in zip(rng.sample(pairs, count), sizes, days, strict=True)
    ]


def _extension(one: File) -> Selection[File]:
    ending = one.name.rpartition(".")[2]
    return Selection(
        (
            f"files whose extension is .{ending}",
            f"files that have .{ending} as their ending",
            f".{ending} files",
            f"files with the extension .{ending}",
            f"*.{ending} files",
            f"files that end in .{ending}",
            f"files of the type .{ending}",
            f"files with the ending .{ending}",
            f"files with names that end in .{ending}",
            f"files that have the suffix .{ending}",
            f"files whose name ends in .{ending}",
        ),
        f"-name '*.{ending}'",
        f"names that end in .{ending}",
        lambda file: file.name.endswith(f".{ending}"),
    )


def _beginning(one: File) -> Selection[File]:
    word = one.name.partition("-")[0]
    return Selection(
        (
            f"files with a name that opens with '{word}'",
            f"files whose name has '{word}' at its start",
            f"files whose name begins with '{word}'",
            f"files with names starting with '{word}'",
            f"{word}* files",
            f"files with '{word}' at the beginning of their name",
            f"files with the prefix '{word}'",
            f"files that have a name beginning with '{word}'",
            f"files whose name opens with '{word}'",
            f"files with '{word}' as the first part of their name",
            f"files that have '{word}' at the start of their name",
        ),
        f"-name '{word}*'",
        f"names that begin with '{word}'",
        lambda file: file.name.startswith(word),
    )


def _part(one: File) -> Selection[File]:
    word = one.name.partition("-")[2].partition(".")[0]
    return Selection(
        (
            f"files that contain '{word}' in their name",
            f"files whose name has '{word}' anywhere",
            f"files whose name contains '{word}'",
            f"files with '{word}' in their name",
            f"*{word}* files",
            f"files that have '{word}' somewhere in their name",
            f"files with names that include '{word}'",
            f"files whose name has '{word}' in it",
            f"files with names containing '{word}'",
            f"files with '{word}' as a part of their name",
            f"files that have '{word}' anywhere in their name",
        ),
        f"-name '*{word}*'",
        f"names that contain '{word}'",
        lambda file: word in file.name,
    )


def _larger(one: File) -> Selection[File]:
    return Selection(
        (
            f"files bigger than {one.size} bytes",
            f"files whose size is beyond {one.size} bytes",
            f"files larger than {one.size} bytes",
            f"files of more than {one.size} bytes",
            f"files with a size above {one.size} bytes",
            f"files that exceed {one.size} bytes",
            f"files over {one.size} bytes",
            f"files that have more than {one.size} bytes",
            f"files whose size is greater than {one.size} bytes",
            f"files of a size beyond {one.size} bytes",
            f"files that are bigger than {one.size} bytes",
        ),
        f"-size +{one.size}c",
        f"more than {one.size} bytes",
        lambda file: file.size > one.size,
    )


def _newer(one: File) -> Selection[File]:
    border = one.day + timedelta(1)  # an odd day, on which no file was modified
    return Selection(
        (
            f"files whose modification date is later than {border}",
            f"files changed later than {border}",
            f"files modified after {border}",
            f"files changed after {border}",
            f"files with a modification date after {border}",
            f"files newer than {border}",
            f"files last changed after {border}",
            f"files that were modified after {border}",
            f"files whose last change came after {border}",
            f"files with a later modification date than {border}",
            f"files last modified later than {border}",
        ),
        f"-newermt {border}",
        f"modified after {border}",
        lambda file: file.day > border,
    )


def _owner(one: File) -> Selection[File]:
    return Selection(
        (
            f"files whose owner is called {one.owner}",
            f"files with {one.owner} as their owner",
            f"files owned by {one.owner}",
            f"files that belong to {one.owner}",
            f"files of the user {one.owner}",
            f"files with the owner {one.owner}",
            f"files that {one.owner} owns",
            f"files belonging to {one.owner}",
            f"files that are owned by {one.owner}",
            f"files of which {one.owner} is the owner",
            f"files whose owner is {one.owner}",
        ),
        f"-user {one.owner}",
        f"owned by {one.owner}",
        lambda file: file.owner == one.owner,
    )


SELECTIONS: dict[str, Callable[[File], Selection[File]]] = {
    "extension": _extension,
    "beginning": _beginning,
    "part": _part,
    "larger": _larger,
    "newer": _newer,
    "owner": _owner,
}


def selected(selection: Selection[File], everything: Sequence[File], root: str, deep: bool) -> list[File]:
    """The files that are meant; unless `deep` only those directly in `root`."""
    return [file for file in everything if selection.hit(file) and (deep or file.folder == root)]
