"""Conversations that are hard to render, and what a family's text must be, written down a second time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from hypothesis import strategies as st

from actors.records.trajectory import Message
from train.renderers import Rendered, Renderer
from train.renderers.conversation import Conversation

Run = tuple[str, bool]  # text, trained

SPECIAL = [
    "<|im_end|>",
    "<|im_start|>user\n",
    "</s>",
    "<s>[INST] ",
    " [/INST] ",
    "<</SYS>>\n\n",
    "<|eot_id|>",
    "<|start_header_id|>",
    "<|endoftext|>",
]
FRAGMENTS = [
    "",
    " ",
    "  ",
    "\n",
    "\n\n",
    "\r\n",
    "\t",
    "Hello",
    " world",
    "1234567",
    "é",
    "漢字",
    "😀",
    "👩\u200d👩",
    "\u202e",
    "<0x0A>",
    "<think>",
    "assistant\n",
]

contents = st.lists(
    st.sampled_from([*FRAGMENTS, *SPECIAL])
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="▁\ufdd0"), max_size=6),
    max_size=7,
).map("".join)


@st.composite
def conversations(draw: st.DrawFn) -> Conversation:
    """System or none, then user and assistant in turns; at least one reply is trained. It may end with the user."""
    messages = [Message("system", draw(contents))] if draw(st.booleans()) else []
    for _ in range(draw(st.integers(1, 4))):
        messages.append(Message("user", draw(contents)))
        messages.append(Message("assistant", draw(contents), draw(st.sampled_from([True, True, False, None]))))
    messages[-1] = Message("assistant", messages[-1].content, draw(st.sampled_from([True, None])))
    if draw(st.booleans()):
        messages.append(Message("user", draw(contents)))
    return Conversation("hard", "x", tuple(messages), {})


def talk(*texts: str, losses: Sequence[bool | None] = ()) -> Conversation:
    """User and assistant in turns."""
    flags = dict(zip(range(1, len(texts), 2), losses, strict=False))
    messages = (
        Message("assistant", text, flags.get(i)) if i % 2 else Message("user", text) for i, text in enumerate(texts)
    )
    return Conversation("talk", "x", tuple(messages), {})


def expected_chatml(messages: Sequence[Message], default: str | None = None) -> list[Run]:
    runs = [(f"<|im_start|>system\n{default}<|im_end|>\n", False)] if default and messages[0].role != "system" else []
    for message in messages:
        trained = message.role == "assistant" and message.loss is not False
        runs += [(f"<|im_start|>{message.role}\n", False), (f"{message.content}<|im_end|>", trained), ("\n", False)]
    return joined(runs)


def expected_llama3(messages: Sequence[Message]) -> list[Run]:
    runs = [("<|begin_of_text|>", False)]
    for message in messages:
        trained = message.role == "assistant" and message.loss is not False
        runs.append((f"<|start_header_id|>{message.role}<|end_header_id|>\n\n", False))
        runs.append((f"{message.content.strip()}<|eot_id|>", trained))
    return joined(runs)


def expected_llama2(messages: Sequence[Message]) -> list[Run]:
    system = f"<<SYS>>\n{messages[0].content}\n<</SYS>>\n\n" if messages[0].role == "system" else ""
    runs: list[Run] = []
    for message in messages[bool(system) :]:
        if message.role == "assistant":
            runs.append((f" {message.content.strip()} </s>", message.loss is not False))
        else:
            runs.append((f"<s>[INST] {(system + message.content).strip()} [/INST]", False))
            system = ""
    return joined(runs)


def joined(runs: Sequence[Run]) -> list[Run]:
    """Neighbours that are both trained or both not, as one."""
    return [("".join(text for text, _ in group), trained) for trained, group in groupby(runs, key=lambda run: run[1])]


def runs_of(renderer: Renderer, rendered: Rendered) -> list[Run]:
    """What the tokens say, decoded run by run.

    Some tokenizers put a space before every text, so behind `<s>`: it is no content.
    """
    ids, spelled = rendered.token_ids, []
    begin = 0
    anchor = renderer.encoder.template_ids("a")
    for trained, group in groupby(rendered.trained):
        end = begin + len(list(group))
        text = renderer.encoder.decode([*anchor, *ids[begin:end]])
        assert text is not None
        spelled.append((text[1:], trained))
        begin = end
    return [(re.sub(r"<s> \[INST\]", "<s>[INST]", text), trained) for text, trained in spelled]


def same_space(runs: Sequence[Run]) -> list[Run]:
    return [(re.sub(r"<s> \[INST\]", "<s>[INST]", text), trained) for text, trained in runs]
