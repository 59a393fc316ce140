"""Which models are trained exactly as they are defined: the others are refused, in one line, before anything is loaded.

What is computed here is a decoder's hidden states under full causal attention, one output matrix, and plain
cross-entropy. A model that does more somewhere (experts, windows, capped or scaled logits, dropout) would be trained as
something else. A config does not show everything (a convolution would run across the documents of a row): so only
families are taken whose packed loss and gradients a test compares with transformers' own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from transformers import PretrainedConfig

from actors.program.user_error import UserError

FAMILIES = (
    *(
        "apertus",
        "arcee",
        "cwm",
        "ernie4_5",
        "exaone4",
        "gemma",
        "gemma3_text",
        "glm",
        "glm4",
        "granite",
        "helium",
        "llama",
        "ministral3",
    ),
    *("mistral", "olmo", "olmo2", "olmo3", "phi3", "qwen2", "qwen3", "smollm3", "starcoder2"),
)
_EXPERTS = ("num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts", "num_experts_per_tok")
_NEUTRAL_LOGITS = {
    "final_logit_softcapping": None,
    "attn_logit_softcapping": None,
    "logits_soft_cap": None,
    "logits_scaling": 1.0,
    "logit_scale": 1.0,
    "lm_head_multiplier": 1.0,
}
_DROPOUTS = (
    "attention_dropout",
    "attn_pdrop",
    "resid_pdrop",
    "embd_pdrop",
    "hidden_dropout",
    "residual_dropout",
    "embedding_dropout",
)
_ROPE_BY_LENGTH = (
    "dynamic",
    "longrope",
)  # their frequencies depend on the longest position in the row, so on the packing


def check(config: PretrainedConfig, sequence_tokens: int) -> None:
    """Raises `UserError` with the first thing that this trainer would not compute as the model defines it."""
    for fault in faults(config, sequence_tokens):
        raise UserError(f"this trainer cannot train a '{config.model_type}' model like this one exactly: {fault}")


def faults(config: PretrainedConfig, sequence_tokens: int) -> Iterator[str]:
    """Everything against it, from its config alone."""
    if config.is_encoder_decoder:
        yield "it has an encoder"
    if getattr(config, "text_config", None) is not None:
        yield "it is made of several models (text_config): give its language model alone"
    if getattr(config, "quantization_config", None):
        yield "its weights are quantized: give the unquantized model"
    yield from (
        f"it is a mixture of experts ({name} is {config_value})"
        for name, config_value in _set(config, _EXPERTS)
        if config_value > 1
    )
    for name, neutral in _NEUTRAL_LOGITS.items():
        if getattr(config, name, neutral) not in (None, neutral):
            yield f"it changes its logits ({name} is {getattr(config, name)})"
    yield from (
        f"it has dropout ({name} is {share}): set it to 0 in config.json"
        for name, share in _set(config, _DROPOUTS)
        if share > 0
    )
    yield from _attention_faults(config, sequence_tokens)
    if config.model_type not in FAMILIES:
        yield f"it is none of the families that are tested ({', '.join(FAMILIES)})"


def _attention_faults(config: PretrainedConfig, sequence_tokens: int) -> Iterator[str]:
    window = getattr(config, "sliding_window", None)
    kinds = set(getattr(config, "layer_types", None) or ())
    if (
        window is not None
        and getattr(config, "use_sliding_window", True)
        and kinds != {"full_attention"}
        and window < sequence_tokens
    ):
        yield (
            f"it attends in a window of {window} tokens: set batch.sequence_tokens (now {sequence_tokens}) to at most"
            " that"
        )
    if kinds - {"full_attention", "sliding_attention"}:
        yield f"it has layers of '{min(kinds - {'full_attention', 'sliding_attention'})}'"
    limit = getattr(config, "max_position_embeddings", None)
    if limit is not None and limit < sequence_tokens:
        yield f"it has {limit} positions: set batch.sequence_tokens (now {sequence_tokens}) to at most that"
    yield from _rope_faults(getattr(config, "rope_parameters", None) or {}, sequence_tokens)


def _rope_faults(rope: dict[str, Any], sequence_tokens: int) -> Iterator[str]:
    kind = rope.get("rope_type", "default")
    if kind in _ROPE_BY_LENGTH and rope.get("original_max_position_embeddings", 0) < sequence_tokens:
        limit = rope.get("original_max_position_embeddings")
        yield (
            f"its '{kind}' positions depend on the length: set batch.sequence_tokens (now {sequence_tokens}) to at most"
            f" {limit or 'less'}"
        )


def _set(config: PretrainedConfig, names: tuple[str, ...]) -> Iterator[tuple[str, float]]:
    for name in names:
        value = getattr(config, name, None)
        if isinstance(value, int | float):
            yield name, value
