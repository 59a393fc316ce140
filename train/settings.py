"""The config of a training run: what `python -m train … CONFIG` may say. Strict: an unknown key is an error.

The defaults are AgentTuning's (SPEC section 4: η 0.2, 64 sequences of 4,096 tokens a step, AdamW, cosine with 2 %
warm-up).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Share = Annotated[float, Field(ge=0, lt=1)]
Count = Annotated[int, Field(ge=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, protected_namespaces=())


class Source(_Strict):
    """Conversations from one place: a run's store, a filtered folder, AgentInstruct's parquet, a file of ShareGPT or
    OpenAI messages.

    `label` names all its conversations; `label_field` takes the label from a field of each record (`model`). On the
    agent side the label is the world unless one is given.
    """

    path: str
    label: str = ""
    label_field: str = ""
    limit: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _one_label(self) -> Self:
        if self.label and self.label_field:
            raise ValueError("give 'label' or 'label_field', not both")
        return self


class Data(_Strict):
    """What is trained on, and in which proportions.

    A conversation is drawn from the agent side with probability `eta`, else from the general side; there the label is
    drawn by `label_weights` (AgentTuning: gpt-4 1 : gpt-3.5 4; none given: by size). `ratio_counts` says what both
    proportions count: with 'tokens' or 'trained_tokens' a label's probability is divided by the mean length of its
    conversations.

    `chat_template` takes the place of the tokenizer's own, in training and in the exported folder: a template, or a
    file that holds one.
    """

    agent: tuple[Source, ...] = ()
    general: tuple[Source, ...] = ()
    eta: float = Field(default=0.2, ge=0, le=1)
    ratio_counts: Literal["conversations", "tokens", "trained_tokens"] = "conversations"
    label_weights: dict[str, float] = {}
    renderer: Literal["auto", "llama-2", "llama-3", "chatml", "template"] = "auto"
    chat_template: str | None = None
    system_prompt: str | None = None  # put before conversations that have none; None: what the renderer does by itself
    rewritten: Literal["drop", "split"] = (
        "drop"  # conversations whose template rewrites earlier turns; split: a document for each reply
    )
    overlong: Literal["drop", "cut"] = "drop"  # cut: at the end of the last turn that fits
    held_out: int = Field(default=32, ge=0)  # conversations a label that are never trained on: the held-out loss
    cache: str = "~/.cache/agenttuning/tokenized"

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


class Packing(_Strict):
    """How conversations become sequences: best fit inside a window of the order. `shared_prefixes` computes what the
    trajectories of a world begin alike with once a sequence."""

    window: int = Field(default=1024, ge=1, le=100_000)  # conversations
    shared_prefixes: bool = True


class Batch(_Strict):
    """One optimiser step: `sequences` of at most `sequence_tokens`, whatever the number of workers; `micro_sequences`
    at once on one.
    """

    sequences: int = Field(default=64, ge=1)
    sequence_tokens: int = Field(default=4096, ge=16)
    micro_sequences: int = Field(default=1, ge=1)


class Optimizer(_Strict):
    """AdamW and its schedule. `state_bits` 8 keeps the moments in 8 bits (torchao); `offload` keeps parameters and
    moments on the CPU.
    """

    learning_rate: float = Field(default=5e-5, gt=0)
    betas: tuple[Share, Share] = (0.9, 0.95)
    eps: float = Field(default=1e-8, gt=0)
    weight_decay: float = Field(default=0.0, ge=0)
    warmup: float = Field(default=0.02, ge=0, le=1)  # share of the steps
    final: float = Field(default=0.0, ge=0, le=1)  # learning rate at the end of the cosine, as a share of the peak
    clip_norm: float = Field(default=1.0, gt=0)
    state_bits: Literal[8, 32] = 32
    offload: bool = False


class Lora(_Strict):
    """Low-rank adapters instead of all weights: rank, scale alpha/rank, and the names of the linear layers that get
    one.
    """

    rank: int = Field(default=16, ge=1)
    alpha: float = Field(default=32.0, gt=0)
    targets: tuple[str, ...] = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


class Compute(_Strict):
    """Where and how the numbers are made.

    `precision`: 'float32' throughout; 'mixed' computes in bfloat16 over float32 masters; 'bfloat16' keeps everything in
    it, for half of the memory; 'auto' is 'mixed' on CUDA and on a CPU with bfloat16 instructions, else 'float32'.
    `checkpointing` recomputes activations: in every block, in every second, or nowhere. `attention` 'auto' is SDPA on
    the CPU and FlexAttention on CUDA. `hsdp_shards`: ranks that share one copy of the model (0: all of them).
    """

    device: Literal["auto", "cpu", "cuda"] = "auto"
    precision: Literal["auto", "float32", "mixed", "bfloat16"] = "auto"
    attention: Literal["auto", "sdpa", "flex", "varlen"] = "auto"
    checkpointing: Literal["none", "every", "alternate"] = "none"
    compile: bool = False
    loss_chunk_tokens: int = Field(default=1024, ge=16)
    hsdp_shards: int = Field(default=0, ge=0)


class Checkpoints(_Strict):
    """When the state is written, and how many are kept."""

    every_steps: int = Field(default=200, ge=1)
    keep: int = Field(default=2, ge=1)


class Logging(_Strict):
    """What is written while it runs; `trackers` are used where they are installed."""

    every_steps: int = Field(default=1, ge=1)
    held_out_every_steps: int = Field(default=100, ge=1)
    trackers: tuple[Literal["tensorboard", "wandb", "mlflow"], ...] = ()
    project: str = "agenttuning"


class Workers(_Strict):
    """Ray Train: how many workers (a pair: elastic between the two), what each takes, how often lost ones are replaced.

    On CUDA each has one GPU. `cpus` None: one beside a GPU; on CPUs as many as each can have on one node.
    """

    number: Count | tuple[Count, Count] = 1
    cpus: float | None = Field(default=None, gt=0)
    max_failures: int = Field(default=3, ge=-1)
    resources: dict[str, float] = {}

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if isinstance(self.number, tuple) and self.number[0] > self.number[1]:
            raise ValueError(
                f"'number' is the fewest and the most workers, found {self.number[0]} and {self.number[1]}"
            )
        return self


class TrainSettings(_Strict):
    """One training run: `model` (a Hugging Face directory) in, `out` (a folder that every worker reaches) out.

    `freeze_embeddings` keeps the tokens' embeddings and the output matrix as they are in `model` (LoRA does so anyway):
    less memory and time, and tokens that the data does not have stay where they were, while AdamW would move their rows
    however small their gradients.
    """

    model: str
    out: str
    data: Data
    steps: int | None = Field(default=None, ge=1)
    epochs: float | None = Field(
        default=None, gt=0
    )  # passes over the agent side (over the general side where eta is 0)
    seed: int = 0
    packing: Packing = Packing()
    batch: Batch = Batch()
    optimizer: Optimizer = Optimizer()
    lora: Lora | None = None
    freeze_embeddings: bool = False
    compute: Compute = Compute()
    checkpoints: Checkpoints = Checkpoints()
    logging: Logging = Logging()
    workers: Workers = Workers()

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
