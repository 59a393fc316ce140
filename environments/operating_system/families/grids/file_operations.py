"""What is done with the files that are selected: the columns of the grid `files-SELECTION-OPERATION`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from environments.operating_system.families.drafting import state
from environments.operating_system.families.drafting.draw import Draw
from environments.operating_system.families.drafting.words import names
from environments.operating_system.families.grids.cells import Operation, Outcome
from environments.operating_system.families.grids.file_selections import File

LIMIT_LISTED = 3


class Chosen(NamedTuple):
    """A scene of files, and which of them are meant."""

    root: str
    files: Sequence[File]
    hits: Sequence[File]


def _left(chosen: Chosen, changed: dict[str, dict[str, Any] | None], target: str = "") -> Outcome:
    """All files as they were but for `changed`; `target` holds what was moved there, and nothing else is anywhere."""
    want = {file.path: state.file(" " * file.size, mode="644") for file in chosen.files} | changed
    folders = {file.folder for file in chosen.files} - {chosen.root}
    held = [path for path, wanted in want.items() if wanted is not None] + [*folders]
    listings = {
        root: [path.removeprefix(f"{root}/") for path in held if path.startswith(f"{root}/")]
        for root in (chosen.root, target)
        if root
    }
    return Outcome({"target": target}, check=state.left(want, listings))


def _count(rng: Draw, chosen: Chosen) -> Outcome:
    return Outcome(truth=str(len(chosen.hits)))


def _bytes(rng: Draw, chosen: Chosen) -> Outcome:
    return Outcome(truth=str(sum(file.size for file in chosen.hits)))


def _largest(rng: Draw, chosen: Chosen) -> Outcome:
    return Outcome(truth=max(chosen.hits, key=lambda file: file.size).name)


def _list(rng: Draw, chosen: Chosen) -> Outcome | None:
    return Outcome(values=[file.name for file in chosen.hits]) if len(chosen.hits) <= LIMIT_LISTED else None


def _delete(rng: Draw, chosen: Chosen) -> Outcome:
    return _left(chosen, {file.path: None for file in chosen.hits})


def _move(rng: Draw, chosen: Chosen) -> Outcome:
    above, _, own = chosen.root.rpartition("/")
    target = f"{above}/{next(name for name in names(rng, 2) if name != own)}"
    moved = {f"{target}/{file.name}": state.file(" " * file.size) for file in chosen.hits}
    return _left(chosen, {file.path: None for file in chosen.hits} | moved, target)


def _chmod(rng: Draw, chosen: Chosen) -> Outcome:
    mode = rng.choice(("400", "440", "600", "640", "660", "700", "750"))
    check = _left(chosen, {file.path: state.file(" " * file.size, mode=mode) for file in chosen.hits}).check
    return Outcome({"mode": mode}, check=check)


OPERATIONS: dict[str, Operation] = {
    "count": Operation(
        (
            "How many {files} do you see {where}?",
            "Please tell me how many {files} lie {where}.",
            "How many {files} are {where}?",
            "Count the {files} {where}.",
            "Tell me the number of {files} {where}.",
            "I need to know how many {files} are {where}.",
            "{where}, how many {files} are there?",
            "Give me the count of the {files} {where}.",
            "The number of {files} {where} is wanted.",
            "How many {files} can you find {where}?",
            "How many {files} do you count {where}?",
            "The {files} {where}: how many are there?",
            "What is the number of {files} {where}?",
            "Please count all {files} that lie {where}.",
        ),
        "{find} | wc -l",
        "wc -l counts them",
        _count,
    ),
    "bytes": Operation(
        (
            "How many bytes do the {files} {where} contain in all?",
            "Calculate the size in bytes of the {files} {where}, all combined.",
            "How many bytes do the {files} {where} have together?",
            "Add up the sizes in bytes of the {files} {where}.",
            "What is the total size in bytes of the {files} {where}?",
            "Tell me the sum of the sizes, in bytes, of the {files} {where}.",
            "{where}, what do the {files} add up to in bytes?",
            "Give me the total bytes of the {files} {where}.",
            "How large are the {files} {where} altogether, in bytes?",
            "I need the sizes in bytes of the {files} {where}, added up.",
            "Calculate the combined size in bytes of the {files} {where}.",
            "How many bytes do all {files} {where} contain?",
            "Sum the byte sizes of all {files} {where}.",
            "The {files} {where}: how many bytes are they in total?",
        ),
        "{find} -printf '%s\\n' | awk '{{s += $1}} END {{print s}}'",
        "awk adds up their sizes",
        _bytes,
    ),
    "largest": Operation(
        (
            "What is the biggest of the {files} {where}? Answer with its name.",
            "The {files} {where}: which one has the greatest size? Only the name.",
            "Which is the largest of the {files} {where}? Answer with its name.",
            "Name the largest of the {files} {where}, without its directory.",
            "Of the {files} {where}, which one is the largest? The name only.",
            "Find the largest of the {files} {where} and tell me its name.",
            "{where}, which of the {files} is the largest? Only its name.",
            "Give me the name of the largest of the {files} {where}.",
            "I am looking for the largest of the {files} {where}: what is its name?",
            "Among the {files} {where}, name the one with the most bytes.",
            "What is the largest of the {files} {where} called?",
            "Which one of the {files} {where} is the largest? Its name, please.",
            "What is the name of the biggest of the {files} {where}?",
            "The {files} {where}: which has the most bytes? Give the name.",
        ),
        "{find} -printf '%s %f\\n' | sort -n | tail -1 | cut -d' ' -f2",
        "sort -n puts the largest last",
        _largest,
    ),
    "list": Operation(
        (
            "I want the names of the {files} {where}, with commas.",
            "Make a list of the {files} {where}: their names, comma-separated.",
            "List the names of the {files} {where}, separated by commas.",
            "What are the {files} {where} called? Names with commas between.",
            "Name all {files} {where}, separated by commas.",
            "Which {files} are {where}? Answer with their names and commas.",
            "{where}, which {files} are there? Their names, with commas.",
            "Tell me the names of all {files} {where}, with commas between.",
            "What {files} are {where}? Answer with names and commas.",
            "The names of the {files} {where}, separated by commas, please.",
            "Write down, with commas, the names of the {files} {where}.",
            "Make a comma-separated list of what the {files} {where} are called.",
            "Give me the names of the {files} {where} as a comma-separated list.",
            "I want a list, with commas, of the names of all {files} {where}.",
        ),
        "{find} -printf '%f\\n' | sort | paste -sd,",
        "paste joins their names with commas",
        _list,
    ),
    "delete": Operation(
        (
            "Get rid of all {files} {where}.",
            "Could you delete the {files} {where} and keep the others?",
            "Delete the {files} {where}.",
            "Remove all {files} {where}, and nothing else.",
            "The {files} {where} can go: delete them.",
            "Please delete every one of the {files} {where}.",
            "{where}, delete all {files}.",
            "The {files} {where} should be deleted.",
            "Make sure that no {files} are left {where}.",
            "I no longer need the {files} {where}: remove them.",
            "Could you remove the {files} {where}?",
            "Throw away all {files} {where} and no others.",
            "Get rid of the {files} {where}; keep the others.",
            "Erase all {files} that are {where}.",
        ),
        "{find} -delete",
        "-delete removes them",
        _delete,
    ),
    "move": Operation(
        (
            "Take the {files} {where} over to {target}: move them.",
            "{target} is the place for the {files} {where}: move them there.",
            "Move the {files} {where} to {target}.",
            "Move all {files} {where} into the directory {target}.",
            "The {files} {where} belong into {target}: move them.",
            "Please put the {files} {where} into {target}, not a copy.",
            "Into {target}, move all {files} {where}.",
            "{target} should get the {files} {where}: move them there.",
            "The {files} {where} are to be moved to {target}.",
            "{where}, take all {files} and move them to {target}.",
            "Could you move the {files} {where} to {target}?",
            "Let {target} have all {files} {where}, moved and not copied.",
            "{target} is where the {files} {where} should be moved.",
            "Take all {files} {where} and move them over to {target}.",
        ),
        "{find} -exec mv -t {target} {{}} +",
        "mv -t {target} moves them",
        _move,
    ),
    "chmod": Operation(
        (
            "Make {mode} the permissions of the {files} {where}.",
            "Could you set {mode} as the mode of the {files} {where}?",
            "Set the mode of the {files} {where} to {mode}.",
            "Give the {files} {where} the permissions {mode}.",
            "Change the permissions of all {files} {where} to {mode}.",
            "The {files} {where} should have the mode {mode}.",
            "{where}, set the mode of all {files} to {mode}.",
            "Run chmod {mode} on the {files} {where}.",
            "The permissions of the {files} {where} must become {mode}.",
            "{mode} is the mode that the {files} {where} need: set it.",
            "Could you change the {files} {where} to mode {mode}?",
            "Let the {files} {where} have the permissions {mode}.",
            "Make {mode} the mode of all {files} {where}.",
            "I want the permissions {mode} on the {files} {where}.",
        ),
        "{find} -exec chmod {mode} {{}} +",
        "chmod {mode} for them",
        _chmod,
    ),
}  # fmt: skip
