"""Ids that the model sampled are trained on as they are, unless they are another tokenizer's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.train.renderers.conversations import runs_of, talk
from train.renderers import create

FAMILIES = [
    (model, kind) for model in ("llama-2", "llama-2 first", "llama-3", "chatml") for kind in ("auto", "template")
]


@pytest.mark.parametrize(("model", "kind"), FAMILIES)
@pytest.mark.parametrize("with_stop", [True, False])
def test_sampled_ids_win_over_tokenising_the_text(
    model: str, kind: str, with_stop: bool, models: dict[str, Path]
) -> None:
    """A model may spell a word letter by letter; the text alone would be tokenised otherwise."""
    renderer = create(kind, str(models[model]), None)
    conversation = talk("q", "Hello", "r", "b")
    plain = renderer.render(conversation)
    spelled = tuple(renderer.encoder.tokenizer.convert_tokens_to_ids(list("Hello")))
    stop = renderer.stop_token_ids
    rendered = renderer.render(conversation._replace(sampled={1: spelled + stop * with_stop}))
    begin = plain.trained.index(True)
    assert plain.token_ids[begin : begin + len(spelled)] != list(spelled)
    assert rendered.token_ids[: begin + len(spelled) + 1] == [*plain.token_ids[:begin], *spelled, *stop]
    assert rendered.trained[begin : begin + len(spelled) + 1] == [True] * (len(spelled) + 1)
    assert rendered.token_ids[rendered.message_ends[1] :] == plain.token_ids[plain.message_ends[1] :]
    assert rendered.retokenised == 0


@pytest.mark.parametrize(("model", "kind"), FAMILIES)
@pytest.mark.parametrize("foreign", [(7, 8, 9), (10**7,), (-1,), ()])
def test_ids_of_another_tokenizer_are_not_used_and_counted(
    model: str, kind: str, foreign: tuple[int, ...], models: dict[str, Path]
) -> None:
    renderer = create(kind, str(models[model]), None)
    conversation = talk("q", "Hello")
    rendered = renderer.render(conversation._replace(sampled={1: foreign}))
    assert rendered == renderer.render(conversation)._replace(retokenised=1)


def test_the_engines_own_tokens_are_reproduced(models: dict[str, Path]) -> None:
    """What a serving engine sees and samples: the prompt by the template, then ids. The render is these, end to end."""
    renderer = create("auto", str(models["chatml"]), None)
    encoder = renderer.encoder
    conversation = talk("q", "\n\nHello", "r", "x")
    sampled = (*encoder.template_ids("\n"), *encoder.template_ids("\nHello"), *renderer.stop_token_ids)
    prompt = encoder.template_ids(encoder.template_text(conversation.messages[:1], generation=True))
    rendered = renderer.render(conversation._replace(sampled={1: sampled}))
    assert rendered.token_ids[: len(prompt) + len(sampled)] == [*prompt, *sampled]
    assert runs_of(renderer, rendered)[1] == ("\n\nHello<|im_end|>", True)


@pytest.mark.parametrize(("model", "kind"), FAMILIES)
def test_a_special_token_inside_a_sampled_reply_is_not_trained_on_as_one(
    model: str, kind: str, models: dict[str, Path]
) -> None:
    """An engine that was told to go on behind it; the text may well spell it."""
    renderer = create(kind, str(models[model]), None)
    encoder, (stop, *_) = renderer.encoder, renderer.stop_token_ids
    sampled = (*encoder.template_ids("a"), stop, *encoder.template_ids("b"), stop)
    conversation = talk("q", encoder.decode(sampled[:-1]) or "")
    rendered = renderer.render(conversation._replace(sampled={1: sampled}))
    assert rendered == renderer.render(conversation)._replace(retokenised=1)
    assert [index for index, on in zip(rendered.token_ids, rendered.trained, strict=True) if on].count(stop) == 1
