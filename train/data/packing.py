"""Conversations into sequences: best fit decreasing, with what several of them begin alike with held once a sequence.

Two rounds of best fit. The first packs each group of documents with a common prefix among themselves, into sequences
that have the prefix already: that needs the fewest copies of it. The second packs the clusters found, and the documents
that share nothing, into sequences; the many short ones fill what the clusters leave. Pure functions of lengths: no
token is read.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from train.data.documents import Dataset

Cluster = tuple[int, ...]  # documents that share one prefix in one bin, or one document


class Segment(NamedTuple):
    """Tokens `begin` to `end` of a document; `parent` is the index, in the bin, of the segment with its prefix, or
    -1.
    """

    document: int
    begin: int
    end: int
    parent: int


class Bin(NamedTuple):
    """One sequence. `tokens` are computed; `represented` is what its documents have in all; `trained` are those of the
    loss.
    """

    segments: tuple[Segment, ...]
    documents: tuple[int, ...]
    tokens: int
    represented: int
    trained: int


class Lengths(NamedTuple):
    """What packing knows of each document: all its tokens, and its prefix (a group of -1 shares none)."""

    tokens: Sequence[int]
    prefix_tokens: Sequence[int]
    groups: Sequence[int]


def pack(lengths: Lengths, capacity: int) -> list[list[Cluster]]:
    """Bins of clusters of indices into `lengths`; no bin computes more than `capacity` tokens. Every index is in
    exactly one.

    Raises `ValueError` for a document that is longer than `capacity`: the cache was made for longer sequences.
    """
    clusters, sizes = _clusters(lengths, capacity)
    return [[clusters[i] for i in chosen] for chosen in best_fit_decreasing(sizes, capacity)]


def _clusters(lengths: Lengths, capacity: int) -> tuple[list[Cluster], list[int]]:
    groups: dict[int, list[int]] = defaultdict(list)
    clusters: list[Cluster] = []
    sizes: list[int] = []
    for i, group in enumerate(lengths.groups):
        if group >= 0:
            groups[group].append(i)
        else:
            clusters.append((i,))
            sizes.append(lengths.tokens[i])
    for members in groups.values():
        prefix = lengths.prefix_tokens[members[0]]
        remainders = [lengths.tokens[i] - prefix for i in members]
        for chosen in best_fit_decreasing(remainders, capacity - prefix):
            clusters.append(tuple(members[i] for i in chosen))
            sizes.append(prefix + sum(remainders[i] for i in chosen))
    return clusters, sizes


def best_fit_decreasing(sizes: Sequence[int], capacity: int) -> list[list[int]]:
    """Each item, the largest first, into the fullest bin that has room, else into a new one: bins of indices into
    `sizes`.
    """
    bins: list[list[int]] = []
    open_bins: list[tuple[int, int]] = []  # (room, bin), sorted
    for i in sorted(range(len(sizes)), key=lambda i: (-sizes[i], i)):
        if sizes[i] > capacity:
            raise ValueError(f"an item of {sizes[i]} tokens does not fit into {capacity}")
        place = bisect_left(open_bins, (sizes[i], -1))
        if place < len(open_bins):
            room, chosen = open_bins.pop(place)
        else:
            room, chosen = capacity, len(bins)
            bins.append([])
        bins[chosen].append(i)
        if room > sizes[i]:
            insort(open_bins, (room - sizes[i], chosen))
    return bins


def bin_of(dataset: Dataset, clusters: Sequence[Cluster]) -> Bin:
    """The bin that holds `clusters` of document numbers."""
    segments: list[Segment] = []
    represented = trained = 0
    for cluster in clusters:
        prefix, parent = 0, -1
        if len(cluster) > 1:
            prefix, parent = int(dataset.prefix_tokens[cluster[0]]), len(segments)
            segments.append(Segment(cluster[0], 0, prefix, -1))
        for document in cluster:
            length = int(dataset.lengths[document])
            segments.append(Segment(document, prefix, length, parent))
            represented += length
            trained += int(dataset.trained_counts[document])
    documents = tuple(document for cluster in clusters for document in cluster)
    return Bin(
        segments=tuple(segments),
        documents=documents,
        tokens=sum(s.end - s.begin for s in segments),
        represented=represented,
        trained=trained,
    )
