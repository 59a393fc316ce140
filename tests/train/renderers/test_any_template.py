"""The four checks over templates that break them, each told with the text that does."""

from __future__ import annotations

from pathlib import Path

import pytest

from actors.program.user_error import UserError
from actors.records.trajectory import Message
from tests.train import tokenizers_of_families as families
from tests.train.renderers.conversations import runs_of, talk
from train.renderers import RenderError, create
from train.renderers.conversation import Conversation

HEAD = "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' }}"
TAIL = "{{ '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
FORGETFUL = (
    HEAD
    + "{% if message.role == 'assistant' and not loop.last %}{{ message.content.split('</think>')[-1] }}"
    + ("{% else %}{{ message.content }}{% endif %}" + TAIL)
)
COUNTING = "{{ messages | length }}" + HEAD + "{{ message.content }}" + TAIL
SIGNED = HEAD + "{{ message.content }}{% if message.role == 'assistant' %} -- the bot{% endif %}" + TAIL
ENDLESS = "{% for message in messages %}{{ message.role + ': ' + message.content + '\n' }}{% endfor %}"
NO_SYSTEM = (
    "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    + HEAD
    + "{{ message.content }}"
    + TAIL
)
STOP_IN_TEXT = (
    "{% for message in messages %}{{ '<|im_start|>' + message.role + ': ' + message.content }}{% if message.role =="
    " 'assistant' %}{{ '<|im_end|>' }}{% endif %}{{ ' |' }}{% endfor %}{% if add_generation_prompt %}{{"
    " '<|im_start|>assistant: ' }}{% endif %}"
)


def test_a_template_that_rewrites_history_is_named_with_what_it_rewrites(tmp_path: Path) -> None:
    renderer = create("template", str(families.chatml(tmp_path, FORGETFUL)), None)
    assert runs_of(renderer, renderer.render(talk("q", "a")))[1] == ("a<|im_end|>", True)
    with pytest.raises(
        RenderError, match=r"rewrites what it wrote for the first messages: '<think>no</think>yes.*' became 'yes"
    ) as caught:
        renderer.render(talk("q", "<think>no</think>yes", "r", "b"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("template", "message"),
    [
        (COUNTING, "rewrites what it wrote for the first messages: '1<|im_start|>"),
        (SIGNED, "the template writes a reply otherwise than it is: Hello. -- the bot"),
        (ENDLESS, "ends a reply with no special token: a model could not learn to stop"),
        ("{{ nothing.here }}", "cannot be trained on|ends a reply with no special token|the chat template refuses it"),
        ("{% for", "the chat template refuses it"),
    ],
)
def test_a_template_that_cannot_be_trained_on_is_refused_at_once(template: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        create("auto", str(families.chatml(tmp_path, template)), None)
    assert any(part in str(caught.value) for part in message.split("|")) or message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_the_template_refuses_is_one_conversations_error(tmp_path: Path) -> None:
    renderer = create("auto", str(families.chatml(tmp_path, NO_SYSTEM)), None)
    assert renderer.name == "template"
    assert renderer.render(talk("q", "a")).message_ends
    with pytest.raises(RenderError, match=r"conversation 'c': the chat template refuses it \(no system\)"):
        renderer.render(Conversation("c", "x", (Message("system", "s"), *talk("q", "a").messages), {}))


def test_a_system_prompt_that_the_template_refuses_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot be trained on: the chat template refuses it \(no system\)"):
        create("auto", str(families.chatml(tmp_path, NO_SYSTEM)), "Be kind.")


def test_messages_that_end_inside_a_text_have_their_ends_where_a_token_ends(tmp_path: Path) -> None:
    renderer = create("template", str(families.chatml(tmp_path, STOP_IN_TEXT)), None)
    conversation = talk("q", "a <|im_end|> b", "r", "c")
    rendered = renderer.render(conversation)
    assert runs_of(renderer, rendered) == [
        ("<|im_start|>user: q |<|im_start|>assistant: ", False),
        ("a <|im_end|> b<|im_end|>", True),
        (" |<|im_start|>user: r |<|im_start|>assistant: ", False),
        ("c<|im_end|>", True),
        (" |", False),
    ]
    assert renderer.encoder.decode(rendered.token_ids[: rendered.message_ends[0]]) == "<|im_start|>user: q |"


def test_nothing_trained_is_an_error(models: dict[str, Path]) -> None:
    with pytest.raises(RenderError, match="none of its messages is trained"):
        create("template", str(models["chatml"]), None).render(talk("q", "a", losses=[False]))


def test_a_conversation_that_holds_the_characters_that_mark_is_refused(models: dict[str, Path]) -> None:
    every = "".join(chr(code) for code in range(0xFDD0, 0xFDF0))
    with pytest.raises(RenderError, match="every character that could mark"):
        create("template", str(models["chatml"]), None).render(talk("q", every))
    with pytest.raises(RenderError, match=r"U\+FDD0 U\+FDEF U\+FDD0"):
        create("auto", str(models["llama-2"]), None).render(talk("q", "\ufdd0\ufdef\ufdd0"))
