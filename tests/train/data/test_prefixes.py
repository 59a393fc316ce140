"""What is chosen to be shared at the beginning of documents."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from train.data.prefixes import SHORTEST, PrefixCollector, Prefixes

A, B = list(range(100, 130)), list(range(200, 240))


def joined(messages: list[list[int]]) -> list[int]:
    return [token for message in messages for token in message]


def choose(documents: list[tuple[int, list[list[int]], int]]) -> Prefixes:
    """`documents` are (stream, messages, the first trained message)."""
    collector = PrefixCollector()
    for stream, messages, first_trained in documents:
        ends = np.cumsum([len(message) for message in messages]).tolist()
        first = int(sum(len(message) for message in messages[:first_trained]))
        collector.add(stream, np.array(joined(messages), np.uint32), first, ends)
    return collector.choose()


def test_documents_that_begin_alike_are_a_group() -> None:
    found = choose([(0, [A, [1], [2]], 2), (0, [A, [3], [4]], 2), (0, [B, [3], [4]], 2)])
    assert found.tokens.tolist() == [30, 30, 0]
    assert found.groups[0] == found.groups[1] != -1
    assert found.groups[2] == -1


def test_beginnings_that_are_as_long_and_not_alike_are_no_group() -> None:
    other = [*A[:-1], A[-1] + 1]
    found = choose([(0, [A, [1], [2]], 2), (0, [other, [3], [4]], 2), (0, [A, [5], [6]], 2), (0, [other, [7], [8]], 2)])
    assert found.tokens.tolist() == [30] * 4
    first, second = found.groups[:2]
    assert first != second
    assert found.groups.tolist() == [first, second, first, second]


def test_the_token_behind_a_prefix_is_not_trained() -> None:
    assert choose([(0, [A, [2]], 1), (0, [A, [4]], 1)]).tokens.tolist() == [0, 0]


def test_streams_share_nothing() -> None:
    assert choose([(0, [A, [1], [2]], 2), (1, [A, [3], [4]], 2)]).tokens.tolist() == [0, 0]


def test_the_boundary_that_saves_most_is_taken() -> None:
    long_and_rare = [(0, [A, B, [i], [9]], 3) for i in range(3)]
    short_and_common = [(0, [A, [i], [9]], 2) for i in range(50)]
    assert set(choose(long_and_rare + short_and_common).tokens[:3]) == {70}
    assert set(choose([*long_and_rare[:1], *short_and_common]).tokens[:1]) == {30}


def test_who_is_left_alone_joins_what_others_really_share() -> None:
    five = list(range(300, 320))
    shared_by_two = [(0, [A, B[:12], [1], [2]], 3), (0, [A, B[:12], five, [3], [4]], 4)]
    others = [(0, [A, [i], [2]], 2) for i in range(2)]
    deeper = [(0, [A, B[:12], five, [i], [4]], 4) for i in range(9)]
    found = choose(shared_by_two + others + deeper)
    assert found.tokens.tolist() == [30, 62, 30, 30] + [62] * 9
    assert Counter(found.groups.tolist()) == {found.groups[0]: 3, found.groups[1]: 10}


def test_a_short_prefix_is_not_worth_it() -> None:
    assert choose([(0, [A[: SHORTEST - 1], [1], [2]], 2)] * 2).tokens.tolist() == [0, 0]
    assert choose([(0, [A[:SHORTEST], [1], [2]], 2)] * 2).tokens.tolist() == [SHORTEST] * 2


def test_nothing_at_all_is_chosen_from_nothing() -> None:
    assert choose([]).tokens.tolist() == []
    assert choose([(0, [[1], [2]], 1)]).groups.tolist() == [-1]


MESSAGES = st.lists(st.sampled_from([A[:17], A, B, [1], [2, 3], []]), min_size=1, max_size=6)


@given(st.lists(st.tuples(st.integers(0, 1), MESSAGES, st.integers(0, 6)), max_size=12))
def test_a_group_is_its_first_tokens_and_never_one_document(documents: list[tuple[int, list[list[int]], int]]) -> None:
    found = choose(documents)
    sizes = Counter(found.groups.tolist())
    meaning: dict[int, tuple[int, list[int]]] = {}
    for (stream, messages, first_trained), tokens, group in zip(documents, found.tokens, found.groups, strict=True):
        assert (group == -1) == (tokens == 0)
        if group == -1:
            continue
        assert sizes[group] > 1
        assert SHORTEST <= tokens < sum(len(message) for message in messages[:first_trained])
        beginning = joined(messages)[:tokens]
        assert meaning.setdefault(group, (stream, beginning)) == (stream, beginning)
    assert len({(stream, tuple(tokens)) for stream, tokens in meaning.values()}) == len(meaning)
