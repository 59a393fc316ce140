"""Whether two short texts mean the same, to the number as the original decides it: `thefuzz.fuzz.token_set_ratio(a, b)
> 85`.

The original pins thefuzz 0.19.0 without its optional speed-up, so its ratio is difflib's (matching blocks, found
greedily), not the edit-distance ratio of rapidfuzz and of later thefuzz. Matching blocks are a common subsequence, and
rapidfuzz finds the longest one: difflib's ratio is never the larger. So rapidfuzz may say no, which is nearly always,
and a yes is confirmed by difflib. Among WebShop's own attributes the two never differ about the threshold; among
options they do, in 6 of 30,894 pairs of the small catalogue (`10x50 hd binoculars` and `15x60 hd binoculars`: 84 and
89).
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from rapidfuzz.fuzz import token_set_ratio as upper_bound

THRESHOLD = 85
_LATIN_1 = dict.fromkeys(range(128, 256))
_NO_WORD = re.compile(r"\W", re.IGNORECASE)


def same(one: str, other: str) -> bool:
    """Whether the token set ratio of two texts is above 85."""
    one, other = _plain(one), _plain(other)
    if not one or not other or round(upper_bound(one, other)) <= THRESHOLD:
        return False
    return _token_set_ratio(one, other) > THRESHOLD


def token_set_ratio(one: str, other: str) -> int:
    """thefuzz 0.19.0's number, 0 to 100."""
    one, other = _plain(one), _plain(other)
    return _token_set_ratio(one, other) if one and other else 0


def _plain(text: str) -> str:
    return _NO_WORD.sub(" ", text.translate(_LATIN_1)).lower().strip()


def _token_set_ratio(one: str, other: str) -> int:
    tokens, others = set(one.split()), set(other.split())
    shared = " ".join(sorted(tokens & others))
    whole = f"{shared} {' '.join(sorted(tokens - others))}".strip()
    other_whole = f"{shared} {' '.join(sorted(others - tokens))}".strip()
    return max(_ratio(shared, whole), _ratio(shared, other_whole), _ratio(whole, other_whole))


def _ratio(one: str, other: str) -> int:
    if one == other:
        return 100
    if not one or not other:
        return 0
    return round(100 * SequenceMatcher(None, one, other).ratio())
