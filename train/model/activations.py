"""What a block of a Llama-like decoder keeps of its forward for its backward, by kind of tensor.

Derived from transformers' `modeling_llama` with our packed attention, and held against what autograd really saves
(tests/train/plan/test_memory.py). With h hidden, q and k the widths of queries and keys, I the MLP's, c bytes a number
of the computation, all a token and block:

- norms, twice: the input in float32 (a copy unless c is 4, else the residual itself), its scaling in float32, the
  normalised value and the output (what the projections keep of their input): 4h + 4 + 2ch each
- attention, a bytes a number: queries and keys after the rotation, and values a(q + 2k); the heads' output aq, and once
  more as the row that the segments are joined into cq; the log-sum-exp of every head, in float32. a is c, but 4 on a
  CPU (train/attention/sdpa.py)
- MLP: gate, its activation, up, and their product: 4cI

Recomputed blocks keep their input alone: ch.
"""

from __future__ import annotations

from typing import NamedTuple

from train.model.shapes import Shape

WIDE = 4  # bytes: norms, softmax and losses are in float32


class BlockActivations(NamedTuple):
    """Bytes a token."""

    norms: int
    attention: int
    mlp: int

    @property
    def saved(self) -> int:
        return self.norms + self.attention + self.mlp


def softmax_tile(*, cuda: bool) -> int:
    """Logits whose softmax is computed at once: as many as a CPU's cache holds in float32, twice; on CUDA enough to
    keep it busy.
    """
    return 1 << 24 if cuda else 1 << 20


def of_block(shape: Shape, compute_bytes: int, *, cuda: bool) -> BlockActivations:
    """Bytes a token that one block saves."""
    inside = compute_bytes if cuda else WIDE
    norm = WIDE * (shape.hidden + 1) + 2 * compute_bytes * shape.hidden
    return BlockActivations(
        norms=2 * norm,
        attention=inside * 2 * (shape.queries + shape.keys) + compute_bytes * shape.queries + WIDE * shape.heads,
        mlp=4 * compute_bytes * shape.intermediate,
    )


def boundary(shape: Shape, compute_bytes: int) -> int:
    """Bytes a token that a block which is recomputed keeps: its input."""
    return compute_bytes * shape.hidden


def gradients_inside(shape: Shape, compute_bytes: int) -> int:
    """Bytes a token of gradients of activations that are alive at once in a block's backward, beyond what it has freed
    by then.
    """
    return compute_bytes * (2 * shape.intermediate + 2 * shape.hidden)


def around_blocks(shape: Shape, compute_bytes: int) -> int:
    """Bytes a token outside the blocks: cosines and sines, the last norm's, the hidden states that the loss takes, and
    their gradient.
    """
    rotary = 2 * compute_bytes * (shape.queries // shape.heads)
    return rotary + WIDE * (shape.hidden + 1) + 4 * compute_bytes * shape.hidden
