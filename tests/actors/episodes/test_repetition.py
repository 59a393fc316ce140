"""Three identical replies in a row end an episode; longer cycles are seen."""

from __future__ import annotations

import pytest

from actors.episodes.repetition import longest_cycle, repeats


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        ([], False),
        (["a", "a"], False),
        (["a", "a", " a\n"], True),
        (["a", "a", "b", "a"], False),
        (["b", "a", "a", "a"], True),
    ],
)
def test_three_identical_replies_in_a_row(replies: list[str], expected: bool):
    assert repeats(replies) is expected


@pytest.mark.parametrize(
    ("replies", "length"),
    [
        ("", 0),
        ("abab", 0),
        ("ababab", 2),
        ("xababaab", 0),
        ("abcabcabc", 3),
        ("abababcabcabc", 3),
        ("aaaaaa", 2),
        ("zababab", 2),
    ],
)
def test_the_longest_block_that_comes_three_times(replies: str, length: int):
    assert longest_cycle(list(replies)) == length
