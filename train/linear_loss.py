"""The output layer and the cross-entropy in one, chunk by chunk: logits never exist whole, and nothing is computed twice.

The gradients of hidden states and weight are made in the forward, while a chunk's logits are there (as Liger's fused linear
cross-entropy does); the backward only scales them. The weight arrives gathered, and is gathered once for all chunks.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch.autograd.function import once_differentiable


class TokenLosses(NamedTuple):
    """The sum over N tokens (with gradient), and each token's own, float32 or wider, detached."""

    total: torch.Tensor
    per_token_N: torch.Tensor


def linear_loss(hidden_ND: torch.Tensor, weight_VD: torch.Tensor, labels_N: torch.Tensor, chunk_tokens: int) -> TokenLosses:
    """Cross-entropy of `labels_N` under logits hidden @ weight.T, the softmax in float32 or wider.

    The weight's gradient is summed over the chunks in float32 or wider. N may be 0: the sum is 0 and still has a graph, so that
    the collectives of a sharded model match. The graph can be gone through once.
    """
    graded = torch.is_grad_enabled()
    needs = (graded and hidden_ND.requires_grad, graded and weight_VD.requires_grad)
    return TokenLosses(*_LinearLoss.apply(hidden_ND, weight_VD, labels_N, chunk_tokens, needs))  # type: ignore[no-untyped-call]


class _LinearLoss(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, hidden_ND: torch.Tensor, weight_VD: torch.Tensor, labels_N: torch.Tensor, chunk_tokens: int, needs: tuple[bool, bool]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        wide = torch.promote_types(hidden_ND.dtype, torch.float32)
        grad_hidden_ND = torch.empty_like(hidden_ND) if needs[0] else None
        grad_weight_VD = torch.zeros_like(weight_VD, dtype=wide) if needs[1] else None
        losses_N = torch.empty_like(labels_N, dtype=wide)
        for start in range(0, len(labels_N), chunk_tokens):
            here = slice(start, start + chunk_tokens)
            logits_CV = (hidden_ND[here] @ weight_VD.T).to(wide)
            losses_N[here] = _losses_leaving_their_gradient(logits_CV, labels_N[here])
            grad_CV = logits_CV.to(hidden_ND.dtype)
            if grad_hidden_ND is not None:
                torch.mm(grad_CV, weight_VD, out=grad_hidden_ND[here])
            if grad_weight_VD is not None:
                _add_product(grad_weight_VD, grad_CV.T, hidden_ND[here])
            del logits_CV, grad_CV  # else they are still there when the next chunk's are made
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


def _losses_leaving_their_gradient(logits_CV: torch.Tensor, labels_C: torch.Tensor) -> torch.Tensor:
    """The cross-entropies [C]; `logits_CV` becomes their gradient, softmax minus one-hot, in place."""
    column_C1 = labels_C[:, None]
    normaliser_C1 = logits_CV.logsumexp(dim=-1, keepdim=True)
    losses_C1 = normaliser_C1 - logits_CV.gather(1, column_C1)
    logits_CV.sub_(normaliser_C1).exp_()
    logits_CV.scatter_add_(1, column_C1, torch.full_like(losses_C1, -1.0))
    return losses_C1[:, 0]


def _add_product(into: torch.Tensor, left: torch.Tensor, right: torch.Tensor) -> None:
    if into.dtype == left.dtype:
        into.addmm_(left, right)
    else:
        into.add_(left @ right)
