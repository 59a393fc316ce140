"""Which API keys may be used: refused for good, or only doubted.

A key that has never brought an answer is a mistake of the user's when it is refused, and that is said at once. One that has worked
may be refused by an edge or a replica for a moment, or for one input: it rests, longer each time, and is given up only when it was refused
again and again, and not in a single episode alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

DOUBTS = 6  # refusals in a row, a rest after each, until a key that has worked is given up
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
        if key in self.refused or key not in self._worked:
            return self.refuse(key, reason)
        doubt = self._doubts.setdefault(key, _Doubt())
        doubt.episodes.add(episode)
        if now < doubt.rests_until:  # a call that had begun before the rest
            return doubt.rests_until - now
        doubt.refusals += 1
        if doubt.refusals > DOUBTS and len(doubt.episodes) >= EPISODES:
            return self.refuse(key, reason)
        rest_s = min(self._longest_rest_s, self._first_rest_s * 2.0 ** min(doubt.refusals - 1, 30))
        doubt.rests_until = now + rest_s
        return rest_s
