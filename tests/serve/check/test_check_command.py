"""`python -m serve check`: a folder as the trainer wrote it passes; each fault in it, or in what serves it, fails by
its own line.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.serve.check.check_runs import EVERYTHING, Check, Checked
from tests.serve.trained_folder import (
    SYSTEM_PROMPT,
    copied,
    edited,
    with_template,
    with_weights,
    write_source,
    write_trained,
)
from tests.train.tiny_model import write_model
from tests.train.tokenizers_of_families import CHATML_TEMPLATE, llama3

Checking = Callable[..., Checked]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_source(tmp_path_factory.mktemp("source") / "model")


@pytest.fixture(scope="module")
def trained(source: Path) -> Path:
    return write_trained(source, source.parent / "run" / "model")


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Checking:
    """The command with transformers as the server."""
    command = Check(capsys)
    return lambda *arguments: command(*arguments, "--engine", "transformers")


def test_a_folder_as_the_trainer_wrote_it_passes(trained: Path, check: Checking) -> None:
    found = check(trained)
    assert (found.code, found.of("ok")) == (0, EVERYTHING)
    assert found.of("note") == ["special tokens"]


def test_it_passes_where_nothing_of_its_training_is_left(tmp_path: Path, check: Checking) -> None:
    source = write_source(tmp_path / "source")
    folder = write_trained(source, tmp_path / "run" / "model")
    moved = folder.rename(tmp_path / "elsewhere")
    source.rename(tmp_path / "gone")
    found = check(moved)
    assert (found.code, found.of("ok")) == (0, EVERYTHING)


def test_a_template_that_the_trainer_gave_to_a_tokenizer_without_one_passes(tmp_path: Path, check: Checking) -> None:
    source = write_source(tmp_path / "source", None)
    folder = write_trained(source, tmp_path / "out", renderer="chatml")
    assert check(folder).code == 0
    source.rename(tmp_path / "gone")
    assert check(folder).code == 0


def test_a_model_that_nobody_trained_here_is_held_against_its_own_template(source: Path, check: Checking) -> None:
    found = check(source)
    assert (found.code, found.of("not checked"), found.of("ok")) == (0, ["files"], EVERYTHING[1:])


def test_a_folder_that_was_exported_before_it_had_a_record_is_known_by_its_run(
    source: Path, trained: Path, tmp_path: Path, check: Checking
) -> None:
    folder = edited(copied(trained, tmp_path / "run" / "model"), "manifest.json", trained=None, weights=None)
    config = {"model": str(source), "data": {"renderer": "auto", "system_prompt": SYSTEM_PROMPT}}
    manifest = {"kind": "training run", "config": config, "data": {"renderer": "chatml"}}
    (tmp_path / "run" / "manifest.json").write_text(json.dumps(manifest))
    found = check(folder)
    assert (found.code, found.of("not checked")) == (0, ["files"])
    assert SYSTEM_PROMPT in found.lines["system prompt"]
    config["model"] = "/nowhere"
    (tmp_path / "run" / "manifest.json").write_text(json.dumps(manifest))
    assert check(folder).of("not checked") == ["files", "tokenizer"]
    moved = folder.rename(tmp_path / "moved")
    assert "system prompt" not in check(moved).lines
    assert SYSTEM_PROMPT in check(moved, "--run", str(tmp_path / "run")).lines["system prompt"]


def test_the_system_prompt_of_training_is_said_and_sent(source: Path, tmp_path: Path, check: Checking) -> None:
    found = check(write_trained(source, tmp_path / "out", system_prompt=SYSTEM_PROMPT))
    assert found.code == 0
    assert found.lines["system prompt"].startswith("note")
    assert SYSTEM_PROMPT in found.lines["system prompt"]


OTHER_TEMPLATES = {
    "another family's": "{% for m in messages %}[INST] {{ m['content'] }} [/INST]{% endfor %}",
    "a system prompt of its own": "<|im_start|>system\nBe kind.<|im_end|>\n" + CHATML_TEMPLATE,
    "contents stripped": CHATML_TEMPLATE.replace("message['content']", "message['content'].strip()"),
    "no generation prompt": CHATML_TEMPLATE.replace("add_generation_prompt", "false"),
    "refuses": "{{ raise_exception('no') }}",
}


@pytest.mark.parametrize("template", OTHER_TEMPLATES.values(), ids=OTHER_TEMPLATES)
@pytest.mark.parametrize("source_is_here", [True, False])
def test_another_template_fails(
    template: str, source_is_here: bool, trained: Path, tmp_path: Path, check: Checking
) -> None:
    folder = with_template(copied(trained, tmp_path / "model"), template)
    if not source_is_here:
        edited(folder, "manifest.json", source="/nowhere")
    found = check(folder)
    assert found.code == 1
    assert "chat template" in found.of("FAILED")
    assert ("token ids" in found.of("FAILED")) == (source_is_here and "raise" not in template)


@pytest.mark.parametrize("template", [OTHER_TEMPLATES["contents stripped"], OTHER_TEMPLATES["another family's"]])
def test_it_passes_where_the_model_before_training_is_another_by_now(
    template: str, tmp_path: Path, check: Checking
) -> None:
    source = write_source(tmp_path / "source")
    folder = write_trained(source, tmp_path / "model")
    with_template(source, template)
    found = check(folder)
    assert (found.code, found.of("ok")) == (0, EVERYTHING)


def test_a_template_that_doubles_the_beginning_of_sequence_fails_and_says_so(tmp_path: Path, check: Checking) -> None:
    source = llama3(tmp_path / "source")
    tokens = len(json.loads((source / "tokenizer.json").read_text())["model"]["vocab"]) + 16
    write_model(source, vocab_size=tokens, max_position_embeddings=1024)
    folder = write_trained(source, tmp_path / "out")
    assert check(folder).code == 0
    template = json.loads((source / "tokenizer_config.json").read_text())["chat_template"]
    found = check(with_template(folder, "{{ bos_token }}" + template))
    assert (found.code, found.of("FAILED")) == (1, ["chat template", "token ids"])
    assert "stands there twice" in found.lines["token ids"]


@pytest.mark.parametrize("part", ["embed_tokens", "layers.1.mlp", "model.norm"])
def test_changed_weights_fail(part: str, trained: Path, tmp_path: Path, check: Checking) -> None:
    found = check(with_weights(copied(trained, tmp_path / "model"), **{part: 1.01}))
    assert (found.code, found.of("FAILED")) == (1, ["files"])


def test_an_output_head_that_is_not_in_the_file_fails(trained: Path, tmp_path: Path, check: Checking) -> None:
    folder = edited(copied(trained, tmp_path / "model"), "config.json", tie_word_embeddings=False)
    found = check(folder)
    assert (found.code, found.of("FAILED")) == (1, ["files", "log-probabilities"])
    assert "lm_head.weight" in found.lines["log-probabilities"]


def test_a_random_output_head_in_the_file_fails(trained: Path, tmp_path: Path, check: Checking) -> None:
    folder = edited(copied(trained, tmp_path / "model"), "config.json", tie_word_embeddings=False)
    tensors = load_file(folder / "model.safetensors")
    head = torch.randn_like(tensors["model.embed_tokens.weight"])
    save_file({**tensors, "lm_head.weight": head}, folder / "model.safetensors", metadata={"format": "pt"})
    found = check(folder)
    assert (found.code, found.of("FAILED")) == (1, ["files"])


def test_a_stop_token_that_nobody_stops_at_fails(trained: Path, tmp_path: Path, check: Checking) -> None:
    found = check(edited(copied(trained, tmp_path / "model"), "generation_config.json", eos_token_id=0))
    assert (found.code, found.of("FAILED")) == (1, ["stop token"])
    assert "'<|im_end|>' ends a trained reply" in found.lines["stop token"]


def test_rounding_to_half_precision_is_held_to_its_own_tolerance(trained: Path, check: Checking) -> None:
    found = check(trained, "dtype=bfloat16")
    assert "allowed for bfloat16" in found.lines["log-probabilities"]


def no_config(folder: Path) -> None:
    (folder / "config.json").unlink()


def no_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def no_tokenizer(folder: Path) -> None:
    for path in folder.glob("tokenizer*"):
        path.unlink()


def another_family(folder: Path) -> None:
    edited(folder, "config.json", model_type="gpt2")


def torn_manifest(folder: Path) -> None:
    (folder / "manifest.json").write_text("{")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (no_config, "it has no config.json"),
        (no_weights, "has no weights"),
        (no_tokenizer, "no tokenizer in"),
        (another_family, "'gpt2' model"),
        (torn_manifest, "manifest.json' cannot be read"),
    ],
)
def test_a_folder_that_is_no_model_is_one_line(
    spoil: Callable[[Path], None], said: str, trained: Path, tmp_path: Path, check: Checking
) -> None:
    folder = copied(trained, tmp_path / "model")
    spoil(folder)
    found = check(folder)
    assert found.code == 2
    assert said in found.mistake


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["dtype=int3"], "'dtype'"),
        (["speed=9"], "unknown key 'speed'"),
        (["--run", "/nowhere"], "is no training run"),
        (["--served-name", "x"], "give its --url"),
        (["--url", "there"], "is no address"),
        (["--url", "http://127.0.0.1:9/v1"], "no answer from http://127.0.0.1:9/v1/models"),
    ],
)
def test_a_mistake_in_what_was_asked_is_one_line(options: list[str], said: str, trained: Path, check: Checking) -> None:
    found = check(trained, *options)
    assert found.code == 2
    assert said in found.mistake


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path, check: Checking) -> None:
    assert check(tmp_path / "none").code == 2
