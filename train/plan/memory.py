"""What a rank of a training run needs in memory at its peak, by item, computed before anything is loaded.

Derived from the real modules (`train.plan.shards`): what lies on a rank, what FSDP2 gathers. Derived from the code by
formula, and held against what autograd saves (`activations`): activations. Estimated: the framework. Everything is an
upper bound in one respect: a row is taken to be full, and every token of it trained on.

The peak is the largest of three moments of a step:

- loss: all activations; the logits of a chunk of the loss, some rows of them in float32, twice; the output matrix's
  gradient (of several chunks: its sum in float32, and a chunk's share of it); the buffer in which the last block was
  gathered
- block: the backward of the last block: its recomputed activations and their gradients, two blocks gathered (one
  ahead), its gradients as they were computed and once more in the type that they are summed over the ranks in
- end: the same for the root group (embedding, last norm, output matrix), which stays gathered from the forward to the
  end

One process alone on a CPU gathers nothing; for mixed precision it keeps a copy of the weights to compute with.

c is the bytes of a number of the computation, m of a parameter as it is kept, r of a gradient as it is summed over the
ranks.
"""

from __future__ import annotations

from typing import NamedTuple

from actors.program.user_error import UserError
from train.model import activations
from train.model.devices import cpu_multiplies_bfloat16
from train.model.shapes import Config, Shape, shape_of
from train.plan import shards
from train.plan.shards import Shards
from train.settings import TrainSettings

GIB = 1 << 30
USABLE = 0.95  # of a device: the rest goes to the allocator's fragments
FRAMEWORK_CUDA = int(2.5 * GIB)  # estimated: CUDA context 0.5, NCCL's buffers 1 to 1.5, cuBLAS and compiled kernels
FRAMEWORK_CPU = int(0.6 * GIB)  # measured: Python, torch, transformers, ray (0.53 GiB)
TILES = 2  # in float32 at once: some rows' logits, and the working copy of their logarithm of the sum
MOMENT_8_BITS = 1 + 4 / 256  # bytes: torchao keeps one float32 scale for 256 numbers


class Prediction(NamedTuple):
    """Bytes of one rank by item: on its device at the peak, whose moment is 'loss', 'block' or 'end'; and on the host
    where it offloads.
    """

    items: dict[str, int]
    moment: str
    host: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.items.values())


class Bytes(NamedTuple):
    """Of one number: computed with, kept, summed over the ranks; of both moments; gathered (0: nothing is)."""

    compute: int
    kept: int
    summed: int
    moments: float
    gathered: int


def predict(
    settings: TrainSettings, config: Config, world: int, *, cuda: bool, shards_of_rank: Shards | None = None
) -> Prediction:
    """The memory of the fullest rank of `world`.

    Raises `UserError` for a model or a world that cannot be trained so.
    """
    alone = world == 1 and not cuda and not settings.optimizer.offload  # as train/model/sharding.py says
    shape, sizes = shape_of(config), bytes_of_a_number(settings, cuda=cuda, alone=alone)
    counted = shards_of_rank or shards.by_rule(config, settings, shard_ranks(settings, world))
    kept = _kept(counted, sizes) | (
        {"copy of the weights": counted.local.both * sizes.compute} if alone and sizes.compute < sizes.kept else {}
    )
    moments = {
        "loss": _at_loss(settings, shape, counted, sizes, cuda),
        "block": _in_block(settings, shape, counted, sizes, cuda),
        "end": _at_end(settings, shape, counted, sizes),
    }
    moment = max(moments, key=lambda name: sum(moments[name].values()))
    offload = cuda and settings.optimizer.offload
    framework = {"framework": FRAMEWORK_CUDA if cuda else FRAMEWORK_CPU}
    items = {**({} if offload else kept), **moments[moment], **framework}
    return Prediction({name: size for name, size in items.items() if size}, moment, kept if offload else {})


def shard_ranks(settings: TrainSettings, world: int) -> int:
    """The ranks that share one copy of the model. Raises `UserError` where they do not divide the world."""
    ranks = settings.compute.hsdp_shards or world
    if world % ranks:
        raise UserError(
            f"compute.hsdp_shards is {ranks}, which does not divide the {world} workers: take a divisor, or 0 for all"
        )
    return ranks


def fits(prediction: Prediction, device_bytes: int) -> bool:
    return prediction.total <= USABLE * device_bytes


def compared(prediction: Prediction, measured_bytes: int) -> str:
    """One line for the log, after the first steps."""
    off = 100 * (prediction.total / measured_bytes - 1) if measured_bytes else 0.0
    return (
        f"memory of a rank: {prediction.total / GIB:.2f} GiB predicted, {measured_bytes / GIB:.2f} GiB measured at the"
        f" peak ({off:+.0f} %)"
    )


