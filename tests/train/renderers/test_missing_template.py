"""A tokenizer without a chat template gets the one that was trained: the family's, as jinja."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings

from actors.program.user_error import UserError
from actors.records.trajectory import Message
from tests.train import tokenizers_of_families as families
from tests.train.renderers.conversations import conversations, talk
from train.renderers import Renderer, create
from train.renderers.conversation import Conversation

BARE = {"llama-2": families.llama2, "llama-3": families.llama3, "chatml": families.chatml}


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Renderer, Renderer]]:
    """Of each family: over a tokenizer without a template, and over the same one with the template that the first says
    is missing.
    """
    made = {}
    for name, write in BARE.items():
        folder = tmp_path_factory.mktemp(name)
        bare = create(name, str(write(folder / "bare", None)), None)
        made[name] = (bare, create("auto", str(write(folder / "whole", bare.missing_template)), None))
    return made


@pytest.mark.parametrize("name", BARE)
def test_the_family_is_recognised_by_its_own_template(name: str, pairs: dict[str, tuple[Renderer, Renderer]]) -> None:
    _, whole = pairs[name]
    assert whole.name == name
    assert whole.missing_template is None


@pytest.mark.parametrize("name", BARE)
@settings(max_examples=60)
@given(conversation=conversations())
def test_the_template_writes_what_was_trained(
    name: str, pairs: dict[str, tuple[Renderer, Renderer]], conversation: Conversation
) -> None:
    bare, whole = pairs[name]
    rendered = bare.render(conversation)
    assert whole.render(conversation) == rendered
    if not any(
        "<" in message.content for message in conversation.messages
    ):  # else a special token may be told from its text by us alone
        text = whole.encoder.template_text(conversation.messages)
        assert (whole.encoder.decode(rendered.token_ids) or "") == whole.encoder.decode(
            whole.encoder.template_ids(text)
        )


@pytest.mark.parametrize("name", BARE)
def test_the_generation_prompt_is_what_stands_before_the_reply(
    name: str, pairs: dict[str, tuple[Renderer, Renderer]]
) -> None:
    bare, whole = pairs[name]
    messages = (Message("system", "Be brief."), *talk("q", "a", "r", "b").messages)
    rendered = bare.render(Conversation("c", "x", messages, {}))
    last = max(i for i, on in enumerate(rendered.trained) if on and not rendered.trained[i - 1])
    prompt = whole.encoder.template_text(messages[:-1], generation=True)
    assert rendered.token_ids[:last] == whole.encoder.template_ids(prompt)


def test_llama_2s_template_refuses_what_the_renderer_refuses(pairs: dict[str, tuple[Renderer, Renderer]]) -> None:
    with pytest.raises(UserError, match="must take turns"):
        pairs["llama-2"][1].encoder.template_text(talk("a", "b").messages[1:])


def test_of_several_templates_the_default_one_is_the_models(tmp_path: Path) -> None:
    folder = families.chatml(tmp_path)
    config = json.loads((folder / "tokenizer_config.json").read_text())
    config["chat_template"] = [
        {"name": "default", "template": config["chat_template"]},
        {"name": "tools", "template": "no"},
    ]
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    renderer = create("auto", str(folder), None)
    assert (renderer.name, renderer.missing_template) == ("chatml", None)
