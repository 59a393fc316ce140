"""Cells of the grids that are best kept out of training: each piece of theirs occurs in others, their pairing nowhere.

A model that was tuned without them and plays them has learnt the pieces, not the families.
"""

HELD_OUT_FAMILIES = (
    "files-beginning-count",
    "files-newer-bytes",
    "files-owner-largest",
    "files-larger-list",
    "files-part-delete",
    "files-extension-move",
    "lines-equals-count",
    "lines-containing-sum",
    "lines-above-values",
    "lines-beginning-write",
)
