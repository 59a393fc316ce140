"""Which conversations are held out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.records.trajectory import Message
from train.data.documents import Split
from train.data.splits import content_hash, splits_of


def held_out(contents: list[int], wanted: int) -> set[int]:
    found = splits_of(np.zeros(len(contents), np.int32), np.array(contents, np.uint64), wanted)
    return {content for content, split in zip(contents, found, strict=True) if split == Split.HELD_OUT}


@given(st.lists(st.integers(0, 2**64 - 1), min_size=20, max_size=200, unique=True), st.randoms())
def test_the_choice_does_not_depend_on_the_order_and_growth_brings_no_other_old_ones(
    contents: list[int], random
) -> None:
    grown = random.sample(contents, len(contents))
    assert held_out(grown, 2) == held_out(contents, 2)
    assert held_out(contents, 2) & set(contents[:-5]) <= held_out(contents[:-5], 2) or len(contents[:-5]) < 20


@pytest.mark.parametrize(("conversations", "expected"), [(0, 0), (9, 0), (10, 1), (19, 1), (55, 5), (1000, 32)])
def test_a_small_stream_gives_a_tenth(conversations: int, expected: int) -> None:
    assert len(held_out(list(range(conversations)), 32)) == expected


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 60)), min_size=1, max_size=300), st.integers(0, 5))
def test_nothing_that_is_held_out_is_trained_on_anywhere(documents: list[tuple[int, int]], wanted: int) -> None:
    streams, contents = np.array([s for s, _ in documents], np.int32), np.array([c for _, c in documents], np.uint64)
    splits = splits_of(streams, contents, wanted)
    assert not set(contents[splits == Split.TRAIN]) & set(contents[splits == Split.HELD_OUT])
    assert set(contents[splits == Split.LIKE_HELD_OUT]) <= set(contents[splits == Split.HELD_OUT])
    for stream in range(3):
        own = contents[(streams == stream) & (splits == Split.HELD_OUT)]
        assert len(own) == len(set(own)) == min(wanted, len(set(contents[streams == stream])) // 10)


def test_the_hash_is_of_what_was_said_by_whom() -> None:
    said = [Message("user", "a"), Message("assistant", "b", True)]
    assert content_hash(said) == content_hash([Message("user", "a"), Message("assistant", "b", False)])
    assert (
        len(
            {
                content_hash(said),
                content_hash(said[:1]),
                content_hash([Message("user", "ab")]),
                content_hash(said[::-1]),
            }
        )
        == 4
    )
