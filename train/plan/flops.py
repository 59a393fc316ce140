"""FLOPs of training a dense decoder, and MFU: the share of a device's peak that they make up.

Two conventions, both from the literature:

- 6N (Kaplan et al. 2020, arXiv:2001.08361; Chowdhery et al. 2022, arXiv:2204.02311, appendix B): two FLOPs forward and
  four backward for every parameter and token. N leaves out the embedding, which is a lookup; the output matrix counts,
  tied or not.
- exact: what the matrix products of our step need. The blocks' matrices for every token; the output matrix only where
  there is a loss; attention by the pairs of positions that see each other, 12 FLOPs a pair, layer and query channel.
  Documents are isolated, so pairs come from segment lengths: half a square each ('causal'); 'square' counts the full
  square, as PaLM's 12·L·h·t and most published MFU do.

A frozen matrix needs no gradient of its own: it counts 4 a parameter (LoRA: and 6 a parameter of the adapters). Norms,
activations, softmax and rotary embeddings are left out (well under 1 %), and so is what is computed twice, for
activation checkpointing or inside flash attention: MFU, not HFU.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from train.model.shapes import Shape
from train.settings import Lora

if TYPE_CHECKING:
    from train.data.batch import Batch

Convention = Literal["causal", "square"]


class Pairs(NamedTuple):
    """How many (query, key) positions attention has: those that see each other, and with the masked half of each
    square.
    """

    causal: int
    square: int

    def counted(self, convention: Convention) -> int:
        return self.causal if convention == "causal" else self.square


class Flops(NamedTuple):
    """Of one piece of training, by where they are spent."""

    blocks: float  # attention's and MLP's matrices
    head: float  # the output matrix
    attention: float
    adapters: float

    @property
    def total(self) -> float:
        return self.blocks + self.head + self.attention + self.adapters


def block_parameters(shape: Shape) -> int:
    """Parameters of the matrices of one block: queries, keys, values, output; gate, up, down."""
    return shape.hidden * (2 * shape.queries + 2 * shape.keys + 3 * shape.intermediate)


def matmul_parameters(shape: Shape) -> int:
    """N of 6N: the blocks' matrices and the output matrix; no embedding, no norms."""
    return shape.layers * block_parameters(shape) + shape.vocabulary * shape.hidden


def adapter_parameters(shape: Shape, lora: Lora) -> int:
    """Parameters of LoRA's pairs of matrices: rank × (inputs + outputs) for each layer that gets one."""
    sides = {
        "q_proj": shape.hidden + shape.queries,
        "k_proj": shape.hidden + shape.keys,
        "v_proj": shape.hidden + shape.keys,
        "o_proj": shape.queries + shape.hidden,
        "gate_proj": shape.hidden + shape.intermediate,
        "up_proj": shape.hidden + shape.intermediate,
        "down_proj": shape.intermediate + shape.hidden,
    }
    return shape.layers * lora.rank * sum(sides.get(target, 0) for target in lora.targets)


def six_n(shape: Shape, tokens: float, lora: Lora | None = None, *, freeze_embeddings: bool = False) -> float:
    """FLOPs of forward and backward over `tokens` by the 6N convention (LoRA: 4N and 6 for the adapters)."""
    if lora is None:
        frozen = shape.vocabulary * shape.hidden if freeze_embeddings else 0
        return (6.0 * matmul_parameters(shape) - 2.0 * frozen) * tokens
    return (4.0 * matmul_parameters(shape) + 6.0 * adapter_parameters(shape, lora)) * tokens


def exact(
    shape: Shape,
    tokens: float,
    trained_tokens: float,
    pairs: Pairs,
    convention: Convention = "causal",
    lora: Lora | None = None,
    *,
    freeze_embeddings: bool = False,
) -> Flops:
    """FLOPs of forward and backward over `tokens`, of which `trained_tokens` have a loss, with attention over
    `pairs`.
    """
    each = 6.0 if lora is None else 4.0
    head = 4.0 if freeze_embeddings else each
    return Flops(
        blocks=each * shape.layers * block_parameters(shape) * tokens,
        head=head * shape.vocabulary * shape.hidden * trained_tokens,
        attention=12.0 * shape.layers * shape.queries * pairs.counted(convention),
        adapters=0.0 if lora is None else 6.0 * adapter_parameters(shape, lora) * tokens,
    )


def pairs_of(length: int) -> Pairs:
    """Of one document of `length` tokens."""
    return Pairs(length * (length + 1) // 2, length * length)


def pairs_of_segments(lengths: Sequence[int], parents: Sequence[int]) -> Pairs:
    """Of one row: each segment sees itself causally and the whole of its parent (-1: none)."""
    own = [pairs_of(length) for length in lengths]
    shared = sum(length * lengths[parent] for length, parent in zip(lengths, parents, strict=True) if parent >= 0)
    return Pairs(sum(pairs.causal for pairs in own) + shared, sum(pairs.square for pairs in own) + shared)


def pairs_in(batch: Batch) -> Pairs:
    """Of a packed batch."""
    starts = batch.starts_S1.tolist()
    return pairs_of_segments([end - begin for begin, end in pairwise(starts)], batch.parents_S.tolist())


def mfu(flops: float, seconds: float, peak: float, devices: int = 1) -> float:
    """The share of `devices` × `peak` FLOP/s that `flops` in `seconds` make up."""
    if min(seconds, peak, devices) <= 0:
        raise ValueError(f"seconds, peak and devices must be positive, found {seconds:g}, {peak:g} and {devices}")
    return flops / (seconds * peak * devices)
