"""A bfloat16 copy of the weights, for one process that computes with it over float32 masters: mixed precision without
FSDP2.

Alone, FSDP2 has nothing to gather, and still copies and casts every block's weights in every forward and backward. Here
they are cast once a step. The parameters of the model stay the masters: optimiser, checkpoints and export see nothing
else. The numbers are FSDP2's: gradients in bfloat16 of each micro-batch, added up in float32.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import nn


class _Place(NamedTuple):
    """Where a module holds a parameter; the same two parameters have several places where weights are tied."""

    holder: dict[str, nn.Parameter | None]
    name: str
    master: nn.Parameter
    copy: nn.Parameter


class WorkingCopy:
    """The bfloat16 copy of `model`'s parameters, made when it is first used: by then the weights are loaded."""

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._places: list[_Place] = []

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Inside, the model computes with its copy, refreshed once, now; gradients arrive at the masters."""
        if self._places:
            self._refresh()
        else:
            self._places = _places(self._model)
        for place in self._places:
            place.holder[place.name] = place.copy
        try:
            yield
        finally:
            for place in self._places:
                place.holder[place.name] = place.master

    @torch.no_grad()
    def _refresh(self) -> None:
        pairs = {id(place.master): (place.copy, place.master) for place in self._places if place.master.requires_grad}
        for copy, master in pairs.values():
            copy.copy_(master)


def _places(model: nn.Module) -> list[_Place]:
    copies: dict[int, nn.Parameter] = {}
    places = []
    for module in model.modules():
        for name, master in module._parameters.items():
            if master is not None:
                if id(master) not in copies:
                    copies[id(master)] = _copied(master)
                places.append(_Place(module._parameters, name, master, copies[id(master)]))
    return places


def _copied(master: nn.Parameter) -> nn.Parameter:
    copy = nn.Parameter(master.detach().to(torch.bfloat16), requires_grad=master.requires_grad)
    if copy.requires_grad:
        copy.register_post_accumulate_grad_hook(_handing_to(master))  # type: ignore[no-untyped-call]
    return copy


def _handing_to(master: nn.Parameter) -> Callable[[torch.Tensor], None]:
    def hand_over(copy: torch.Tensor) -> None:
        gradient, copy.grad = copy.grad, None
        if gradient is not None:
            master.grad = gradient.to(master.dtype) if master.grad is None else master.grad.add_(gradient)

    return hand_over
