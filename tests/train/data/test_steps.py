"""The stream of steps: its resume, its counts, its epochs."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.program.user_error import UserError
from tests.train.written_dataset import data_of, mixed_documents, write_dataset
from train.data.documents import Dataset
from train.data.steps import Position, StepPlan, evenly_spread
from train.settings import Batch, Packing

COUNTS = {("agent", "os"): 60, ("agent", "db"): 40, ("general", "gpt-4"): 30, ("general", "gpt-3.5"): 200}
TOKENS = 256


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return write_dataset(tmp_path / "cache", mixed_documents(COUNTS, prefix=30), TOKENS, data_of(held_out=3))


def steps_of(dataset: Dataset, sequences: int = 8, seed: int = 0, shared: bool = True, **fields: Any) -> StepPlan:
    return StepPlan(
        dataset,
        data_of(**fields),
        Packing(shared_prefixes=shared),
        Batch(sequences=sequences, sequence_tokens=TOKENS),
        seed,
    )


def test_a_step_has_exactly_its_sequences_and_says_what_is_in_them(dataset: Dataset) -> None:
    for step in islice(steps_of(dataset, 50).walk(), 8):  # several windows
        assert len(step.bins) == 50
        documents = [document for one in step.bins for document in one.documents]
        assert step.represented == dataset.lengths[documents].sum() == step.counts.tokens.sum()
        assert step.trained == dataset.trained_counts[documents].sum() == step.counts.trained_tokens.sum()
        assert step.tokens == sum(one.tokens for one in step.bins) < step.represented
        assert step.counts.conversations.tolist() == [int((dataset.stream_of[documents] == i).sum()) for i in range(4)]


def test_a_resume_goes_on_as_if_nothing_had_been(dataset: Dataset) -> None:
    whole = list(islice(steps_of(dataset, 7).walk(), 40))
    assert whole[-1].position_after.window > 1
    for i in (0, 13, 25, 39):
        again = next(steps_of(dataset, 7).walk(whole[i - 1].position_after if i else Position(0, 0)))
        assert again.bins == whole[i].bins
        assert again.position_after == whole[i].position_after


def test_the_bins_do_not_depend_on_how_many_make_a_step(dataset: Dataset) -> None:
    fine = [one for step in islice(steps_of(dataset, 1).walk(), 96) for one in step.bins]
    coarse = [one for step in islice(steps_of(dataset, 24).walk(), 4) for one in step.bins]
    assert fine == coarse


def test_another_seed_is_another_plan(dataset: Dataset) -> None:
    assert next(steps_of(dataset, seed=1).walk()).bins != next(steps_of(dataset, seed=2).walk()).bins


def test_long_conversations_do_not_come_first(dataset: Dataset) -> None:
    bins = [one for step in islice(steps_of(dataset, 1, shared=False).walk(), 60) for one in step.bins]
    longest = [max(dataset.lengths[list(one.documents)]) for one in bins]
    assert abs(np.corrcoef(longest, range(60))[0, 1]) < 0.5


@given(st.lists(st.integers(0, 3), min_size=1, max_size=200), st.integers(0, 2**64 - 1))
def test_every_stretch_has_its_share_of_every_kind(kinds: list[int], key: int) -> None:
    order = evenly_spread(np.array(kinds, np.int32), np.uint64(key))
    assert sorted(order) == list(range(len(kinds)))
    ordered = np.array(kinds)[order]
    for kind in set(kinds):
        places = np.flatnonzero(ordered == kind)
        # half of a kind's lie in half of the places of all, but for one on either side and the others' jitter
        assert abs(int((places < len(kinds) / 2).sum()) - len(places) / 2) <= 1 + len(set(kinds)) / 2


def test_a_kind_comes_in_a_random_order_of_its_own() -> None:
    orders = [evenly_spread(np.zeros(50, np.int32), np.uint64(key)) for key in range(200)]
    assert abs(np.mean([order[0] for order in orders]) - 24.5) < 5
    assert abs(np.mean([np.corrcoef(order, range(50))[0, 1] for order in orders])) < 0.05


def test_a_position_of_other_data_is_refused(dataset: Dataset) -> None:
    with pytest.raises(UserError, match="no bin 10000 in window 0"):
        next(steps_of(dataset).walk(Position(0, 10000)))


def test_a_cache_for_other_sequences_is_refused(dataset: Dataset) -> None:
    with pytest.raises(ValueError, match="cannot be packed"):
        StepPlan(dataset, data_of(), Packing(), Batch(sequence_tokens=TOKENS // 2), 0)


@pytest.mark.parametrize("epochs", [0.5, 1, 3])
def test_epochs_are_passes_over_the_agent_side(dataset: Dataset, epochs: float) -> None:
    steps = steps_of(dataset, 2, eta=0.5)
    taken = list(islice(steps.walk(), steps.steps_in(epochs)))
    agent = sum(int(step.counts.conversations[:2].sum()) for step in taken)
    last = int(taken[-1].counts.conversations[:2].sum())
    wanted = epochs * sum(stream.conversations for stream in dataset.streams[:2])
    assert agent >= wanted
    assert agent - last < wanted


def test_one_stream_alone_is_seen_once_an_epoch(tmp_path: Path) -> None:
    dataset = write_dataset(tmp_path / "one", mixed_documents({("agent", "os"): 100}, prefix=30), TOKENS)
    steps = steps_of(dataset, 1, eta=1)
    seen = Counter(
        document for step in islice(steps.walk(), steps.steps_in(3)) for one in step.bins for document in one.documents
    )
    assert set(seen.values()) == {3}
    assert len(seen) == 100


def test_where_eta_is_0_epochs_are_passes_over_the_general_side(dataset: Dataset) -> None:
    steps = steps_of(dataset, 2, eta=0)
    taken = list(islice(steps.walk(), steps.steps_in(1)))
    assert (
        0 <= sum(int(step.counts.conversations.sum()) for step in taken) - 224 < 30
    )  # 230, less 3 held out of each label


def test_data_smaller_than_a_step_repeat(tmp_path: Path) -> None:
    dataset = write_dataset(tmp_path / "small", mixed_documents({("agent", "os"): 3, ("general", "g"): 2}), TOKENS)
    steps = steps_of(dataset, 64, eta=0.5)
    assert steps.steps_in(1) == 1
    for step in islice(steps.walk(), 3):
        assert len(step.bins) == 64
        assert {document for one in step.bins for document in one.documents} == set(range(5))
        assert step.tokens > 0.95 * 64 * TOKENS


def test_held_out_conversations_are_in_no_step_and_all_in_their_bins(dataset: Dataset) -> None:
    held_out = {int(document) for stream in dataset.streams for document in stream.held_out}
    assert len(held_out) == 12
    steps = steps_of(dataset, 16)
    trained = {document for step in islice(steps.walk(), 30) for one in step.bins for document in one.documents}
    assert not trained & held_out
    assert len(trained) == len(dataset) - 12
    packed = [steps.held_out_bins(stream.name) for stream in dataset.streams]
    for stream, bins in zip(dataset.streams, packed, strict=True):
        assert sorted(document for one in bins for document in one.documents) == stream.held_out.tolist()


def test_short_conversations_get_a_wider_window_but_never_more_than_an_epoch(tmp_path: Path) -> None:
    made = mixed_documents({("agent", "os"): 3000}, mean=8)
    dataset = write_dataset(tmp_path / "short", made, TOKENS)
    plan = StepPlan(dataset, data_of(eta=1), Packing(window=10), Batch(sequences=1, sequence_tokens=TOKENS), 0)
    bins = [one for step in islice(plan.walk(), 200) for one in step.bins]
    assert 10 < plan.window <= 3000
    assert sum(one.tokens for one in bins) / (len(bins) * TOKENS) > 0.98
    assert StepPlan(dataset, data_of(eta=1), Packing(window=9000), Batch(sequence_tokens=TOKENS), 0).window == 3000


def test_the_realised_ratio_is_eta(dataset: Dataset) -> None:
    counts = sum(step.counts.conversations for step in islice(steps_of(dataset, 64, eta=0.2).walk(), 60))
    assert counts[:2].sum() / counts.sum() == pytest.approx(0.2, abs=0.03)
