"""Every family over hard conversations: what is trained is exactly the trained replies with their stop token, ids are
the template's.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings

from actors.records.trajectory import Message
from tests.train.renderers.conversations import (
    SPECIAL,
    Run,
    conversations,
    expected_chatml,
    expected_llama2,
    expected_llama3,
    runs_of,
    same_space,
    talk,
)
from train.data.sources import read
from train.renderers import Renderer, RenderError, create
from train.renderers.conversation import Conversation
from train.settings import Source

DATA = Path(os.environ.get("AGENTTUNING_DATA") or Path(__file__).parents[4] / "shared" / "data")
SAMPLES = DATA / "agentinstruct" / "samples.jsonl"
published = pytest.mark.skipif(
    not SAMPLES.exists(), reason=f"no published samples at {SAMPLES}; set AGENTTUNING_DATA to the data folder"
)

EXPECTED: dict[str, Callable[[Sequence[Message]], list[Run]]] = {
    "llama-2": expected_llama2,
    "llama-2 first": expected_llama2,
    "llama-3": expected_llama3,
    "chatml": expected_chatml,
}
CASES = [(name, kind) for name in EXPECTED for kind in ("auto", "template")]
_made: dict[tuple[Path, str, str | None], Renderer] = {}


def renderer_of(folder: Path, name: str = "auto", system_prompt: str | None = None) -> Renderer:
    key = (folder, name, system_prompt)
    if key not in _made:
        _made[key] = create(name, str(folder), system_prompt)
    return _made[key]


@pytest.mark.parametrize(("model", "kind"), CASES)
def test_the_family_is_recognised(model: str, kind: str, models: dict[str, Path]) -> None:
    assert renderer_of(models[model], kind).name == (model.split()[0] if kind == "auto" else "template")


@pytest.mark.parametrize(("model", "kind"), CASES)
@settings(max_examples=60)
@given(conversation=conversations())
def test_trained_tokens_say_the_trained_replies_and_masked_ones_the_rest(
    model: str, kind: str, models: dict[str, Path], conversation: Conversation
) -> None:
    renderer = renderer_of(models[model], kind)
    rendered = renderer.render(conversation)
    assert runs_of(renderer, rendered) == same_space(EXPECTED[model](conversation.messages))
    assert all(rendered.token_ids[i - 1] == renderer.stop_token_ids[0] for i in _ends_of_trained(rendered.trained))


def _ends_of_trained(trained: list[bool]) -> list[int]:
    return [i + 1 for i, flag in enumerate(trained) if flag and (i + 1 == len(trained) or not trained[i + 1])]


@pytest.mark.parametrize(("model", "kind"), CASES)
@settings(max_examples=40)
@given(conversation=conversations())
def test_a_beginning_of_a_conversation_is_a_prefix(
    model: str, kind: str, models: dict[str, Path], conversation: Conversation
) -> None:
    renderer = renderer_of(models[model], kind)
    rendered = renderer.render(conversation)
    ends = rendered.message_ends
    assert len(ends) == len(conversation.messages)
    assert ends == sorted(ends)
    assert ends[-1] == len(rendered.token_ids) == len(rendered.trained)
    for count in range(1, len(ends) + 1):
        beginning = conversation._replace(messages=conversation.messages[:count])
        if any(m.role == "assistant" and m.loss is not False for m in beginning.messages):
            part = renderer.render(beginning)
            assert part == (rendered.token_ids[: ends[count - 1]], rendered.trained[: ends[count - 1]], ends[:count], 0)


@pytest.mark.parametrize(("model", "kind"), CASES)
@settings(max_examples=40)
@given(conversation=conversations())
def test_ids_are_the_templates(model: str, kind: str, models: dict[str, Path], conversation: Conversation) -> None:
    """Without special tokens in contents, and for replies that do not begin with space (those follow the generation
    prompt).
    """
    messages = tuple(Message(m.role, _tame(m), m.loss) for m in conversation.messages)
    renderer = renderer_of(models[model], kind)
    expected = renderer.encoder.template_ids(renderer.encoder.template_text(messages))
    assert renderer.render(conversation._replace(messages=messages)).token_ids == expected


def _tame(message: Message) -> str:
    content = message.content
    for special in ("<|", "<s>", "</s>"):
        content = content.replace(special, "x")
    return content.lstrip() if message.role == "assistant" else content


@pytest.mark.parametrize("model", [*EXPECTED])
@settings(max_examples=40)
@given(conversation=conversations())
def test_the_fast_way_and_the_template_make_the_same_tokens(
    model: str, models: dict[str, Path], conversation: Conversation
) -> None:
    """Also with special tokens in contents. Llama-2's system message has no end of its own in its template."""
    by_parts, by_template = (renderer_of(models[model], kind).render(conversation) for kind in ("auto", "template"))
    assert by_parts[:2] == by_template[:2]
    start = int(conversation.messages[0].role == "system")
    assert by_parts.message_ends[start:] == by_template.message_ends[start:]


