"""How many numbers of a model lie on one rank, counted on the real modules, which are built on the meta device: no
weights, no network.

`counted` shards them as the trainer does, over a fake process group of any size, in a process of its own (a few
seconds, most of them imports). `by_rule` applies FSDP2's rule to the same modules in this process, where a training run
may have its real group: each parameter is cut along its first dimension, and the first rank has the largest piece.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from actors.program.user_error import UserError
from train.model.shapes import Config
from train.settings import Compute, Lora, TrainSettings

TIMEOUT_S = 300
REFUSED = 2  # the exit code of a model that the trainer refuses, with the reason on stdout


class Numbers(NamedTuple):
    """How many numbers, trained and frozen."""

    trained: int
    frozen: int

    @property
    def both(self) -> int:
        return self.trained + self.frozen


class Shards(NamedTuple):
    """`local` is what rank 0 of `ranks` keeps, which is the most of all; the rest is not sharded: the `whole` model,
    its largest `block`, and the `root`: what belongs to no block (embedding, last norm, output matrix)."""

    ranks: int
    local: Numbers
    whole: Numbers
    block: Numbers
    root: Numbers


def counted(config: Config, settings: TrainSettings, ranks: Iterable[int]) -> dict[int, Shards]:
    """The shards of a model over each number of ranks. Raises `UserError` where the trainer cannot build it."""
    numbers = tuple(sorted(set(ranks)))
    return dict(zip(numbers, _run(_request(config, settings), numbers), strict=True))


def _request(config: Config, settings: TrainSettings) -> str:
    lora = settings.lora.model_dump(mode="json") if settings.lora else None
    asked = {"config": config, "lora": lora, "freeze_embeddings": settings.freeze_embeddings}
    return json.dumps({**asked, "sequence_tokens": settings.batch.sequence_tokens}, sort_keys=True)


@lru_cache(maxsize=32)
def _run(request: str, ranks: tuple[int, ...]) -> tuple[Shards, ...]:
    places = os.pathsep.join(place or os.getcwd() for place in sys.path)  # whatever this process is started in
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": "", "HF_HUB_OFFLINE": "1", "PYTHONPATH": places}
    command = [sys.executable, "-P", "-m", "train.plan.shards", *map(str, ranks)]
    try:
        ended = subprocess.run(
            command,
            input=request,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UserError(f"the model's shards were not counted within {TIMEOUT_S} s: is this machine busy?") from error
    if ended.returncode == REFUSED:
        raise UserError(ended.stdout.strip())
    if ended.returncode:
        reason = (ended.stderr.strip().splitlines() or [f"exit code {ended.returncode}"])[-1]
        raise UserError(f"the model cannot be built from its config: {reason}")
    rows = json.loads(ended.stdout.splitlines()[-1])
    return tuple(Shards(number, *(Numbers(*pair) for pair in pairs)) for number, *pairs in rows)


def by_rule(config: Config, settings: TrainSettings, ranks: int) -> Shards:
    """The same, by FSDP2's rule."""
    return _by_rule(_request(config, settings), ranks)


@lru_cache(maxsize=64)
def _by_rule(request: str, ranks: int) -> Shards:
    model = _built(request)
    whole, block, root = _unsharded(model)
    return Shards(
        ranks=ranks,
        local=_numbers((p, -(-p.shape[0] // ranks) * (p.numel() // p.shape[0])) for p in model.parameters()),
        whole=whole,
        block=block,
        root=root,
    )


def linear_names(config: Config, settings: TrainSettings) -> list[str]:
    """What the linear layers of the model's blocks are called: what `lora.targets` may name."""
    from torch import nn

    named = _built(_request(config, settings)).blocks[0].named_modules()
    return list(dict.fromkeys(name.rpartition(".")[2] for name, module in named if isinstance(module, nn.Linear)))


def _by_sharding(request: str, ranks: int) -> Shards:
    """In the process of its own, where a fake process group does no harm."""
    import torch
    import torch.distributed as dist
    from torch.testing._internal.distributed.fake_pg import FakeStore

    from train.model import sharding

    model = _built.__wrapped__(request)
    whole, block, root = _unsharded(model)
    cpu, compute = torch.device("cpu"), Compute(precision="float32")
    dist.init_process_group("fake", rank=0, world_size=ranks, store=FakeStore())
    try:
        sharding.apply(model, compute, sharding.mesh(compute, cpu, ranks), cpu)
        return Shards(
            ranks=ranks,
            local=_numbers((p, p.to_local().numel()) for p in model.parameters()),
            whole=whole,
            block=block,
            root=root,
        )
    finally:
        dist.destroy_process_group()


@lru_cache(maxsize=4)
def _built(request: str) -> Any:
    from transformers import CONFIG_MAPPING

    from train.model.model import build_on_meta

    asked = json.loads(request)
    kind = asked["config"]["model_type"]
    if kind not in CONFIG_MAPPING:
        raise UserError(f"the installed transformers knows no model of type '{kind}'")
    lora = Lora.model_validate(asked["lora"]) if asked["lora"] else None
    config = CONFIG_MAPPING[kind].from_dict(asked["config"])
    kept = {"lora": lora, "freeze_embeddings": asked["freeze_embeddings"]}
    return build_on_meta(config, precision="float32", sequence_tokens=asked["sequence_tokens"], **kept)


def _unsharded(model: Any) -> tuple[Numbers, Numbers, Numbers]:
    """Of the whole model, its largest block, its root."""
    whole = _numbers((p, p.numel()) for p in model.parameters())
    blocks = [_numbers((p, p.numel()) for p in block.parameters()) for block in model.blocks]
    root = Numbers(whole.trained - sum(b.trained for b in blocks), whole.frozen - sum(b.frozen for b in blocks))
    return whole, max(blocks, key=sum), root


def _numbers(sizes: Iterable[tuple[Any, int]]) -> Numbers:
    trained = frozen = 0
    for parameter, size in sizes:
        if parameter.requires_grad:
            trained += size
        else:
            frozen += size
    return Numbers(trained, frozen)


def main(argv: list[str]) -> int:
    request = sys.stdin.read()
    try:
        found = [_by_sharding(request, int(ranks)) for ranks in argv]
    except UserError as error:
        print(error)
        return REFUSED
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
