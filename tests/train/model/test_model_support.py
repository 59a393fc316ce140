"""What would be trained as something else than it is, is refused by its config."""

from __future__ import annotations

from typing import Any

import pytest
from transformers import AutoConfig

from actors.program.user_error import UserError
from tests.train.tiny_model import SIZES
from train.model.model import build_on_meta
from train.model.model_support import check


@pytest.mark.parametrize(
    ("model_type", "fields", "said"),
    [
        ("t5", {}, "it has an encoder"),
        ("mixtral", {}, "mixture of experts"),
        ("qwen3_moe", {}, "mixture of experts"),
        ("gpt_oss", {}, "mixture of experts"),
        ("gemma2", {}, "it changes its logits"),
        ("granite", {"logits_scaling": 8.0}, r"logits_scaling is 8\.0"),
        ("cohere", {}, "logit_scale"),
        ("llama", {"attention_dropout": 0.1}, r"attention_dropout is 0\.1"),
        ("mistral", {"sliding_window": 512}, "window of 512 tokens"),
        ("qwen2", {"use_sliding_window": True, "sliding_window": 100, "max_window_layers": 0}, "window of 100 tokens"),
        ("llama", {"max_position_embeddings": 512}, "it has 512 positions"),
        (
            "llama",
            {"rope_parameters": {"rope_type": "dynamic", "rope_theta": 1e4, "factor": 2.0}},
            "'dynamic' positions",
        ),
        ("llama", {"quantization_config": {"quant_method": "gptq"}}, "quantized"),
        ("llava", {}, "several models"),
        ("mamba", {}, "linear_attention"),
        ("qwen3_next", {}, "mixture of experts"),
        ("gpt2", {}, "attn_pdrop"),
        ("phi", {}, "none of the families that are tested"),
        ("lfm2", {}, "none of the families that are tested"),
    ],
)
def test_a_model_that_would_not_be_computed_exactly_is_refused_in_one_line(
    model_type: str, fields: dict[str, Any], said: str
) -> None:
    config = AutoConfig.for_model(model_type, **fields)
    with pytest.raises(UserError, match=said) as refused:
        build_on_meta(config, precision="float32", sequence_tokens=1024)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("model_type", "fields"),
    [
        ("llama", {}),
        ("mistral", {"sliding_window": 1024}),
        ("mistral", {"sliding_window": None}),
        ("qwen2", {"use_sliding_window": False, "sliding_window": 10}),
        ("gemma", {}),
        ("granite", {"logits_scaling": 1.0}),
        ("llama", {"rope_parameters": {"rope_type": "linear", "rope_theta": 1e4, "factor": 2.0}}),
    ],
)
def test_a_model_that_is_computed_exactly_is_taken(model_type: str, fields: dict[str, Any]) -> None:
    check(AutoConfig.for_model(model_type, **{**SIZES, "max_position_embeddings": 1024, **fields}), 1024)
