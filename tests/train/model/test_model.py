"""The packed model computes what transformers computes, document by document."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from actors.program.user_error import UserError
from tests.train.tiny_model import (
    assert_same,
    documents,
    gradients,
    load_packed,
    loss_of,
    pack,
    reference,
    reference_loss,
    write_model,
)
from train.data.batch import IGNORED
from train.model.model import build_on_meta, configuration
from train.model.model_support import FAMILIES
from train.settings import Compute


def graded(model: torch.nn.Module, loss: torch.Tensor) -> dict[str, torch.Tensor]:
    model.zero_grad()
    loss.backward()
    return gradients(model)


@pytest.mark.parametrize("model_type", FAMILIES)
def test_packed_loss_and_gradients_equal_the_sum_of_single_documents(model_type: str, tmp_path: Path) -> None:
    fields = {"head_dim": 8} if model_type in ("qwen3", "gemma", "helium") else {}
    no_dropout = (
        dict.fromkeys(("attention_dropout", "residual_dropout", "embedding_dropout"), 0.0)
        if model_type == "starcoder2"
        else {}
    )
    folder = write_model(tmp_path, model_type, **fields, **no_dropout, pad_token_id=0)
    items = documents([17, 2, 40, 9])
    packed, plain = load_packed(folder), reference(folder)
    ours, theirs = loss_of(packed, pack(items)), reference_loss(plain, items)
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-5)
    assert_same(graded(packed, ours), graded(plain, theirs), 3e-5)


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("key_heads", [1, 4])
def test_tied_heads_and_grouped_keys_are_exact(tied: bool, key_heads: int, tmp_path: Path) -> None:
    folder = write_model(tmp_path, tied=tied, key_heads=key_heads)
    items = documents([12, 30])
    packed, plain = load_packed(folder), reference(folder)
    ours, theirs = loss_of(packed, pack(items)), reference_loss(plain, items)
    assert_same(graded(packed, ours), graded(plain, theirs))


def test_the_order_in_the_row_changes_nothing(tmp_path: Path) -> None:
    packed, items = load_packed(write_model(tmp_path)), documents([5, 21, 13, 8])
    first = graded(packed, loss_of(packed, pack(items)))
    assert_same(graded(packed, loss_of(packed, pack(items[::-1]))), first)


def test_a_shared_prefix_computes_what_separate_trajectories_compute(tmp_path: Path) -> None:
    packed = load_packed(write_model(tmp_path))
    (prefix, _), (one, trained_one), (other, trained_other), alone = documents([11, 14, 6, 10])
    none = [False] * len(prefix)
    trained_one[0] = trained_other[0] = (
        False  # a continuation's first token is the prefix's label, and there can be only one
    )
    shared = pack([(prefix, none), (one, trained_one), (other, trained_other), alone], [-1, 0, 0, -1])
    separate = pack([(prefix + one, none + trained_one), (prefix + other, none + trained_other), alone])
    ours, theirs = loss_of(packed, shared), loss_of(packed, separate)
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-6)
    assert_same(graded(packed, ours), graded(packed, theirs))


@pytest.mark.parametrize(
    "compute", [Compute(precision="float32", checkpointing=policy) for policy in ("every", "alternate")]
)
def test_recomputing_activations_changes_nothing(compute: Compute, tmp_path: Path) -> None:
    folder, batch = write_model(tmp_path), pack(documents([20, 12]))
    plain, recomputed = load_packed(folder), load_packed(folder, compute)
    assert_same(graded(recomputed, loss_of(recomputed, batch)), graded(plain, loss_of(plain, batch)), 1e-9)


def test_the_size_of_the_chunks_changes_nothing(tmp_path: Path) -> None:
    folder, batch = write_model(tmp_path), pack(documents([50, 33]))
    small, large = load_packed(folder, chunk=16), load_packed(folder, chunk=1000)
    assert_same(graded(small, loss_of(small, batch)), graded(large, loss_of(large, batch)))


def test_a_row_without_trained_positions_has_loss_zero_and_gradients(tmp_path: Path) -> None:
    packed, batch = load_packed(write_model(tmp_path)), pack(documents([20]))
    batch.labels_T[:] = IGNORED
    losses = packed(packed.on_device(batch, torch.device("cpu")))
    assert losses.total.item() == 0
    found = graded(packed, losses.total)
    assert found.keys() == dict(packed.causal_lm.named_parameters()).keys()
    assert all((grad == 0).all() for grad in found.values())


def test_token_losses_come_with_their_streams_and_no_graph(tmp_path: Path) -> None:
    packed, items = load_packed(write_model(tmp_path)), documents([15, 25])
    losses = packed(packed.on_device(pack(items), torch.device("cpu")))
    assert not losses.per_token_N.requires_grad
    assert losses.per_token_N.sum().item() == pytest.approx(losses.total.item(), rel=1e-6)
    for number, item in enumerate(items):
        of_one = losses.per_token_N[losses.streams_N == number].sum().item()
        assert of_one == pytest.approx(loss_of(packed, pack([item])).item(), rel=1e-5)


def test_evaluation_computes_no_gradient_and_the_same_loss(tmp_path: Path) -> None:
    packed, batch = load_packed(write_model(tmp_path)), pack(documents([15]))
    with torch.no_grad():
        without = loss_of(packed, batch)
    assert not without.requires_grad
    assert without.item() == loss_of(packed, batch).item()


def test_bfloat16_is_close_to_float32(tmp_path: Path) -> None:
    folder, batch = write_model(tmp_path), pack(documents([60]))
    exact = loss_of(load_packed(folder), batch).item()
    half = load_packed(folder, Compute(precision="bfloat16"))
    assert next(half.parameters()).dtype == torch.bfloat16
    assert loss_of(half, batch).item() == pytest.approx(exact, rel=0.05)


def test_compiled_blocks_compute_the_same(tmp_path: Path) -> None:
    folder, batch = write_model(tmp_path), pack(documents([20, 9]))
    plain, compiled = (
        load_packed(folder),
        load_packed(folder, Compute(precision="float32", compile=True, checkpointing="every")),
    )
    assert_same(graded(compiled, loss_of(compiled, batch)), graded(plain, loss_of(plain, batch)))


def test_a_folder_that_is_no_model_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no config\.json"):
        configuration(str(tmp_path))
    for text in ("{", '{"model_type": "unheard-of"}', "[]"):
        (tmp_path / "config.json").write_text(text)
        with pytest.raises(UserError, match=r"^.*config\.json cannot be read.*$") as refused:
            configuration(str(tmp_path))
        assert "\n" not in str(refused.value)


def test_the_config_stays_as_it_was(tmp_path: Path) -> None:
    config = configuration(str(write_model(tmp_path)))
    before = config.to_dict()
    build_on_meta(config, precision="float32", sequence_tokens=64)
    assert config.to_dict() == before
