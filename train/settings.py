"""The config of a training run: what `python -m train … CONFIG` may say. Strict: an unknown key is an error.

The defaults are AgentTuning's (SPEC section 4: η 0.2, 64 sequences of 4,096 tokens a step, AdamW, cosine with 2 %
warm-up).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from actors.program.strict_settings import StrictSettings

Share = Annotated[float, Field(ge=0, lt=1)]
Count = Annotated[int, Field(ge=1)]


class Source(StrictSettings):
    """Conversations from one place: a run's store, a filtered folder, AgentInstruct's parquet, a file of ShareGPT or
    OpenAI messages.

    `label` names all its conversations; `label_field` takes the label from a field of each record (`model`). On the
    agent side the label is the world unless one is given.
    """

    path: str
    """A run's store, a filtered folder, parquet, or a file of ShareGPT or OpenAI messages."""
    label: str = ""
    """The label of all its conversations; on the agent side it is the environment unless one is given."""
    label_field: str = ""
    """The field of each record that holds the label (`model`)."""
    limit: int | None = Field(default=None, ge=1)
    """At most so many conversations."""

    @model_validator(mode="after")
    def _one_label(self) -> Self:
        if self.label and self.label_field:
            raise ValueError("give 'label' or 'label_field', not both")
        return self


class Data(StrictSettings):
    """What is trained on, and in which proportions.

    A conversation is drawn from the agent side with probability `eta`, else from the general side; there the label is
    drawn by `label_weights` (AgentTuning: gpt-4 1 : gpt-3.5 4; none given: by size). `ratio_counts` says what both
    proportions count: with 'tokens' or 'trained_tokens' a label's probability is divided by the mean length of its
    conversations.

    `chat_template` takes the place of the tokenizer's own, in training and in the exported folder: a template, or a
    file that holds one.
    """

    agent: tuple[Source, ...] = ()
    """Trajectories."""
    general: tuple[Source, ...] = ()
    """General chat."""
    eta: float = Field(default=0.2, ge=0, le=1)
    """The probability that a conversation is drawn from the agent side (AgentTuning: 0.2)."""
    ratio_counts: Literal["conversations", "tokens", "trained_tokens"] = "conversations"
    """What `eta` and `label_weights` count."""
    label_weights: dict[str, float] = Field(default={})
    """How labels of the general side are drawn (AgentTuning: gpt-4 1, gpt-3.5 4); none: by size."""
    renderer: Literal["auto", "llama-2", "llama-3", "chatml", "template"] = "auto"
    """How conversations become tokens; auto: by the model's tokenizer."""
    chat_template: str | None = None
    """A template, or a file that holds one, in place of the tokenizer's own, in the exported folder too."""
    system_prompt: str | None = None
    """Put before conversations that have none; null: what the renderer does by itself."""
    rewritten: Literal["drop", "split"] = "drop"
    """Conversations whose template rewrites earlier turns are dropped, or split: a document for each reply."""
    overlong: Literal["drop", "cut"] = "drop"
    """Conversations that are longer than a sequence are dropped, or cut at the end of the last turn that fits."""
    held_out: int = Field(default=32, ge=0)
    """Conversations of each label that are never trained on: the held-out loss."""
    cache: str = "~/.cache/agenttuning/tokenized"
    """The folder that keeps tokenized conversations."""

    @field_validator("chat_template")
    @classmethod
    def _template_itself(cls, given: str | None) -> str | None:
        """What a file holds, so that a run's manifest says all of it: only a template has braces."""
        return given if given is None or "{" in given else _text_of(given)

    @model_validator(mode="after")
    def _sides_there(self) -> Self:
        if self.eta > 0 and not self.agent:
            raise ValueError(f"'eta' is {self.eta:g}, but 'agent' names no source: give one, or eta=0")
        if self.eta < 1 and not self.general:
            raise ValueError(f"'eta' is {self.eta:g}, but 'general' names no source: give one, or eta=1")
        if any(weight < 0 for weight in self.label_weights.values()):
            raise ValueError("'label_weights' must not be negative")
        return self


