from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode
from transformers import CONFIG_MAPPING, AutoModelForCausalLM

from tests.train.attention.dense_mask import dense
from tests.train.planned import TINY
from tests.train.tiny_model import documents, pack
from train.model import sharding
from train.model.model import build_on_meta
from train.model.shapes import Config, config_of, shape_of
from train.plan.flops import Pairs, adapter_parameters, exact, matmul_parameters, mfu, pairs_in, pairs_of, six_n
from train.settings import Compute, Lora

CPU = torch.device("cpu")
SMOLLM2 = config_of("smollm2-135m") | {"num_hidden_layers": 3}
CONFIGS = pytest.mark.parametrize("config", [TINY, SMOLLM2], ids=["tiny", "smollm2-shaped"])


def huggingface(config: Config) -> Any:
    return CONFIG_MAPPING[config["model_type"]].from_dict(config)


def counted(model: Any, *inputs: Any) -> int:
    def product_added(_into: Any, left: Any, right: Any, **_others: Any) -> int:
        return int(2 * left[0] * left[1] * right[1])

    in_place = {
        torch.ops.aten.addmm_: product_added
    }  # the loss adds up the head's gradient; torch counts no addmm_ by itself
    with FlopCounterMode(display=False, custom_mapping=in_place) as counter:
        model(*inputs).backward()
    return counter.get_total_flops()


@CONFIGS
def test_the_exact_count_with_full_squares_is_what_torch_counts_of_transformers_own_attention(config: Config) -> None:
    model = AutoModelForCausalLM.from_config(huggingface(config), attn_implementation="eager")
    ids = torch.zeros(1, 40, dtype=torch.long)
    expected = exact(shape_of(config), 40, 40, pairs_of(40), "square")
    assert counted(lambda ids: model(ids).logits.sum(), ids) == expected.total


@CONFIGS
@pytest.mark.parametrize(
    ("lora", "freeze"), [(None, False), (Lora(rank=4), False), (None, True)], ids=["full", "lora", "frozen"]
)
def test_matrices_count_as_torch_counts_them_in_a_packed_row_with_the_head_on_trained_tokens_only(
    config: Config, lora: Lora | None, freeze: bool
) -> None:
    batch, shape = pack(documents([17, 9, 14])), shape_of(config)
    frozen: Any = {"lora": lora, "freeze_embeddings": freeze}
    model = build_on_meta(huggingface(config), precision="float32", sequence_tokens=64, loss_chunk_tokens=16, **frozen)
    sharding.apply(model, Compute(precision="float32"), None, CPU)
    model.to_empty(device="cpu")
    for tensor in (*model.parameters(), *model.buffers()):
        tensor.data.normal_(std=0.02)
    batch = batch._replace(ids_T=batch.ids_T % shape.vocabulary)
    tokens = len(batch.ids_T)
    expected = exact(shape, tokens, batch.trained, pairs_in(batch), **frozen)
    # torch counts no attention kernel of the CPU; and nobody needs the gradient of a frozen embedding
    not_needed = (
        2 * tokens * (shape.hidden * (shape.queries + 2 * shape.keys) + 3 * shape.hidden * lora.rank) if lora else 0
    )
    found = counted(lambda given: model(given).total, model.on_device(batch, CPU))
    assert found == expected.total - expected.attention - not_needed


def test_parameters_of_llama_2_7b_and_70b_are_the_published_ones_less_embedding_and_norms() -> None:
    for name, published, norms in (
        ("llama-2-7b", 6_738_415_616, 65 * 4096),
        ("llama-2-70b", 68_976_648_192, 161 * 8192),
    ):
        shape = shape_of(config_of(name))
        assert matmul_parameters(shape) == published - shape.vocabulary * shape.hidden - norms


def test_attention_adds_to_6n_what_the_literature_says() -> None:
    for name, percent in (("llama-2-7b", 16), ("llama-2-13b", 13), ("llama-2-70b", 8)):
        shape = shape_of(config_of(name))
        attention = exact(shape, 4096, 4096, pairs_of(4096), "square").attention
        assert round(100 * attention / six_n(shape, 4096)) == percent


def test_without_attention_and_with_all_tokens_trained_exact_is_6n() -> None:
    shape = shape_of(TINY)
    for lora in (None, Lora(rank=8, targets=("q_proj", "down_proj"))):
        assert exact(shape, 100, 100, Pairs(0, 0), lora=lora).total == six_n(shape, 100, lora)
    assert six_n(shape, 1, Lora()) < 6 * (matmul_parameters(shape) + adapter_parameters(shape, Lora()))


@given(st.lists(st.tuples(st.integers(1, 12), st.booleans()), min_size=1, max_size=6))
def test_causal_pairs_are_the_positions_that_see_each_other(segments: list[tuple[int, bool]]) -> None:
    parents = [0 if number and shares else -1 for number, (_, shares) in enumerate(segments)]
    batch = pack(documents([length for length, _ in segments]), parents)
    assert pairs_in(batch).causal == int(dense(batch, CPU).sum())
    assert pairs_in(batch).square >= pairs_in(batch).causal


def test_isolated_documents_have_fewer_pairs_than_one_document_as_long() -> None:
    assert pairs_in(pack(documents([30, 30]))).causal == 2 * pairs_of(30).causal < pairs_of(60).causal
    assert np.isclose(pairs_of(4096).causal / pairs_of(4096).square, 0.5, atol=2e-4)


def test_mfu_is_the_share_of_all_devices_peaks() -> None:
    assert mfu(8e12, 2.0, 1e12, devices=8) == 0.5
    with pytest.raises(ValueError, match="must be positive"):
        mfu(1.0, 0.0, 1e12)
