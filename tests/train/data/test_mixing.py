"""Which conversation stands at which position of the training order."""

from __future__ import annotations

import math
import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.program.user_error import UserError
from tests.train.written_dataset import data_of
from train.data.documents import Stream
from train.data.mixing import Order, probabilities


def stream(side: str, label: str, conversations: int, tokens: int = 0, trained: int = 0, first: int = 0) -> Stream:
    train = np.arange(first, first + conversations)
    none = np.empty(0, np.int64)
    tokens = tokens or conversations * 10
    return Stream(f"{side}/{label}", side, label, train, none, conversations, tokens, trained or tokens)


OS = stream("agent", "os", 30, first=0)
DB = stream("agent", "db", 10, first=100)
CHEAP = stream("general", "gpt-3.5", 57, tokens=57_000, first=200)
DEAR = stream("general", "gpt-4", 4, tokens=8_000, first=300)
STREAMS = (OS, DB, CHEAP, DEAR)


def order(likely: list[float], seed: int = 0) -> Order:
    return Order(STREAMS, np.array(likely), seed)


def test_the_agent_side_is_drawn_with_eta_and_by_size_within() -> None:
    assert probabilities(STREAMS, data_of(eta=0.2)) == pytest.approx([0.15, 0.05, 0.8 * 57 / 61, 0.8 * 4 / 61])


def test_label_weights_say_the_ratio_within_the_general_side() -> None:
    likely = probabilities(STREAMS, data_of(eta=0.2, label_weights={"gpt-4": 1, "gpt-3.5": 4}))
    assert likely == pytest.approx([0.15, 0.05, 0.64, 0.16])


@pytest.mark.parametrize("counted", ["tokens", "trained_tokens"])
def test_a_ratio_of_tokens_comes_out_in_tokens(counted: str) -> None:
    likely = probabilities(STREAMS, data_of(eta=0.2, ratio_counts=counted, label_weights={"gpt-4": 1, "gpt-3.5": 4}))
    tokens = likely * [one.tokens / one.conversations for one in STREAMS]
    assert tokens / tokens.sum() == pytest.approx([0.15, 0.05, 0.64, 0.16])
    by_size = probabilities(STREAMS, data_of(eta=0.2, ratio_counts=counted))
    assert by_size[2] / by_size[3] == pytest.approx(57 / 4)


def test_a_side_that_is_not_wanted_is_never_drawn() -> None:
    assert probabilities(STREAMS, data_of(eta=0)) == pytest.approx([0, 0, 57 / 61, 4 / 61])
    taken = order([0, 0.5, 0.5, 0]).take(0, 1000)
    assert set(taken.streams) == {1, 2}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"label_weights": {"gpt-5": 1.0}}, "'gpt-5'.*known are 'gpt-3.5', 'gpt-4'"),
        ({"label_weights": {"gpt-4": 1.0}}, "nothing about 'gpt-3.5'"),
        ({"label_weights": {"gpt-4": 0.0, "gpt-3.5": 0.0}}, "every label 0"),
    ],
)
def test_label_weights_that_cannot_be_meant_are_refused(fields: dict[str, dict[str, float]], said: str) -> None:
    with pytest.raises(UserError, match=said):
        probabilities(STREAMS, data_of(**fields))


def test_a_side_or_label_without_conversations_is_refused() -> None:
    with pytest.raises(UserError, match="general side has no conversation"):
        probabilities((OS, DB), data_of())
    empty = (*STREAMS, stream("general", "none", 0))
    with pytest.raises(UserError, match="'none', which has no conversation"):
        probabilities(empty, data_of(label_weights={"gpt-4": 1, "gpt-3.5": 1, "none": 1}))
    assert probabilities(empty, data_of())[4] == 0


def test_realised_shares_are_within_binomial_bounds() -> None:
    likely, trials = [0.15, 0.05, 0.64, 0.16], 200_000
    for seed in range(3):
        counts = order(likely, seed).counts(trials)
        for count, p in zip(counts, likely, strict=True):
            assert abs(count - trials * p) < 5 * math.sqrt(trials * p * (1 - p))


@given(st.integers(0, 2**32), st.lists(st.integers(1, 400), min_size=1, max_size=6), st.integers(0, 5000))
def test_any_place_gives_what_walking_there_gives(seed: int, strides: list[int], start: int) -> None:
    likely = [0.15, 0.05, 0.64, 0.16]
    walked, places = order(likely, seed), np.cumsum([start, *strides])
    for begin, end in pairwise(places.tolist()):
        along, alone = walked.take(begin, end), order(likely, seed).take(begin, end)
        assert np.array_equal(along.documents, alone.documents)
        assert np.array_equal(along.streams, alone.streams)
    whole = order(likely, seed).take(start, int(places[-1]))
    assert np.array_equal(whole.documents[-strides[-1] :], along.documents)


def test_going_back_gives_the_same_again() -> None:
    one = order([0.25, 0.25, 0.25, 0.25])
    first = one.take(0, 500).documents
    one.take(5000, 5500)
    assert np.array_equal(one.take(0, 500).documents, first)


def test_nothing_comes_twice_before_its_stream_is_through_and_every_epoch_has_another_order() -> None:
    taken = order([0.3, 0.3, 0.3, 0.1]).take(0, 2000)
    for number, one in enumerate(STREAMS):
        own = taken.documents[taken.streams == number]
        epochs = [own[i : i + one.conversations] for i in range(0, len(own) - one.conversations + 1, one.conversations)]
        assert len(epochs) > 2
        assert all(np.array_equal(np.sort(epoch), one.train) for epoch in epochs)
        if one.conversations > 5:
            assert not any(np.array_equal(epochs[0], epoch) for epoch in epochs[1:])


def test_another_seed_is_another_order() -> None:
    assert not np.array_equal(order([0.25] * 4, 1).take(0, 200).documents, order([0.25] * 4, 2).take(0, 200).documents)


def test_a_resume_far_out_counts_fast() -> None:
    began = time.process_time()
    order([0.15, 0.05, 0.64, 0.16]).counts(10_000_000)
    assert time.process_time() - began < 10  # measured: 0.1 s; the limit is for a busy machine
