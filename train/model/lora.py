"""Low-rank adapters (Hu et al., 2021): a linear layer computes x W' + (alpha / rank) x A' B', and only A and B are
trained.

Written here rather than taken from peft, because the wrapped layer must keep the name of its weight: loading by rows,
FSDP2 from the meta device and the export see a plain transformers model with two more parameters a layer. The exported
folder is peft's.
"""

from __future__ import annotations

import hashlib
import math

import torch
from torch import nn
from torch.nn.functional import linear

from actors.program.user_error import UserError
from train.settings import Lora

ADAPTERS = ("lora_A", "lora_B")  # as peft names them


class LoraLinear(nn.Linear):
    """A frozen linear layer with an adapter: `lora_A` [rank, in] and `lora_B` [out, rank], zero at first."""

    lora_A: nn.Parameter
    lora_B: nn.Parameter

    def __init__(self, plain: nn.Linear, settings: Lora, key: str) -> None:
        nn.Module.__init__(self)
        self.in_features, self.out_features = plain.in_features, plain.out_features
        self.weight, self.bias = plain.weight, plain.bias
        self.scale, self.key = settings.alpha / settings.rank, key
        self.lora_A = nn.Parameter(self.weight.new_empty(settings.rank, self.in_features))
        self.lora_B = nn.Parameter(self.weight.new_empty(self.out_features, settings.rank))

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return linear(input, self.weight, self.bias) + self.scale * linear(linear(input, self.lora_A), self.lora_B)

    def initial(self, adapter: str) -> torch.Tensor:
        """The whole first value of 'lora_A' (peft's: uniform, Kaiming with a = sqrt 5) or 'lora_B' (zero), on the CPU,
        float32.

        From the layer's key alone, so that every rank of any world size knows it.
        """
        if adapter == "lora_B":
            return torch.zeros(self.lora_B.shape)
        random = torch.Generator().manual_seed(int.from_bytes(hashlib.sha256(self.key.encode()).digest()[:7], "big"))
        return nn.init.kaiming_uniform_(torch.empty(self.lora_A.shape), a=math.sqrt(5), generator=random)


def apply(model: nn.Module, settings: Lora, seed: int) -> None:
    """Freeze `model` and give its linear layers named in `settings.targets` an adapter.

    Raises `UserError` for names that it lacks.
    """
    model.requires_grad_(False)
    if "lm_head" in settings.targets:
        raise UserError("lora.targets: 'lm_head' is the output layer, whose loss takes no adapter: leave it out")
    targets = [(name, module) for name, module in model.named_modules() if name.rpartition(".")[2] in settings.targets]
    found = {name.rpartition(".")[2] for name, module in targets if isinstance(module, nn.Linear)}
    if missing := [target for target in settings.targets if target not in found]:
        linears = {name.rpartition(".")[2] for name, module in model.named_modules() if isinstance(module, nn.Linear)}
        raise UserError(
            f"lora.targets: the model has no linear layer '{missing[0]}'; it has {', '.join(sorted(linears))}"
        )
    for name, module in targets:
        if isinstance(module, nn.Linear):
            parent, _, attribute = name.rpartition(".")
            setattr(model.get_submodule(parent), attribute, LoraLinear(module, settings, f"{seed}/{name}"))


def merged(weight: torch.Tensor, lora_A: torch.Tensor, lora_B: torch.Tensor, scale: float) -> torch.Tensor:
    """The plain weight that computes the same, in float32 or wider."""
    wide = torch.promote_types(weight.dtype, torch.float32)
    return torch.addmm(weight.to(wide), lora_B.to(wide), lora_A.to(wide), alpha=scale)
