"""Which API keys may be used: refused for good, or only doubted.

An edge or a replica may refuse any key for a moment, so no single refusal gives one up: it rests, longer each time. A
key that has never brought an answer in this process is the user's mistake when it is refused a few times in a row; what
other processes know of it is not known here, and what is given up here is given up for all of them. One that has worked
may be refused for one input, too: it is given up only when it was refused again and again, and not in a single episode
alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

NEW_DOUBTS = 4  # refusals in a row, a rest after each, until a key that has never worked is given up
DOUBTS = 6  # refusals in a row, a rest after each, until one that has worked is
EPISODES = 3  # in so many episodes


class _Doubt:
    __slots__ = ("episodes", "refusals", "rests_until")

    def __init__(self) -> None:
        self.refusals = 0
        self.episodes: set[str] = set()
        self.rests_until = -math.inf


class Keys:
    """The keys in the environment variables `names` (none: one call without a key), by number."""

    def __init__(self, names: Sequence[str], first_rest_s: float, longest_rest_s: float) -> None:
        self._names = names or ("no key",)
        self._first_rest_s = first_rest_s
        self._longest_rest_s = longest_rest_s
        self._worked: set[int] = set()
        self._doubts: dict[int, _Doubt] = {}
        self.refused: dict[int, str] = {}  # for good, and why

    @property
    def none_left(self) -> bool:
        return len(self.refused) == len(self._names)

    @property
    def reasons(self) -> str:
        return "; ".join(self.refused.values()) or ", ".join(self._names)

    def has_worked(self, key: int) -> bool:
        return key in self._worked

    def answered(self, key: int) -> None:
        self._worked.add(key)
        self._doubts.pop(key, None)

    def refuse(self, key: int, reason: str) -> float:
        """For good."""
        self.refused.setdefault(key, f"{self._names[key]}: {reason}")
        return math.inf

    def doubt(self, key: int, reason: str, episode: str, now: float) -> float:
        """The key was refused in `episode`: how many seconds it rests, infinitely many if it is given up."""
        if key in self.refused:
            return self.refuse(key, reason)
        doubt = self._doubts.setdefault(key, _Doubt())
        doubt.episodes.add(episode)
        if now < doubt.rests_until:  # a call that had begun before the rest
            return doubt.rests_until - now
        doubt.refusals += 1
        if self._is_enough(key, doubt):
            return self.refuse(key, reason)
        rest_s = min(self._longest_rest_s, self._first_rest_s * 2.0 ** min(doubt.refusals - 1, 30))
        doubt.rests_until = now + rest_s
        return rest_s

    def _is_enough(self, key: int, doubt: _Doubt) -> bool:
        if key not in self._worked:
            return doubt.refusals > NEW_DOUBTS
        return doubt.refusals > DOUBTS and len(doubt.episodes) >= EPISODES
