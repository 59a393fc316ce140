"""The chunked loss equals cross-entropy over whole logits, in value and gradients."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy

from train.model.linear_loss import linear_loss


def inputs(tokens: int, dtype: torch.dtype = torch.float64) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(tokens)
    hidden = torch.randn(tokens, 8, generator=random, dtype=torch.float64).to(dtype).requires_grad_()
    weight = torch.randn(30, 8, generator=random, dtype=torch.float64).to(dtype).requires_grad_()
    return hidden, weight, torch.randint(0, 30, (tokens,), generator=random)


@given(st.integers(0, 40), st.integers(1, 50))
def test_value_and_gradients_equal_those_of_whole_logits(tokens: int, chunk: int) -> None:
    hidden, weight, labels = inputs(tokens)
    total, each = linear_loss(hidden, weight, labels, chunk)
    whole = cross_entropy(hidden @ weight.T, labels, reduction="none")
    torch.testing.assert_close(each, whole.detach())
    ours = torch.autograd.grad(total * 0.7, (hidden, weight))
    for found, expected in zip(ours, torch.autograd.grad(whole.sum() * 0.7, (hidden, weight)), strict=True):
        torch.testing.assert_close(found, expected)


def test_extreme_logits_stay_finite() -> None:
    hidden, weight, labels = inputs(5, torch.float32)
    total, _ = linear_loss(hidden * 1e4, weight, labels, 2)
    assert total.isfinite()
    assert all(grad.isfinite().all() for grad in torch.autograd.grad(total, (hidden, weight)))


def test_a_frozen_weight_gets_no_gradient_and_costs_none() -> None:
    hidden, weight, labels = inputs(9)
    expected = torch.autograd.grad(linear_loss(hidden, weight, labels, 4).total, hidden)[0]
    total, _ = linear_loss(hidden, weight.detach(), labels, 4)
    assert total.grad_fn.gradients[1] is None
    total.backward()
    torch.testing.assert_close(hidden.grad, expected)
    assert weight.grad is None


def test_bfloat16_chunks_are_summed_in_float32() -> None:
    hidden, weight, labels = inputs(4096, torch.bfloat16)
    found = torch.autograd.grad(linear_loss(hidden, weight, labels, 16).total, weight)[0]
    exact = torch.autograd.grad(linear_loss(hidden.double(), weight.double(), labels, 4096).total, weight)[0]
    assert found.dtype == torch.bfloat16
    assert (found - exact).norm() / exact.norm() < 0.01  # summed in bfloat16 it is 0.1


def test_losses_are_float32_or_wider() -> None:
    for dtype, wide in (
        (torch.bfloat16, torch.float32),
        (torch.float32, torch.float32),
        (torch.float64, torch.float64),
    ):
        assert linear_loss(*inputs(3, dtype), 2).per_token_N.dtype == wide


def test_a_second_backward_is_refused_rather_than_scaled_twice() -> None:
    hidden, weight, labels = inputs(3)
    total, _ = linear_loss(hidden, weight, labels, 2)
    total.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="second time"):
        total.backward()
