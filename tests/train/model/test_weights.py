"""Loading takes exactly what the config says from a folder, and says in one line what is wrong with one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from actors.program.user_error import UserError
from tests.train.tiny_model import CPU, documents, load_packed, loss_of, pack, reference, write_model
from train.model import weights
from train.model.model import build_on_meta, configuration
from train.settings import Compute


def change(folder: Path, **tensors: torch.Tensor | None) -> None:
    """Replace, add or (None) remove tensors of the folder's file."""
    content = load_file(folder / "model.safetensors")
    content |= {name: tensor for name, tensor in tensors.items() if tensor is not None}
    save_file(
        {name: tensor for name, tensor in content.items() if tensors.get(name, tensor) is not None},
        folder / "model.safetensors",
    )


def assert_loaded(folder: Path, origin: Path) -> None:
    loaded, expected = load_packed(folder).causal_lm.state_dict(), reference(origin).state_dict()
    assert loaded.keys() == expected.keys()
    assert all(torch.equal(loaded[name], expected[name]) for name in expected)


def refusal(folder: Path) -> str:
    with pytest.raises(UserError) as refused:
        load_packed(folder)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("tied", [True, False])
def test_one_file_or_many_give_the_same_weights(tied: bool, tmp_path: Path) -> None:
    one = write_model(tmp_path / "one", tied=tied)
    reference(one).save_pretrained(tmp_path / "many", max_shard_size="20KB")
    assert len(list((tmp_path / "many").glob("*.safetensors"))) > 2
    assert_loaded(one, one)
    assert_loaded(tmp_path / "many", one)


def test_tied_weights_stay_one_parameter_under_either_name(tmp_path: Path) -> None:
    folder = write_model(tmp_path, tied=True)
    embedding = load_file(folder / "model.safetensors")["model.embed_tokens.weight"]
    for names in (("lm_head.weight",), ("lm_head.weight", "model.embed_tokens.weight")):
        change(
            folder,
            **{"lm_head.weight": None, "model.embed_tokens.weight": None} | {name: embedding.clone() for name in names},
        )
        model = load_packed(folder)
        assert model.head.weight is model.causal_lm.base_model.embed_tokens.weight
        assert torch.equal(model.head.weight, embedding)
    change(folder, **{"lm_head.weight": embedding + 1})
    assert "but they differ" in refusal(folder)


