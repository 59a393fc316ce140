"""A game as ALFWorld publishes it (`game.tw-pddl`): JSON with the problem, and the task in a copy of the grammar.

Of that copy the task's sentence alone is read: TextWorld evaluates what stands in a grammar.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

LIMIT_FILE_BYTES = 16 << 20
_TASK = re.compile(r"Your task is to: ([^\"\\{}#\[\]]*)\.")


class Playable(NamedTuple):
    """A problem in PDDL, and the sentence that says what is to be done, without its full stop."""

    problem: str
    text: str


def read_game_file(path: Path) -> Playable:
    """The game in a file. Raises `ValueError` that names the file where it is none, `OSError` where it is not there."""
    try:
        if path.stat().st_size > LIMIT_FILE_BYTES:
            raise ValueError(f"more than {LIMIT_FILE_BYTES >> 20} MiB")
        held = json.loads(path.read_bytes())
        problem, found = held["pddl_problem"], _TASK.search(held["grammar"])
    except OSError as error:
        raise OSError(f"the game '{path}' cannot be read ({error.strerror}); is 'data' its folder?") from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"'{path}' is no game of ALFWorld's: {type(error).__name__} {error}") from None
    if not isinstance(problem, str) or found is None:
        raise ValueError(f"'{path}' is no game of ALFWorld's: its grammar names no task")
    return Playable(problem, found[1])
