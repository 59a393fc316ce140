"""Documents into bins."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.train.written_dataset import Made, mixed_documents, write_dataset
from train.data.packing import Cluster, Lengths, Segment, best_fit_decreasing, bin_of, pack

CAPACITY = 100


@st.composite
def lengths(draw: st.DrawFn) -> Lengths:
    """Documents of a few groups; the members of a group have the same prefix, which is shorter than they are."""
    prefixes = draw(st.lists(st.integers(16, 60), min_size=1, max_size=4))
    tokens, prefix_tokens, groups = [], [], []
    for _ in range(draw(st.integers(0, 60))):
        group = draw(st.integers(-1, len(prefixes) - 1))
        prefix = prefixes[group] if group >= 0 else 0
        tokens.append(draw(st.integers(prefix + 1, CAPACITY)))
        prefix_tokens.append(prefix)
        groups.append(group)
    return Lengths(tokens, prefix_tokens, groups)


def computed(lengths: Lengths, clusters: list[Cluster]) -> int:
    total = 0
    for cluster in clusters:
        shared = lengths.prefix_tokens[cluster[0]] if len(cluster) > 1 else 0
        total += shared + sum(lengths.tokens[i] - shared for i in cluster)
    return total


@given(lengths())
def test_every_document_is_in_one_bin_and_no_bin_is_too_full(lengths: Lengths) -> None:
    bins = pack(lengths, CAPACITY)
    assert sorted(i for clusters in bins for cluster in clusters for i in cluster) == list(range(len(lengths.tokens)))
    assert all(computed(lengths, clusters) <= CAPACITY for clusters in bins)
    for cluster in (cluster for clusters in bins for cluster in clusters):
        assert len(cluster) == 1 or len({lengths.groups[i] for i in cluster}) == 1
        assert len(cluster) == 1 or lengths.groups[cluster[0]] >= 0


@given(lengths())
def test_a_bin_never_holds_the_same_prefix_twice(lengths: Lengths) -> None:
    for clusters in pack(lengths, CAPACITY):
        groups = [lengths.groups[cluster[0]] for cluster in clusters if lengths.groups[cluster[0]] >= 0]
        assert len(groups) == len(set(groups))


@given(lengths())
def test_sharing_never_computes_more(lengths: Lengths) -> None:
    assert sum(computed(lengths, clusters) for clusters in pack(lengths, CAPACITY)) <= sum(lengths.tokens)


@given(st.lists(st.integers(1, 50), max_size=80))
def test_no_two_bins_could_be_one(sizes: list[int]) -> None:
    used = [sum(sizes[i] for i in chosen) for chosen in best_fit_decreasing(sizes, 50)]
    assert all(one + other > 50 for i, one in enumerate(used) for other in used[:i])


def test_best_fit_takes_the_fullest_bin_that_has_room() -> None:
    assert best_fit_decreasing([6, 7, 3, 4], 10) == [[1, 2], [0, 3]]


def test_a_document_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="101 tokens does not fit into 100"):
        pack(Lengths([101], [0], [-1]), CAPACITY)


def test_a_group_is_packed_together_with_one_copy_of_its_prefix() -> None:
    bins = pack(Lengths([70, 65, 40, 63, 60], [60, 60, 0, 60, 0], [5, 5, -1, 5, -1]), CAPACITY)
    assert sorted(sorted(cluster) for clusters in bins for cluster in clusters) == [[0, 1, 3], [2], [4]]
    assert len(bins) == 2


def test_real_lengths_fill_the_bins() -> None:
    numbers = random.Random(1)
    general = [min(4096, max(20, int(numbers.lognormvariate(6.5, 0.9)))) for _ in range(819)]
    agent = [min(4096, 900 + int(numbers.lognormvariate(6.2, 0.6))) for _ in range(205)]
    found = Lengths(general + agent, [0] * 819 + [900] * 205, [-1] * 819 + [i % 6 for i in range(205)])
    bins = pack(found, 4096)
    tokens = sum(computed(found, clusters) for clusters in bins)
    assert tokens / (len(bins) * 4096) > 0.98
    assert tokens < 0.87 * sum(found.tokens)


def test_a_bin_has_a_prefix_once_and_its_continuations_point_at_it(tmp_path: Path) -> None:
    prefix = list(range(20))
    common = [Made("agent", "os", [(prefix, False), ([30 + i] * (i + 1), False), ([40 + i], True)]) for i in range(3)]
    dataset = write_dataset(tmp_path / "cache", [*common, Made("general", "g", [([1, 2], False), ([3], True)])], 64)
    made = bin_of(dataset, [(3,), (0, 2)])
    assert made.segments == (Segment(3, 0, 3, -1), Segment(0, 0, 20, -1), Segment(0, 20, 22, 1), Segment(2, 20, 24, 1))
    assert (made.tokens, made.represented, made.trained, made.documents) == (29, 49, 3, (3, 0, 2))


def test_a_document_without_company_stays_whole(tmp_path: Path) -> None:
    dataset = write_dataset(tmp_path / "cache", mixed_documents({("agent", "os"): 2}, prefix=20), 200)
    assert dataset.prefix_tokens[0] == 20
    assert bin_of(dataset, [(0,)]).segments == (Segment(0, 0, int(dataset.lengths[0]), -1),)