def computes_in_bfloat16(settings: TrainSettings, *, cuda: bool) -> bool:
    """As train/model/sharding.py chooses it, 'auto' by this machine's CPU where there is no CUDA."""
    precision = settings.compute.precision
    return (cuda or cpu_multiplies_bfloat16()) if precision == "auto" else precision != "float32"


def bytes_of_a_number(settings: TrainSettings, *, cuda: bool, alone: bool = False) -> Bytes:
    """As train/model/sharding.py and train/model/optimizer.py choose the types."""
    precision = settings.compute.precision
    kept = 2 if precision == "bfloat16" else 4
    moment = MOMENT_8_BITS if settings.optimizer.state_bits == 8 else kept
    compute = 2 if computes_in_bfloat16(settings, cuda=cuda) else 4
    return Bytes(compute=compute, kept=kept, summed=kept, moments=2 * moment, gathered=0 if alone else compute)


def _kept(counted: Shards, sizes: Bytes) -> dict[str, int]:
    local = counted.local
    return {
        "parameters": local.both * sizes.kept,
        "gradients": local.trained * sizes.kept,
        "optimizer moments": int(local.trained * sizes.moments),
    }


def _saved(settings: TrainSettings, shape: Shape, sizes: Bytes, cuda: bool, *, recomputing: bool) -> int:
    """Activations of all blocks, and of the one that is being recomputed."""
    policy = settings.compute.checkpointing
    recomputed = {"none": 0, "every": shape.layers, "alternate": (shape.layers + 1) // 2}[policy]
    whole = shape.layers - recomputed
    if recomputing and recomputed > whole:
        whole += 1  # else the last block is one of those that are saved whole, and gone when the first is recomputed
    tokens = settings.batch.micro_sequences * settings.batch.sequence_tokens
    full = activations.of_block(shape, sizes.compute, cuda=cuda).saved * tokens
    return whole * full + recomputed * activations.boundary(shape, sizes.compute) * tokens + _masks(settings, cuda)


def _masks(settings: TrainSettings, cuda: bool) -> int:
    """SDPA's masks of the continuations of a shared prefix, once for all layers, at most."""
    sdpa = settings.compute.attention == "sdpa" or (settings.compute.attention == "auto" and not cuda)
    masked = sdpa and settings.packing.shared_prefixes
    return 4 * settings.batch.sequence_tokens**2 * settings.batch.micro_sequences if masked else 0


def _at_loss(settings: TrainSettings, shape: Shape, counted: Shards, sizes: Bytes, cuda: bool) -> dict[str, int]:
    tokens = settings.batch.micro_sequences * settings.batch.sequence_tokens
    chunk = min(settings.compute.loss_chunk_tokens, tokens)
    head = shape.vocabulary * shape.hidden if settings.trains_embeddings else 0
    share = sizes.compute if sizes.compute != activations.WIDE else 0  # a chunk's, before it is added in float32
    tile = min(chunk * shape.vocabulary, activations.softmax_tile(cuda=cuda))
    around = activations.around_blocks(shape, sizes.compute) * tokens
    return {
        "activations": _saved(settings, shape, sizes, cuda, recomputing=False) + around,
        "embedding and head, gathered": counted.root.both * sizes.gathered,
        "a block's buffer": counted.block.both * sizes.gathered,
        "logits of a loss chunk": sizes.compute * chunk * shape.vocabulary,
        "softmax, or a product to add": max(TILES * activations.WIDE * tile, 0 if chunk == tokens else head * share),
        "gradient of the head": head * (sizes.compute if chunk == tokens else activations.WIDE),
    }


def _in_block(settings: TrainSettings, shape: Shape, counted: Shards, sizes: Bytes, cuda: bool) -> dict[str, int]:
    tokens = settings.batch.micro_sequences * settings.batch.sequence_tokens
    head = shape.vocabulary * shape.hidden if settings.trains_embeddings else 0
    return {
        "activations": _saved(settings, shape, sizes, cuda, recomputing=True),
        "gradients of activations": activations.gradients_inside(shape, sizes.compute) * tokens,
        "embedding and head, gathered": counted.root.both * sizes.gathered,
        "two blocks, gathered": 2 * counted.block.both * sizes.gathered,
        "gradients of a block": counted.block.trained * (sizes.compute + sizes.summed),
        "gradient of the head": head * sizes.compute,
    }


def _at_end(settings: TrainSettings, shape: Shape, counted: Shards, sizes: Bytes) -> dict[str, int]:
    twice = (
        shape.vocabulary * shape.hidden if shape.tied and settings.trains_embeddings else 0
    )  # the head's and the embedding's, added up
    return {
        "embedding and head, gathered": counted.root.both * sizes.gathered,
        "gradients of embedding and head": (
            counted.root.trained * (sizes.compute + sizes.summed) + twice * sizes.compute
        ),
    }
