"""The grid of line families: every selection of `line_selections.py` with every operation of `line_operations.py`."""

from __future__ import annotations

from environments.operating_system.families.drafting.draft import Draft, Family, said
from environments.operating_system.families.drafting.draw import Draw
from environments.operating_system.families.drafting.scene import Scene
from environments.operating_system.families.drafting.words import corner
from environments.operating_system.families.grids.cells import called, draft, grid, retried
from environments.operating_system.families.grids.line_operations import OPERATIONS, Chosen, content
from environments.operating_system.families.grids.line_selections import SELECTIONS, lines


def _cell(selection: str, operation: str) -> Family:
    def make(rng: Draw) -> Draft | None:
        path, everything = f"{corner(rng)}.log", lines(rng)
        which = SELECTIONS[selection](rng, everything)
        hits = [row for row in everything.rows if which.hit(row)]
        if not 2 <= len(hits) <= 6:
            return None
        outcome = OPERATIONS[operation].outcome(rng, Chosen(path, everything, hits))
        if outcome is None:
            return None
        fields = " ".join(everything.columns)
        layout = said(
            rng,
            f"{path} has lines of {fields}.",
            f"{path} has the fields {fields}.",
            f"Lines of {path}: {fields}.",
            f"The fields of {path} are {fields}.",
            f"Each line of {path} holds {fields}.",
            f"{path}, with the fields {fields}.",
            f"A line of {path} is made up of {fields}.",
            f"{path} gives {fields} on every line.",
            f"In {path} a line has the fields {fields}.",
        )
        places = {"lines": called(rng, which), "condition": which.words, "path": path}
        scene = Scene()
        scene.file(path, content(everything.rows))
        made = draft(rng, which, OPERATIONS[operation], outcome, places, scene.script())
        return made._replace(description=f"{layout} {made.description}", labels=("line", selection, operation))

    return retried(make)


FAMILIES: dict[str, Family] = {name: _cell(*pieces) for name, pieces in grid("lines", SELECTIONS, OPERATIONS)}