@pytest.mark.parametrize("model", [*EXPECTED])
@settings(max_examples=30)
@given(conversation=conversations())
def test_ids_do_not_depend_on_what_is_trained(model: str, models: dict[str, Path], conversation: Conversation) -> None:
    renderer = renderer_of(models[model])
    every = tuple(Message(m.role, m.content, True if m.role == "assistant" else None) for m in conversation.messages)
    assert renderer.render(conversation).token_ids == renderer.render(conversation._replace(messages=every)).token_ids


@pytest.mark.parametrize("model", [*EXPECTED])
def test_no_text_becomes_a_special_token(model: str, models: dict[str, Path]) -> None:
    renderer = renderer_of(models[model])
    text = "x".join([*SPECIAL, *renderer.encoder.specials])
    with_text, without = (renderer.render(talk(word, word, word, word)).token_ids for word in (text, "x"))
    special = renderer.encoder.special_ids
    assert [i for i in with_text if i in special] == [i for i in without if i in special]


@pytest.mark.parametrize(("model", "kind"), CASES)
def test_a_configured_system_prompt_stands_before_conversations_without_one(
    model: str, kind: str, models: dict[str, Path]
) -> None:
    renderer = renderer_of(models[model], kind, "Be kind.")
    plain, own = talk("q", "a", "r", "b"), (Message("system", "Mine."), *talk("q", "a").messages)
    rendered = renderer.render(plain)
    assert runs_of(renderer, rendered) == EXPECTED[model]((Message("system", "Be kind."), *plain.messages))
    assert len(rendered.message_ends) == 4
    assert runs_of(renderer, renderer.render(plain._replace(messages=own))) == EXPECTED[model](own)


@pytest.mark.parametrize("model", ["llama-3", "chatml"])
def test_consecutive_messages_of_one_speaker_are_rendered_as_they_are(model: str, models: dict[str, Path]) -> None:
    messages = (
        *talk("a", "b").messages,
        Message("assistant", "c", False),
        Message("assistant", "d"),
        Message("user", "e"),
        Message("user", "f"),
    )
    renderer = renderer_of(models[model])
    assert runs_of(renderer, renderer.render(Conversation("c", "x", messages, {}))) == EXPECTED[model](messages)


@pytest.mark.parametrize(
    "messages", [(Message("assistant", "a"),), (*talk("a", "b").messages, Message("assistant", "c"))]
)
def test_llama_2_refuses_what_does_not_alternate(messages: tuple[Message, ...], models: dict[str, Path]) -> None:
    with pytest.raises(
        RenderError, match="conversation 'c': llama-2 needs user and assistant in turns: a 'assistant' message"
    ):
        renderer_of(models["llama-2"]).render(Conversation("c", "x", messages, {}))


def test_a_reply_begins_behind_the_generation_prompt(models: dict[str, Path]) -> None:
    """A newline that begins a reply is not merged with the header's: the engine has already tokenised that one."""
    renderer = renderer_of(models["chatml"])
    conversation = talk("q", "\n\nx")
    prompt = renderer.encoder.template_ids(renderer.encoder.template_text(conversation.messages[:1], generation=True))
    rendered = renderer.render(conversation)
    assert rendered.token_ids[: len(prompt)] == prompt
    assert rendered.trained.index(True) == len(prompt)
    whole = renderer.encoder.template_ids(renderer.encoder.template_text(conversation.messages))
    assert whole[: len(prompt)] != prompt  # else this tokenizer could not show the difference


@pytest.mark.parametrize("model", [*EXPECTED])
def test_a_long_conversation_is_rendered_whole(model: str, models: dict[str, Path]) -> None:
    conversation = talk(*["word 漢 12 \n" * 3000] * 4)
    renderer = renderer_of(models[model])
    assert runs_of(renderer, renderer.render(conversation)) == EXPECTED[model](conversation.messages)


@pytest.mark.parametrize("model", [*EXPECTED])
def test_many_at_once_are_each_as_alone_and_an_error_stays_in_its_place(model: str, models: dict[str, Path]) -> None:
    renderer = renderer_of(models[model])
    good = [talk("a", "b"), talk("a", "b", "c", "d"), talk("", "")]
    bad = Conversation("bad", "x", talk("a", "b", losses=[False]).messages, {})
    first, error, *others = renderer.render_many([good[0], bad, *good[1:]])
    assert [first, *others] == [renderer.render(conversation) for conversation in good]
    assert isinstance(error, RenderError)
    assert (error.reason, str(error)) == (
        "none of its messages is trained",
        "conversation 'bad': none of its messages is trained",
    )
    with pytest.raises(RenderError, match="'bad'"):
        renderer.render(bad)


@published
@pytest.mark.parametrize(("model", "kind"), CASES)
def test_the_published_samples_train_their_own_turns(model: str, kind: str, models: dict[str, Path]) -> None:
    samples = list(read(Source(path=str(SAMPLES)), "agent"))
    assert len(samples) == 30
    renderer = renderer_of(models[model], kind)
    for conversation, rendered in zip(samples, renderer.render_many(samples), strict=True):
        assert runs_of(renderer, rendered) == EXPECTED[model](conversation.messages)