class Packing(StrictSettings):
    """How conversations become sequences: best fit inside a window of the order. `shared_prefixes` computes what the
    trajectories of a world begin alike with once a sequence."""

    window: int = Field(default=1024, ge=1, le=100_000)
    """Conversations of the order that are packed together."""
    shared_prefixes: bool = True
    """Whether what trajectories of an environment begin alike with is computed once in a sequence."""


class Batch(StrictSettings):
    """One optimiser step: `sequences` of at most `sequence_tokens`, whatever the number of workers; `micro_sequences`
    at once on one.
    """

    sequences: int = Field(default=64, ge=1)
    """Sequences of one optimiser step, whatever the number of workers (AgentTuning: 64)."""
    sequence_tokens: int = Field(default=4096, ge=16)
    """Tokens that a sequence may have (AgentTuning: 4,096)."""
    micro_sequences: int = Field(default=1, ge=1)
    """Sequences that one worker computes at once."""


class Optimizer(StrictSettings):
    """AdamW and its schedule.

    `state_bits` 8 keeps the moments in 8 bits (torchao); `offload` keeps parameters and moments on the CPU.
    """

    learning_rate: float = Field(default=5e-5, gt=0)
    """The peak (AgentTuning: 5e-5 for 7B and 13B)."""
    betas: tuple[Share, Share] = (0.9, 0.95)
    """AdamW's decay rates of the two moments."""
    eps: float = Field(default=1e-8, gt=0)
    """AdamW's epsilon."""
    weight_decay: float = Field(default=0.0, ge=0)
    """AdamW's weight decay."""
    warmup: float = Field(default=0.02, ge=0, le=1)
    """The share of the steps in which the learning rate rises."""
    final: float = Field(default=0.0, ge=0, le=1)
    """The learning rate at the end of the cosine, as a share of the peak."""
    clip_norm: float = Field(default=1.0, gt=0)
    """The norm that gradients are clipped to."""
    state_bits: Literal[8, 32] = 32
    """Bits of AdamW's moments; 8 needs torchao."""
    offload: bool = False
    """Whether parameters and moments are kept on the CPU."""


class Lora(StrictSettings):
    """Low-rank adapters instead of all weights: rank, scale alpha/rank, and the names of the linear layers that get
    one.
    """

    rank: int = Field(default=16, ge=1)
    """The rank of each adapter."""
    alpha: float = Field(default=32.0, gt=0)
    """The scale is alpha / rank."""
    targets: tuple[str, ...] = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
    """Names of the linear layers that get an adapter."""


class Compute(StrictSettings):
    """Where and how the numbers are made.

    `precision`: 'float32' throughout; 'mixed' computes in bfloat16 over float32 masters; 'bfloat16' keeps everything in
    it, for half of the memory; 'auto' is 'mixed' on CUDA and on a CPU with bfloat16 instructions, else 'float32'.
    `checkpointing` recomputes activations: in every block, in every second, or nowhere. `attention` 'auto' is SDPA on
    the CPU and FlexAttention on CUDA. `hsdp_shards`: ranks that share one copy of the model (0: all of them).
    """

    device: Literal["auto", "cpu", "cuda"] = "auto"
    """auto: cuda where there is one."""
    precision: Literal["auto", "float32", "mixed", "bfloat16"] = "auto"
    """mixed: bfloat16 over float32 masters; bfloat16: all of it; auto: mixed where the device has bfloat16, else
    float32.
    """
    attention: Literal["auto", "sdpa", "flex", "varlen"] = "auto"
    """auto: sdpa on a CPU, flex on CUDA."""
    checkpointing: Literal["none", "every", "alternate"] = "none"
    """Blocks whose activations are computed again in the backward pass, to save memory."""
    compile: bool = False
    """Whether torch.compile is used."""
    loss_chunk_tokens: int = Field(default=1024, ge=16)
    """Tokens whose logits are held at once."""
    hsdp_shards: int = Field(default=0, ge=0)
    """Ranks that share one copy of the model; 0: all of them."""


