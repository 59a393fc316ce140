"""A real tokenizer: SmolLM2's, whose template writes a system prompt of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import assume, given, settings

from tests.train.renderers.conversations import conversations, expected_chatml, runs_of, talk
from train.data.sources import read
from train.renderers import Renderer, create
from train.renderers.conversation import Conversation
from train.settings import Source

DATA = Path(os.environ.get("AGENTTUNING_DATA") or Path(__file__).parents[4] / "shared" / "data")
SAMPLES = DATA / "agentinstruct" / "samples.jsonl"
DEFAULT = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"


@pytest.fixture(scope="module")
def renderer(smollm2: Path) -> Renderer:
    return create("auto", str(smollm2), None)


@settings(max_examples=100)
@given(conversation=conversations())
def test_the_mask_is_exact_and_the_default_system_prompt_is_the_templates(
    renderer: Renderer, conversation: Conversation
) -> None:
    """Its vocabulary lacks a few bytes, which no assigned character needs: the model itself never sees those."""
    assert renderer.name == "chatml"
    texts = [message.content.replace("<|", "< |") for message in conversation.messages]
    assume(all(renderer.encoder.decode(renderer.encoder.template_ids(text)) == text for text in texts))
    rendered = renderer.render(conversation)
    assert runs_of(renderer, rendered) == expected_chatml(conversation.messages, DEFAULT)


def test_a_configured_system_prompt_takes_its_place_but_not_the_conversations_own(smollm2: Path) -> None:
    configured = create("auto", str(smollm2), "Be kind.")
    rendered = configured.render(talk("q", "a"))
    assert runs_of(configured, rendered)[0][0].startswith("<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nq")
    assert len(rendered.message_ends) == 2


@pytest.mark.skipif(
    not SAMPLES.exists(), reason=f"no published samples at {SAMPLES}; set AGENTTUNING_DATA to the data folder"
)
def test_the_published_samples_are_tokenised_as_the_template_does(renderer: Renderer) -> None:
    for conversation in read(Source(path=str(SAMPLES)), "agent"):
        rendered = renderer.render(conversation)
        assert rendered.token_ids == renderer.encoder.template_ids(
            renderer.encoder.template_text(conversation.messages)
        )
        assert runs_of(renderer, rendered) == expected_chatml(conversation.messages, DEFAULT)
