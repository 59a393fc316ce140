"""The token set ratio is thefuzz 0.19.0's, and rapidfuzz bounds it from above."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.fuzz import token_set_ratio as rapid_ratio

from environments.webshop import fuzzy
from environments.webshop.colors import normalize_color

PARTS = "10x50 15x60 hd binoculars black dark-blue light x-large large (pack of 2) é naïve \u0130 _ 2"
WORDS = st.lists(st.sampled_from(PARTS.split()), max_size=6)
TEXTS = st.one_of(st.text(max_size=20), WORDS.map(" ".join))


def by_definition(one: str, other: str) -> int:
    """thefuzz 0.19.0 as its documentation says it, without its short cuts."""
    plain = [
        re.sub(r"\W", " ", "".join(c for c in text if not 127 < ord(c) < 256)).lower().strip() for text in (one, other)
    ]
    if not all(plain):
        return 0
    tokens, others = (set(text.split()) for text in plain)
    both = " ".join(sorted(tokens & others))
    wholes = [both, *(f"{both} {' '.join(sorted(rest))}".strip() for rest in (tokens - others, others - tokens))]
    pairs = [(0, 1), (0, 2), (1, 2)]
    return max(
        100 if wholes[a] == wholes[b] else round(100 * SequenceMatcher(None, wholes[a], wholes[b]).ratio())
        for a, b in pairs
    )


# Numbers that thefuzz 0.19.0 itself gave.
@pytest.mark.parametrize(
    ("one", "other", "number"),
    [
        ("10x50 hd binoculars", "15x60 hd binoculars", 84),
        ("10x50 uhd binoculars", "8x40 uhd binoculars", 85),
        ("10 ounce (pack of 12)", "240 ounce (pack of 1)", 84),
        ("essential oil", "essential oils", 96),
        ("cool powder snow", "powder snow", 100),
        ("grey", "('color', 'grey')", 100),
        ("", "", 0),
        ("é", "e", 0),
    ],
)
def test_numbers_are_those_of_the_original(one: str, other: str, number: int) -> None:
    assert fuzzy.token_set_ratio(one, other) == number
    assert fuzzy.same(one, other) == (number > 85)


@given(TEXTS, TEXTS)
def test_the_decision_is_the_originals_by_definition(one: str, other: str) -> None:
    assert fuzzy.token_set_ratio(one, other) == by_definition(one, other)
    assert fuzzy.same(one, other) == (by_definition(one, other) > 85)


@given(TEXTS, TEXTS)
def test_rapidfuzz_is_never_below(one: str, other: str) -> None:
    one, other = fuzzy._plain(one), fuzzy._plain(other)
    assert not one or not other or round(rapid_ratio(one, other)) >= fuzzy._token_set_ratio(one, other)


@pytest.mark.parametrize(
    ("value", "color"),
    [("", ""), ("black forest", "black"), ("violet lavender", "lavender"), ("steelivy fuchsia", "fuchsia"),
     ("123alabaster", "alabaster"),
     ("webshop", "webshop"), ("standard", "tan")],
)  # fmt: skip
def test_colors_are_normalized_as_in_the_original(value: str, color: str) -> None:
    assert normalize_color(value) == color