class Checkpoints(StrictSettings):
    """When the state is written, and how many are kept."""

    every_steps: int = Field(default=200, ge=1)
    """Steps between two checkpoints."""
    keep: int = Field(default=2, ge=1)
    """How many are kept."""


class Logging(StrictSettings):
    """What is written while it runs; `trackers` are used where they are installed."""

    every_steps: int = Field(default=1, ge=1)
    """Steps between two lines of the log."""
    held_out_every_steps: int = Field(default=100, ge=1)
    """Steps between two held-out losses."""
    trackers: tuple[Literal["tensorboard", "wandb", "mlflow"], ...] = ()
    """Where numbers go besides the log, as far as these are installed."""
    project: str = "agenttuning"
    """What trackers call all runs together."""


class Workers(StrictSettings):
    """Ray Train: how many workers (a pair: elastic between the two), what each takes, how often lost ones are replaced.

    On CUDA each has one GPU. `cpus` None: one beside a GPU; on CPUs as many as each can have on one node.
    """

    number: Count | tuple[Count, Count] = 1
    """Ray Train's workers; a pair: elastic between the two."""
    cpus: float | None = Field(default=None, gt=0)
    """CPUs of each; null: one beside a GPU, on CPUs as many as each can have on one node."""
    max_failures: int = Field(default=3, ge=-1)
    """How often lost workers are replaced; -1: always."""
    resources: dict[str, float] = Field(default={})
    """Ray's custom resources that each wants, to place it on certain nodes."""

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if isinstance(self.number, tuple) and self.number[0] > self.number[1]:
            raise ValueError(
                f"'number' is the fewest and the most workers, found {self.number[0]} and {self.number[1]}"
            )
        return self


class TrainSettings(StrictSettings):
    """One training run: `model` (a Hugging Face directory) in, `out` (a folder that every worker reaches) out.

    `freeze_embeddings` keeps the tokens' embeddings and the output matrix as they are in `model` (LoRA does so anyway):
    less memory and time, and tokens that the data does not have stay where they were, while AdamW would move their rows
    however small their gradients.
    """

    model: str
    """The Hugging Face directory that is tuned."""
    out: str
    """The run's folder, which every worker reaches."""
    data: Data
    """What is trained on, and in which proportions."""
    steps: int | None = Field(default=None, ge=1)
    """How long: optimiser steps."""
    epochs: float | None = Field(default=None, gt=0)
    """How long: passes over the agent side, or over the general side where eta is 0."""
    seed: int = 0
    """The seed of order and adapters."""
    packing: Packing = Packing()
    """How conversations become sequences."""
    batch: Batch = Batch()
    """What one optimiser step is of."""
    optimizer: Optimizer = Optimizer()
    """AdamW and its schedule."""
    lora: Lora | None = None
    """Adapters in place of all weights; null: all weights."""
    freeze_embeddings: bool = False
    """Whether embeddings and output matrix stay as they are in `model`."""
    compute: Compute = Compute()
    """Where and how the numbers are made."""
    checkpoints: Checkpoints = Checkpoints()
    """When the state is written."""
    logging: Logging = Logging()
    """What is written while it runs."""
    workers: Workers = Workers()
    """How many processes train."""

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        if (self.steps is None) == (self.epochs is None):
            raise ValueError("give exactly one of 'steps' and 'epochs'")
        return self

    @property
    def trains_embeddings(self) -> bool:
        """Whether the embeddings and the output matrix change."""
        return self.lora is None and not self.freeze_embeddings


def _text_of(path: str) -> str:
    try:
        text = Path(path).expanduser().read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "not UTF-8 text"
        raise ValueError(f"neither a template (it has no '{{') nor a file that can be read ({reason})") from error
    if "{" not in text:
        raise ValueError("the file holds no chat template: there is no '{' in it")
    return text
