"""Every backend attends as the dense mask says, and the dense mask is the rule of train/data/batch.py."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.attention.flex_attention import create_block_mask, create_mask
from torch.nn.functional import scaled_dot_product_attention

from actors.program.user_error import UserError
from tests.train.attention.dense_mask import dense
from train.attention import Backend, backend, layout
from train.attention.flex import rule
from train.attention.varlen import VarlenLayout
from train.attention.visibility import owners
from train.data.batch import Batch

CPU, CUDA = torch.device("cpu"), torch.device("cuda")
needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")


def batch_of(lengths: list[int], parents: list[int]) -> Batch:
    starts = np.cumsum([0, *lengths]).astype(np.int32)
    row = np.zeros(starts[-1], dtype=np.int64)
    return Batch(row, row, row, row, starts, np.array(parents, dtype=np.int32))


@st.composite
def batches(draw: Any) -> Batch:
    """Segments of 1 to 12 tokens; some continue an earlier one that continues none."""
    lengths = draw(st.lists(st.integers(1, 12), min_size=1, max_size=6))
    parents: list[int] = []
    for number in range(len(lengths)):
        roots = [other for other in range(number) if parents[other] < 0]
        parents.append(draw(st.sampled_from([-1, *roots])))
    return batch_of(lengths, parents)


def heads(tokens: int, device: torch.device, dtype: torch.dtype) -> list[torch.Tensor]:
    """Four query heads, two key and value heads, of 16."""
    random = torch.Generator().manual_seed(tokens)
    shapes = [(1, heads, tokens, 16) for heads in (4, 2, 2)]
    return [torch.randn(shape, generator=random, dtype=torch.float64).to(device, dtype) for shape in shapes]


def by_mask(batch: Batch, states: list[torch.Tensor]) -> torch.Tensor:
    mask = dense(batch, states[0].device)
    return scaled_dot_product_attention(*states, attn_mask=mask, scale=0.3, enable_gqa=True).transpose(1, 2)


def compare(
    batch: Batch, chosen: Backend, device: torch.device, dtype: torch.dtype, tolerance: float, *, backward: bool = True
) -> None:
    states = [state.requires_grad_(backward) for state in heads(len(batch.ids_T), device, dtype)]
    found, expected = layout(batch, device, chosen).attend(*states, scale=0.3), by_mask(batch, states)
    torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance)
    if backward:
        upstream = torch.randn_like(expected)
        for ours, theirs in zip(
            torch.autograd.grad(found, states, upstream), torch.autograd.grad(expected, states, upstream), strict=True
        ):
            torch.testing.assert_close(ours, theirs, rtol=tolerance, atol=tolerance)


def test_the_dense_mask_is_the_rule_written_out() -> None:
    seen = dense(batch_of([2, 1, 2], [-1, -1, 0]), CPU).int().tolist()
    assert seen == [[1, 0, 0, 0, 0], [1, 1, 0, 0, 0], [0, 0, 1, 0, 0], [1, 1, 0, 1, 0], [1, 1, 0, 1, 1]]


@settings(max_examples=40)
@given(batches())
def test_sdpa_segment_by_segment_equals_the_dense_mask(batch: Batch) -> None:
    compare(batch, "sdpa", CPU, torch.float64, 1e-12)


def kernel_by_its_manual(
    query_THD: torch.Tensor,
    key_TKD: torch.Tensor,
    value_TKD: torch.Tensor,
    starts: torch.Tensor,
    *_: Any,
    scale: float,
    window_size: tuple[int, int],
    enable_gqa: bool,
) -> torch.Tensor:
    """What torch's varlen kernel is documented to compute, for machines that cannot run it: each segment by itself, a
    position seeing `window_size` of those before and behind it (-1: all).
    """
    left, right = window_size
    parts = []
    for begin, end in pairwise(starts.tolist()):
        at = torch.arange(end - begin)
        ahead = at[None, :] - at[:, None]
        seen = ((left < 0) | (ahead >= -left)) & ((right < 0) | (ahead <= right))
        states = [states[begin:end].transpose(0, 1) for states in (query_THD, key_TKD, value_TKD)]
        attended = scaled_dot_product_attention(*states, attn_mask=seen, scale=scale, enable_gqa=enable_gqa)
        parts.append(attended.transpose(0, 1))
    return torch.cat(parts)


def test_varlen_is_asked_for_the_past_of_each_segment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("train.attention.varlen.varlen_attn", kernel_by_its_manual)
    batch = batch_of([5, 1, 7], [-1, -1, -1])
    states = heads(13, CPU, torch.float64)
    found = VarlenLayout.of(batch, CPU).attend(states[0], states[1], states[2], scale=0.3)
    torch.testing.assert_close(found, by_mask(batch, states))


@settings(max_examples=25)
@given(batches())
def test_the_rule_of_flex_equals_the_dense_mask(batch: Batch) -> None:
    tokens = len(batch.ids_T)
    assert torch.equal(
        create_mask(rule(owners(batch, CPU)), 1, 1, tokens, tokens, device="cpu")[0, 0], dense(batch, CPU)
    )


def test_the_block_mask_leaves_out_what_nobody_sees() -> None:
    mask = create_block_mask(rule(owners(batch_of([128, 128, 128], [-1, -1, 0]), CPU)), 1, None, 384, 384, device="cpu")
    assert mask.to_dense()[0, 0].int().tolist() == [[1, 0, 0], [0, 1, 0], [1, 0, 1]]


def test_flex_on_the_cpu_equals_the_dense_mask_forwards() -> None:
    compare(batch_of([20, 100, 30, 50], [-1, -1, 0, 1]), "flex", CPU, torch.float32, 1e-5, backward=False)


@needs_cuda
@pytest.mark.parametrize("lengths", [[200, 313, 64, 5], [128, 256]])
def test_flex_on_cuda_equals_the_dense_mask(lengths: list[int]) -> None:
    compare(batch_of(lengths, [-1] * len(lengths)), "flex", CUDA, torch.float32, 2e-3)
    compare(batch_of(lengths, [-1] + [0] * (len(lengths) - 1)), "flex", CUDA, torch.float32, 2e-3)


@needs_cuda
def test_varlen_on_cuda_equals_the_dense_mask() -> None:
    compare(batch_of([200, 313, 64, 5], [-1] * 4), "varlen", CUDA, torch.bfloat16, 2e-2)


def test_auto_is_sdpa_on_the_cpu_and_flex_on_cuda() -> None:
    assert backend("auto", CPU, torch.float32, True) == "sdpa"
    assert backend("auto", CUDA, torch.bfloat16, True) == "flex"
    assert backend("sdpa", CUDA, torch.bfloat16, True) == "sdpa"


@pytest.mark.parametrize(
    ("asked", "device", "dtype", "shared", "said"),
    [
        ("flex", CPU, torch.float32, False, "needs CUDA"),
        ("varlen", CUDA, torch.float32, False, "half precision"),
        ("varlen", CUDA, torch.bfloat16, True, "cannot share prefixes"),
    ],
)
def test_a_backend_that_cannot_do_the_work_is_refused(
    asked: Any, device: torch.device, dtype: torch.dtype, shared: bool, said: str
) -> None:
    with pytest.raises(UserError, match=said):
        backend(asked, device, dtype, shared)


def test_varlen_refuses_a_row_with_shared_prefixes() -> None:
    with pytest.raises(UserError, match="cannot share prefixes"):
        layout(batch_of([3, 3], [-1, 0]), CPU, "varlen")
