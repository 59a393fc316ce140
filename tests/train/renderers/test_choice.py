"""Which renderer a directory gets, what is refused, and what the fingerprint depends on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from actors.program.user_error import UserError
from tests.train import tokenizers_of_families as families
from tests.train.renderers.conversations import talk
from train.renderers import create

MISTRAL_LIKE = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] +"
    " ' [/INST]' }}{% else %}{{ ' ' + message['content'] + eos_token }}{% endif %}{% endfor %}"
)
STRIPPING = families.CHATML_TEMPLATE.replace("message['content']", "message['content'] | trim")
DEFAULT = (
    "{% if messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nBe useful.<|im_end|>\n' }}{% endif %}"
    + families.CHATML_TEMPLATE
)


def test_a_template_of_another_form_is_rendered_itself(tmp_path: Path) -> None:
    renderer = create("auto", str(families.llama2(tmp_path, MISTRAL_LIKE)), None)
    assert renderer.name == "template"
    assert renderer.encoder.decode(renderer.render(talk("q", "a")).token_ids) == "<s> [INST] q [/INST] a</s>"


def test_dialects_of_a_family_are_told_from_the_template(tmp_path: Path) -> None:
    stripping, default = (
        create("auto", str(families.chatml(tmp_path / n, t)), None) for n, t in (("s", STRIPPING), ("d", DEFAULT))
    )
    assert (stripping.name, default.name) == ("chatml", "chatml")
    assert (
        stripping.encoder.decode(stripping.render(talk(" q\n", " a\n")).token_ids)
        == "<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\na<|im_end|>\n"
    )
    assert (default.encoder.decode(default.render(talk("q", "a")).token_ids) or "").startswith(
        "<|im_start|>system\nBe useful.<|im_end|>\n"
    )


@pytest.mark.parametrize("name", ["llama-2", "llama-3", "chatml"])
def test_without_a_template_the_family_must_be_named(name: str, tmp_path: Path) -> None:
    folder = {"llama-2": families.llama2, "llama-3": families.llama3, "chatml": families.chatml}[name](tmp_path, None)
    assert create(name, str(folder), None).name == name
    for unnamed in ("auto", "template"):
        with pytest.raises(UserError, match=r"has no chat template.*set data.renderer to llama-2, llama-3 or chatml"):
            create(unnamed, str(folder), None)


def test_a_named_family_must_be_the_models(models: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"has no <\|begin_of_text\|>, which 'llama-3' needs: set data.renderer=auto"):
        create("llama-3", str(models["chatml"]), None)
    with pytest.raises(
        UserError, match=r"'llama-2' is not how the chat template of '.*' writes \(token \d+: the template has"
    ):
        create("llama-2", str(families.llama2(tmp_path, MISTRAL_LIKE)), None)


def test_no_tokenizer_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no tokenizer in '.*': 'model' must be a Hugging Face directory"):
        create("auto", str(tmp_path), None)
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(UserError, match="does not load") as caught:
        create("auto", str(tmp_path), None)
    assert "\n" not in str(caught.value)


def test_the_fingerprint_follows_what_changes_ids_and_nothing_else(models: dict[str, Path], tmp_path: Path) -> None:
    folder = models["chatml"]
    first = create("auto", str(folder), None).fingerprint
    shutil.copytree(folder, tmp_path / "copy")
    assert create("chatml", str(tmp_path / "copy"), None).fingerprint == first
    others = [
        create("auto", str(folder), "Be kind."),
        create("template", str(folder), None),
        create("auto", str(models["llama-3"]), None),
    ]
    others.append(create("auto", str(families.chatml(tmp_path / "default", DEFAULT)), None))
    config = json.loads((tmp_path / "copy" / "tokenizer.json").read_text())
    config["added_tokens"][-1]["content"] = "<other>"
    (tmp_path / "copy" / "tokenizer.json").write_text(json.dumps(config))
    others.append(create("auto", str(tmp_path / "copy"), None))
    assert len({first, *(renderer.fingerprint for renderer in others)}) == 6


def test_a_truncating_tokenizer_still_renders_whole(models: dict[str, Path], tmp_path: Path) -> None:
    """`tokenizer.json` may carry a truncation that someone's training left in it."""
    shutil.copytree(models["llama-3"], tmp_path / "copy")
    config = json.loads((tmp_path / "copy" / "tokenizer.json").read_text())
    config["truncation"] = {"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0}
    (tmp_path / "copy" / "tokenizer.json").write_text(json.dumps(config))
    conversation = talk("one two three four five six", "seven eight nine ten eleven")
    cut, whole = (
        create("llama-3", str(folder), None).render(conversation) for folder in (tmp_path / "copy", models["llama-3"])
    )
    assert cut == whole
