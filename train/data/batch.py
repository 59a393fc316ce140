"""One micro-batch of packed documents as flat arrays: what the packing hands to the model. No torch here.

A batch is one row of T tokens, cut into S segments that lie one behind the other. A segment attends, causally, to
itself and to its parent, a segment before it that holds the prefix which it continues; to nothing else. So a document
is a segment without parent, or a continuation whose parent is the shared prefix.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

IGNORED = -100  # the label of a position that is not trained on


class Batch(NamedTuple):
    """T tokens in S segments.

    `labels_T[t]` is the token that position t must predict (the next one of the same document), or IGNORED.
    `positions_T` count from the beginning of the document: a continuation's go on from its prefix. `streams_T` says
    whose token it is, for the loss by source. `starts_S1` are the segments' first tokens and, last, T. `parents_S`
    holds a segment index, or -1.
    """

    ids_T: npt.NDArray[np.int64]
    labels_T: npt.NDArray[np.int64]
    positions_T: npt.NDArray[np.int64]
    streams_T: npt.NDArray[np.int64]
    starts_S1: npt.NDArray[np.int32]
    parents_S: npt.NDArray[np.int32]

    @property
    def trained(self) -> int:
        return int((self.labels_T != IGNORED).sum())
