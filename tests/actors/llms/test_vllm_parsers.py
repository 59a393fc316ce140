"""What a generated text consists of, by vLLM's own parsers; what a chat template is shown of tools."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from actors.llms.llm import Reply
from actors.llms.vllm_llm import prompt_ids
from actors.llms.vllm_parsers import NO_PARSERS, Parsers, entry
from actors.program.user_error import UserError
from environments.message import Message, Tool, ToolCall
from tests.train import tokenizers_of_families

LOOK = Tool("look", "Look at it.", {"type": "object", "properties": {"at": {"type": "string"}}, "required": ["at"]})
SHOWS_TOOLS = (
    "{% for tool in tools %}{{ tool.function.name }};{% endfor %}{% for m in messages %}[{{ m.role }}]{{ m.content }}"
    "{% for call in m.tool_calls or [] %}<{{ call.function.name }} {{ call.function.arguments | tojson }}>{% endfor %}"
    "{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}"
)


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from transformers import AutoTokenizer

    folder = tmp_path_factory.mktemp("tokenizer")
    tokenizers_of_families.chatml(folder)
    return AutoTokenizer.from_pretrained(folder)


def test_tools_that_nobody_would_read_or_see_are_refused() -> None:
    with pytest.raises(UserError, match="say with tool_parser in which form the model calls them"):
        NO_PARSERS.check([LOOK], SHOWS_TOOLS)
    with pytest.raises(UserError, match="the model's chat template shows none"):
        Parsers("hermes", "").check([LOOK], "{{ messages }}")
    Parsers("hermes", "").check([LOOK], SHOWS_TOOLS)
    NO_PARSERS.check([], "{{ messages }}")


def test_a_template_is_shown_tools_calls_and_answers(tokenizer: Any) -> None:
    conversation = [
        Message("user", "hi"),
        Message("assistant", "so", True, tool_calls=(ToolCall("1", "look", '{"at": "x"}'), ToolCall("2", "look", "x"))),
        Message("tool", "a wall", tool_call_id="1"),
    ]
    shown = tokenizer.decode(prompt_ids(tokenizer, conversation, SHOWS_TOOLS, [LOOK]))
    assert shown == ('look;[user]hi[assistant]so<look {"at": "x"}><look {"unreadable": "x"}>[tool]a wall[assistant]')
    assert entry(conversation[2]) == {"role": "tool", "content": "a wall", "tool_call_id": "1"}


needs_vllm = pytest.mark.skipif(importlib.util.find_spec("vllm") is None, reason="vLLM is not installed")


@needs_vllm
@pytest.mark.slow
def test_calls_and_thoughts_are_taken_out_of_the_text_as_vllm_does(tokenizer: Any, tmp_path: Path) -> None:
    parsers = Parsers("hermes", "")
    parsers.find(tokenizer)
    text = 'So.<tool_call>\n{"name": "look", "arguments": {"at": "x"}}\n</tool_call>'
    read = parsers.read(Reply(text, token_ids=[1, 2]), tokenizer, [LOOK], 7)
    assert (read.text, read.tool_calls) == ("So.", (ToolCall("call-7-0", "look", '{"at": "x"}'),))
    assert read.token_ids == [1, 2], "what was sampled stays what was sampled"
    for said in ("no call", "<tool_call>{broken", ""):
        assert parsers.read(Reply(said), tokenizer, [LOOK], 7) == Reply(said)
    assert parsers.read(Reply(text), tokenizer, [], 7) == Reply(text), "where no tools are offered, it is text"
    with pytest.raises(UserError, match="vLLM knows no tool_parser 'hermess': did you mean 'hermes'"):
        Parsers("hermess", "").find(tokenizer)
    with pytest.raises(UserError, match="vLLM knows no reasoning_parser 'deep'"):
        Parsers("", "deep").find(tokenizer)
    with pytest.raises(UserError, match=r"tool_parser 'deepseek_v3' does not suit this model: .*could not locate"):
        Parsers("deepseek_v3", "").find(tokenizer)
    with pytest.raises(UserError, match="reasoning_parser 'mistral' does not suit this model"):
        Parsers("", "mistral").find(tokenizer)
