"""The output layer and the cross-entropy in one, chunk by chunk: logits never exist whole, and nothing is computed
twice.

The gradients of hidden states and weight are made in the forward, while a chunk's logits are there (as Liger's fused
linear cross-entropy does); the backward only scales them. The weight arrives gathered, and is gathered once for all
chunks.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch.autograd.function import once_differentiable

from train.model.activations import softmax_tile


class TokenLosses(NamedTuple):
    """The sum over N tokens (with gradient), and each token's own, float32 or wider, detached."""

    total: torch.Tensor
    per_token_N: torch.Tensor


def linear_loss(
    hidden_ND: torch.Tensor, weight_VD: torch.Tensor, labels_N: torch.Tensor, chunk_tokens: int
) -> TokenLosses:
    """Cross-entropy of `labels_N` under logits hidden @ weight.T, the softmax in float32 or wider.

    The weight's gradient is summed over the chunks, where there are several, in float32 or wider. N may be 0: the sum
    is 0 and still has a graph, so that the collectives of a sharded model match. The graph can be gone through once.
    """
    graded = torch.is_grad_enabled()
    needs = (graded and hidden_ND.requires_grad, graded and weight_VD.requires_grad)
    return TokenLosses(*_LinearLoss.apply(hidden_ND, weight_VD, labels_N, chunk_tokens, needs))  # type: ignore[no-untyped-call]


class _LinearLoss(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        hidden_ND: torch.Tensor,
        weight_VD: torch.Tensor,
        labels_N: torch.Tensor,
        chunk_tokens: int,
        needs: tuple[bool, bool],
    ) -> tuple[torch.Tensor, torch.Tensor]:
        wide = torch.promote_types(hidden_ND.dtype, torch.float32)
        grad_hidden_ND = torch.empty_like(hidden_ND) if needs[0] else None
        grad_weight_VD = torch.zeros_like(weight_VD) if needs[1] and not len(labels_N) else None
        sum_dtype = wide if len(labels_N) > chunk_tokens else weight_VD.dtype
        losses_N = torch.empty_like(labels_N, dtype=wide)
        for start in range(0, len(labels_N), chunk_tokens):
            here = slice(start, start + chunk_tokens)
            logits_CV = hidden_ND[here] @ weight_VD.T
            losses_N[here] = _losses_leaving_their_gradient(logits_CV, labels_N[here], wide)
            if grad_hidden_ND is not None:
                torch.mm(logits_CV, weight_VD, out=grad_hidden_ND[here])
            if needs[1]:
                grad_weight_VD = _with_product(grad_weight_VD, logits_CV.T, hidden_ND[here], sum_dtype)
            del logits_CV  # else they are still there when the next chunk's are made
        ctx.gradients = (grad_hidden_ND, grad_weight_VD)
        ctx.weight_dtype = weight_VD.dtype
        ctx.mark_non_differentiable(losses_N)
        return losses_N.sum(), losses_N

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_total: torch.Tensor, _grad_losses: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        if ctx.gradients is None:  # they are scaled in place below: again, they would be scaled twice
            raise RuntimeError("the loss's graph cannot be gone through a second time")
        (grad_hidden_ND, grad_weight_VD), ctx.gradients = ctx.gradients, None
        if grad_hidden_ND is not None:
            grad_hidden_ND.mul_(grad_total)
        if grad_weight_VD is not None:
            grad_weight_VD = grad_weight_VD.mul_(grad_total).to(ctx.weight_dtype)
        return grad_hidden_ND, grad_weight_VD, None, None, None


def _losses_leaving_their_gradient(logits_CV: torch.Tensor, labels_C: torch.Tensor, wide: torch.dtype) -> torch.Tensor:
    """The cross-entropies [C]; `logits_CV` becomes their gradient, softmax minus one-hot, in place.

    Computed in `wide`, some rows at a time: so the whole chunk never exists in it, and on a CPU the rows stay in the
    cache.
    """
    rows = max(1, softmax_tile(cuda=logits_CV.is_cuda) // logits_CV.shape[1])
    losses = [
        _of_rows(*part, wide) for part in zip(torch.split(logits_CV, rows), torch.split(labels_C, rows), strict=True)
    ]
    return torch.cat(losses)


def _of_rows(logits_RV: torch.Tensor, labels_R: torch.Tensor, wide: torch.dtype) -> torch.Tensor:
    wide_RV, column_R1 = logits_RV.to(wide), labels_R[:, None]
    normaliser_R1 = wide_RV.logsumexp(dim=-1, keepdim=True)
    losses_R1 = normaliser_R1 - wide_RV.gather(1, column_R1)
    wide_RV.sub_(normaliser_R1).exp_()
    wide_RV.scatter_add_(1, column_R1, torch.full_like(losses_R1, -1.0))
    if wide_RV is not logits_RV:
        logits_RV.copy_(wide_RV)
    return losses_R1[:, 0]


def _with_product(
    sum: torch.Tensor | None, left: torch.Tensor, right: torch.Tensor, dtype: torch.dtype
) -> torch.Tensor:
    """sum + left @ right, in `dtype`; None is the sum of none."""
    if sum is None:
        return (left @ right).to(dtype)
    return sum.addmm_(left, right) if left.dtype == dtype else sum.add_(left @ right)
