"""Bins into batches: the oracle is each document by itself."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.train.written_dataset import Made, data_of, mixed_documents, write_dataset
from train.data.batch import IGNORED, Batch
from train.data.collate import collate
from train.data.documents import Dataset
from train.data.packing import Bin
from train.data.steps import StepPlan
from train.settings import Batch as BatchSettings
from train.settings import Packing

Target = tuple[int, tuple[int, ...], int]  # stream, what stands before, the token to predict
SEQUENCE = 128


def targets_alone(dataset: Dataset, documents: tuple[int, ...]) -> Counter[Target]:
    """What documents train, each by itself."""
    found: Counter[Target] = Counter()
    for number in documents:
        ids, trained = (view.tolist() for view in dataset.document(number))
        for place in np.flatnonzero(trained):
            found[int(dataset.stream_of[number]), tuple(ids[:place]), ids[place]] += 1
    return found


def targets_in(batch: Batch) -> Counter[Target]:
    """What a batch trains, by its contract: a position sees its segment so far, behind all of the parent's."""
    found: Counter[Target] = Counter()
    for number, parent in enumerate(batch.parents_S):
        begin, end = batch.starts_S1[number : number + 2]
        before = [] if parent < 0 else batch.ids_T[batch.starts_S1[parent] : batch.starts_S1[parent + 1]].tolist()
        assert parent < number
        assert parent < 0 or batch.parents_S[parent] < 0
        for place in range(begin, end):
            assert batch.positions_T[place] == len(before) + place - begin
            if batch.labels_T[place] != IGNORED:
                context = (*before, *batch.ids_T[begin : place + 1].tolist())
                found[int(batch.streams_T[place]), context, int(batch.labels_T[place])] += 1
    return found


def sums(bins: list[Bin] | tuple[Bin, ...]) -> tuple[int, int]:
    return sum(one.tokens for one in bins), sum(one.trained for one in bins)


PARTS = st.sampled_from([list(range(20)), list(range(17)), [*range(20), *range(5)], [7], [8, 9], []])
TURNS = st.lists(st.tuples(PARTS, st.booleans()), min_size=1, max_size=5)
DOCUMENTS = st.lists(
    st.tuples(st.sampled_from([("agent", "os"), ("agent", "db"), ("general", "g")]), TURNS), min_size=1, max_size=12
)


@settings(max_examples=150)
@given(DOCUMENTS, st.booleans(), st.integers(0, 5))
def test_a_batch_trains_exactly_what_its_documents_train_alone(documents, shared: bool, seed: int) -> None:
    made = [Made(*stream, turns) for stream, turns in documents]
    made += [Made(side, "os", [(list(range(20)), False), ([1], False), ([2], True)]) for side in ("agent", "general")]
    with tempfile.TemporaryDirectory() as folder:
        dataset = write_dataset(Path(folder) / "cache", made, SEQUENCE)
        steps = StepPlan(
            dataset,
            data_of(eta=0.5),
            Packing(shared_prefixes=shared),
            BatchSettings(sequences=2, sequence_tokens=SEQUENCE),
            seed,
        )
        for step, _ in zip(steps.walk(), range(3), strict=False):
            batch = collate(dataset, step.bins)
            assert targets_in(batch) == sum((targets_alone(dataset, one.documents) for one in step.bins), Counter())
            assert (len(batch.ids_T), batch.trained) == sums(step.bins) == (step.tokens, step.trained)


def small(folder: Path) -> tuple[Dataset, StepPlan]:
    dataset = write_dataset(
        folder, mixed_documents({("agent", "os"): 30, ("general", "g"): 40}, mean=20, prefix=30), SEQUENCE
    )
    return dataset, StepPlan(
        dataset, data_of(eta=0.5), Packing(), BatchSettings(sequences=4, sequence_tokens=SEQUENCE), 0
    )


def test_prefixes_are_really_shared_here(tmp_path: Path) -> None:
    dataset, steps = small(tmp_path / "cache")
    step = next(steps.walk())
    assert step.tokens < 0.9 * step.represented
    assert (collate(dataset, step.bins).parents_S >= 0).any()


def test_padding_is_a_segment_that_trains_nothing(tmp_path: Path) -> None:
    dataset, steps = small(tmp_path / "cache")
    bins = next(steps.walk()).bins
    plain, padded = collate(dataset, bins), collate(dataset, bins, 4 * SEQUENCE + 3)
    tokens = len(plain.ids_T)
    assert all(len(row) == 4 * SEQUENCE + 3 for row in padded[:4])
    assert padded.starts_S1.tolist() == [*plain.starts_S1.tolist(), 4 * SEQUENCE + 3]
    assert padded.parents_S.tolist() == [*plain.parents_S.tolist(), -1]
    assert targets_in(padded) == targets_in(plain)
    assert not padded.ids_T[tokens:].any()
    assert [row.dtype for row in padded] == [row.dtype for row in plain]
    assert collate(dataset, bins, tokens).starts_S1.tolist() == plain.starts_S1.tolist()
    with pytest.raises(ValueError, match="more than the"):
        collate(dataset, bins, tokens - 1)


@pytest.mark.parametrize(("pad_to", "tokens"), [(None, 1), (64, 64)])
def test_nothing_to_do_is_a_row_that_trains_nothing(tmp_path: Path, pad_to: int | None, tokens: int) -> None:
    batch = collate(small(tmp_path / "cache")[0], [], pad_to)
    assert len(batch.ids_T) == tokens
    assert batch.trained == 0
    assert batch.starts_S1.tolist() == [0, tokens]
    assert batch.parents_S.tolist() == [-1]


def test_large_ids_and_far_positions_are_not_folded(tmp_path: Path) -> None:
    """A vocabulary beyond 16 bits, a document beyond 2^15 tokens; and one document alone is a data set."""
    ids = np.random.default_rng(0).integers(0, 2**18, 40_000).tolist()
    dataset = write_dataset(tmp_path / "cache", [Made("agent", "os", [(ids[:-1], False), (ids[-1:], True)])], 40_000)
    steps = StepPlan(dataset, data_of(eta=1), Packing(), BatchSettings(sequences=2, sequence_tokens=40_000), 0)
    assert steps.steps_in(1) == 1
    batch = collate(dataset, next(steps.walk()).bins)
    assert batch.ids_T.tolist() == ids * 2
    assert batch.positions_T.tolist() == [*range(40_000)] * 2
    assert (batch.labels_T[39_998], batch.trained, batch.labels_T.dtype) == (ids[-1], 2, np.int64)
