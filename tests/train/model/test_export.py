"""The exported folder is a whole Hugging Face model: weights, tokenizer, template, stop tokens; or it is not there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, GenerationConfig

from actors.program.user_error import UserError
from tests.train.tiny_model import documents, load_packed, reference, write_model
from train.model.export import export
from train.model.export_metadata import write_metadata
from train.model.weights import fingerprint

IDS = torch.tensor([documents([20])[0][0]])


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("max_shard_bytes", [10_000, 10**9])
def test_load_export_reload_gives_the_same_logits(tied: bool, max_shard_bytes: int, tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model", tied=tied)
    export(load_packed(folder), str(folder), tmp_path / "out", torch.float32, max_shard_bytes)
    again = reference(tmp_path / "out")
    assert (again.lm_head.weight is again.model.embed_tokens.weight) == tied
    assert torch.equal(again(IDS).logits, reference(folder)(IDS).logits)
    assert (tmp_path / "out" / "model.safetensors").exists() == (max_shard_bytes == 10**9)
    names = {name for file in (tmp_path / "out").glob("*.safetensors") for name in load_file(file)}
    assert "model.embed_tokens.weight" in names  # the name that serving engines look for, tied or not
    assert ("lm_head.weight" in names) != tied


def test_what_was_exported_can_be_trained_on(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model", "qwen2")
    export(load_packed(folder), str(folder), tmp_path / "out", torch.float32, 10_000)
    first, second = load_packed(folder).state_dict(), load_packed(tmp_path / "out").state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_the_dtype_is_the_one_asked_for_in_file_and_config(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    export(load_packed(folder), str(folder), tmp_path / "out", torch.bfloat16)
    assert AutoConfig.from_pretrained(tmp_path / "out").dtype == torch.bfloat16
    expected, found = (
        reference(folder, torch.bfloat16).state_dict(),
        reference(tmp_path / "out", torch.bfloat16).state_dict(),
    )
    assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_a_second_export_takes_the_place_of_the_first_and_of_nothing_else(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    model = load_packed(folder)
    export(model, str(folder), tmp_path / "out", torch.float32, 10_000)
    export(model, str(folder), tmp_path / "out", torch.float32)
    assert not list((tmp_path / "out").glob("model-*"))
    with pytest.raises(UserError, match="was not written by this command"):
        export(model, str(folder), folder, torch.float32)


def test_the_manifest_tells_these_weights_and_this_lesson_from_others(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    export(load_packed(folder), str(folder), tmp_path / "out", torch.float32, trained={"renderer": "chatml"})
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["trained"] == {"renderer": "chatml"}
    assert manifest["weights"] == fingerprint(str(tmp_path / "out"))
    tensors = load_file(tmp_path / "out" / "model.safetensors")
    save_file(
        {**tensors, "lm_head.weight": torch.randn_like(tensors["lm_head.weight"])},
        tmp_path / "out" / "model.safetensors",
    )
    assert manifest["weights"] != fingerprint(str(tmp_path / "out"))


def test_an_export_that_fails_leaves_nothing(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    model = load_packed(folder)
    (folder / "generation_config.json").write_text("{")
    with pytest.raises(UserError, match=r"cannot read .*generation_config\.json"):
        export(model, str(folder), tmp_path / "out", torch.float32)
    assert not (tmp_path / "out").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def metadata(
    tmp_path: Path,
    generation: object = None,
    *,
    stops: tuple[int, ...] = (),
    template: str | None = None,
    **config: object,
) -> Path:
    source, out = tmp_path / "source", tmp_path / "out"
    for folder in (source, out):
        folder.mkdir(exist_ok=True)
    (source / "config.json").write_text(json.dumps({"model_type": "llama", "torch_dtype": "float16", **config}))
    if generation is not None:
        (source / "generation_config.json").write_text(json.dumps(generation))
    (source / "tokenizer_config.json").write_text(json.dumps({"chat_template": "old", "bos_token": "<s>"}))
    (source / "tokenizer.json").write_text("{}")
    (source / "LICENSE.txt").write_text("free")
    (source / "pytorch_model.bin").write_text("")
    write_metadata(out, source, torch.bfloat16, stops, template)
    return out


@pytest.mark.parametrize(
    ("generation", "config", "stops", "expected"),
    [
        ({"eos_token_id": 2}, {}, (), 2),
        ({"eos_token_id": 2}, {}, (7, 2), [2, 7]),
        ({"eos_token_id": [2, 3]}, {}, (7,), [2, 3, 7]),
        (None, {"eos_token_id": 5}, (7,), [5, 7]),
        (None, {}, (7,), 7),
        (None, {}, (), None),
    ],
)
def test_generation_stops_at_the_trained_stop_tokens_too(
    generation: object, config: dict[str, object], stops: tuple[int, ...], expected: object, tmp_path: Path
) -> None:
    assert (
        GenerationConfig.from_pretrained(metadata(tmp_path, generation, stops=stops, **config)).eos_token_id == expected
    )


def test_llama_2s_sampling_without_do_sample_becomes_valid(tmp_path: Path) -> None:
    out = metadata(tmp_path, {"temperature": 0.6, "top_p": 0.9, "do_sample": False})
    GenerationConfig.from_pretrained(out).validate(strict=True)
    assert json.loads((out / "generation_config.json").read_text()) == {
        "temperature": 0.6,
        "top_p": 0.9,
        "do_sample": True,
    }


def test_what_belongs_to_the_model_is_copied_and_its_old_weights_are_not(tmp_path: Path) -> None:
    out = metadata(tmp_path)
    assert sorted(path.name for path in out.iterdir()) == [
        "LICENSE.txt",
        "config.json",
        "generation_config.json",
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    assert json.loads((out / "config.json").read_text()) == {
        "model_type": "llama",
        "torch_dtype": "bfloat16",
        "dtype": "bfloat16",
    }


def test_the_template_that_was_trained_replaces_the_sources(tmp_path: Path) -> None:
    out = metadata(tmp_path, template="new {{ x }}")
    assert (out / "chat_template.jinja").read_text() == "new {{ x }}"
    assert json.loads((out / "tokenizer_config.json").read_text()) == {"bos_token": "<s>"}