def test_rotary_frequencies_are_computed_as_transformers_does_in_every_precision(tmp_path: Path) -> None:
    scaled = {"rope_type": "llama3", "rope_theta": 1e4, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
    folder = write_model(tmp_path, rope_parameters={**scaled, "original_max_position_embeddings": 32})
    expected = dict(reference(folder).named_buffers())
    for compute in (Compute(precision="float32"), Compute(precision="bfloat16")):
        found = dict(load_packed(folder, compute).causal_lm.named_buffers())
        assert found.keys() == expected.keys()
        assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_a_buffer_made_with_the_embedding_leaves_the_embedding_as_it_is_in_the_file(tmp_path: Path) -> None:
    folder = write_model(tmp_path, "gemma3_text", head_dim=8, sliding_window=256, pad_token_id=0)
    assert_loaded(folder, folder)
    (ids, _) = documents([9])[0]
    batch = pack([(ids, [True] * 9)])
    logits = reference(folder)(torch.tensor([ids])).logits[0, :-1]
    expected = torch.nn.functional.cross_entropy(logits, torch.tensor(ids[1:]), reduction="sum")
    assert loss_of(load_packed(folder), batch).item() == pytest.approx(expected.item(), rel=1e-5)


def test_weights_are_cast_to_the_masters(tmp_path: Path) -> None:
    AutoModelForCausalLM.from_pretrained(write_model(tmp_path / "full"), dtype=torch.bfloat16).save_pretrained(
        tmp_path / "half"
    )
    assert {parameter.dtype for parameter in load_packed(tmp_path / "half").parameters()} == {torch.float32}
    assert {
        parameter.dtype for parameter in load_packed(tmp_path / "full", Compute(precision="bfloat16")).parameters()
    } == {torch.bfloat16}


def test_old_files_frequencies_are_passed_over(tmp_path: Path) -> None:
    folder = write_model(tmp_path)
    change(folder, **{"model.layers.0.self_attn.rotary_emb.inv_freq": torch.zeros(4)})
    load_packed(folder)


def test_what_does_not_fit_the_config_is_refused_by_name(tmp_path: Path) -> None:
    folder = write_model(tmp_path)
    change(folder, **{"model.norm.weight": torch.ones(31)})
    assert "'model.norm.weight' is 31, but config.json makes it 32" in refusal(folder)
    change(folder, **{"model.norm.weight": None})
    assert "lacks the tensor 'model.norm.weight'" in refusal(folder)
    change(folder, **{"model.norm.weight": torch.ones(32), "model.extra": torch.ones(1)})
    assert "holds 'model.extra'" in refusal(folder)


def test_a_file_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    file = write_model(tmp_path) / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    assert "model.safetensors' is damaged or cut off" in refusal(tmp_path)
    file.write_bytes(b"")
    assert "model.safetensors' is damaged or cut off" in refusal(tmp_path)


def test_a_folder_without_safetensors_is_refused(tmp_path: Path) -> None:
    (write_model(tmp_path) / "model.safetensors").unlink()
    assert "has no weights" in refusal(tmp_path)
    (tmp_path / "pytorch_model.bin").write_bytes(b"")
    assert "as pickles only (pytorch_model.bin)" in refusal(tmp_path)


def test_an_index_that_is_wrong_is_refused(tmp_path: Path) -> None:
    folder = write_model(tmp_path)
    (folder / weights.INDEX).write_text("{")
    assert "is no index of safetensors" in refusal(folder)
    (folder / weights.INDEX).write_text(
        json.dumps({"weight_map": {"model.norm.weight": "model-00001-of-00002.safetensors"}})
    )
    assert "lacks 'model-00001-of-00002.safetensors'" in refusal(folder)
    (folder / weights.INDEX).write_text(
        json.dumps(
            {"weight_map": dict.fromkeys(reference_names(folder), "model.safetensors") | {"lm_head.weight": "b"}}
        )
    )
    (folder / "b").write_bytes((folder / "model.safetensors").read_bytes())
    change(folder, **{"model.norm.weight": None})
    assert "'model.norm.weight' is not there" in refusal(folder)


def reference_names(folder: Path) -> list[str]:
    return list(load_file(folder / "model.safetensors"))


def test_the_fingerprint_is_the_models(tmp_path: Path) -> None:
    one, other = write_model(tmp_path / "one"), write_model(tmp_path / "other", key_heads=1)
    assert weights.fingerprint(str(one)) == weights.fingerprint(str(one)) != weights.fingerprint(str(other))


def test_nothing_is_held_before_it_is_loaded(tmp_path: Path) -> None:
    model = build_on_meta(configuration(str(write_model(tmp_path))), precision="float32", sequence_tokens=64)
    assert all(tensor.is_meta for tensor in [*model.parameters(), *model.buffers()])
    weights.load(model, str(tmp_path), CPU)
    assert not any(tensor.is_meta for tensor in [*model.parameters(), *model.buffers()])


def test_the_fingerprint_tells_a_sibling_of_the_same_names_and_sizes(tmp_path: Path) -> None:
    """A fine-tuned one, say: every tensor is a little different, nothing else is."""
    folder = write_model(tmp_path / "model")
    before = weights.fingerprint(str(folder))
    assert before == weights.fingerprint(str(folder))
    tensors = load_file(folder / "model.safetensors")
    save_file({name: tensor + 1e-3 for name, tensor in tensors.items()}, folder / "model.safetensors", {"format": "pt"})
    assert weights.fingerprint(str(folder)) != before
