"""What a game calls its things: from a problem's ids to the names that an agent reads.

Ids of this project's problems say their names (`soapbar_2`). In the games that `alfworld-download` leaves, an id is
ALFRED's, type and position (`SoapBar_bar__minus_01_dot_2…`), and things of a type are numbered downwards in the order
of their ids, as ALFWorld numbers them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_OWN = re.compile(r"([a-z]+)_(\d+)")
_ALFRED = re.compile(r"([^_]+)_bar_")


def names(ids: Iterable[str]) -> dict[str, str]:
    """The name of each id of one problem, of both forms; other ids, like the agent's, are names themselves."""
    found = {}
    counted: Counter[str] = Counter()
    for key in sorted(ids, reverse=True):
        own, alfred = _OWN.fullmatch(key), _ALFRED.match(key)
        if alfred:
            word = alfred[1] + ("basin" if "basin" in key else "")
            counted[word] += 1
            found[key] = f"{word} {counted[word]}"
        else:
            found[key] = f"{own[1]} {own[2]}" if own else key
    return found
