"""The grid of file families: every selection of `file_selections.py` with every operation of `file_operations.py`."""

from __future__ import annotations

from environments.operating_system.families.drafting.draft import Draft, Family, thought
from environments.operating_system.families.drafting.draw import Draw, Words
from environments.operating_system.families.drafting.scene import Scene
from environments.operating_system.families.drafting.words import corner
from environments.operating_system.families.grids.cells import called, draft, grid, retried
from environments.operating_system.families.grids.file_operations import OPERATIONS, Chosen
from environments.operating_system.families.grids.file_selections import SELECTIONS, File, files, selected

SUBDIRECTORIES = 0.7


def _cell(selection: str, operation: str) -> Family:
    def make(rng: Draw) -> Draft | None:
        root, deep = corner(rng), rng.random() < SUBDIRECTORIES
        everything = files(rng, root)
        which = SELECTIONS[selection](rng.choice([file for file in everything if file.owner != "root"] or everything))
        hits = selected(which, everything, root, deep)
        if not 2 <= len(hits) <= 5:
            return None
        outcome = OPERATIONS[operation].outcome(rng, Chosen(root, everything, hits))
        if outcome is None:
            return None
        deeply = Words(
            (
                f"under {root}",
                f"below {root}",
                f"in {root} and below it",
                f"in {root} (subdirectories too)",
                f"at any depth in {root}",
                f"in {root} and in its subdirectories",
                f"anywhere below {root}",
                f"somewhere under {root}",
                f"in {root} or deeper",
                f"in {root}, however deep",
                f"in {root} and everywhere inside it",
                f"in {root} or in any of its subdirectories",
                f"in the whole tree of {root}",
            ),
            (
                f"in {root} and in all directories inside it",
                f"in {root} down to any depth",
                f"anywhere in {root}",
            ),
        )
        directly = Words(
            (
                f"directly in {root}",
                f"in {root} itself",
                f"right in {root}",
                f"in {root} (no subdirectories)",
                f"at the top level of {root}",
                f"in {root} but not below it",
                f"just inside {root}",
                f"in {root} and never deeper",
                f"in {root} without going deeper",
                f"in {root} except in its subdirectories",
                f"in {root}, in no directory inside it",
                f"in {root} alone, none of its directories",
                f"in {root} (not any further down)",
            ),
            (
                f"immediately inside {root}",
                f"in {root} but in none of its subdirectories",
                f"in {root} (not deeper)",
            ),
        )
        scope = "at any depth" if deep else "top level only"
        places = {
            "files": called(rng, which),
            "where": rng.choice(rng.of(deeply if deep else directly)),
            "find": f"find {root} {'' if deep else '-maxdepth 1 '}-type f {which.words}",
        }
        which = which._replace(thought=thought(rng, f"{which.thought}, {scope}", f"{scope}, {which.thought}"))
        made = draft(
            rng, which, OPERATIONS[operation], outcome, places, _scene(everything, outcome.names.get("target"))
        )
        return made._replace(labels=("file", selection, operation))

    return retried(make)


def _scene(everything: list[File], target: str | None) -> str:
    scene = Scene()
    for file in everything:
        scene.blank(file.path, file.size, owner=file.owner, when=f"{file.day} 12:00")
    if target:
        scene.directory(target)
    return scene.script()


FAMILIES: dict[str, Family] = {name: _cell(*pieces) for name, pieces in grid("files", SELECTIONS, OPERATIONS)}
