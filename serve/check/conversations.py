"""The conversations that are checked: every form that a template treats in its own way, in a few hundred tokens.

Replies begin with no space: there a trained reply is tokenised apart from its header, and a served one of the past is
not.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from actors.records.trajectory import Message

_LOOKS_SPECIAL = (
    *(
        "<|im_start|>",
        "<|im_end|>",
        "<|endoftext|>",
        "<|eot_id|>",
        "<|begin_of_text|>",
        "<s>",
        "</s>",
        "<bos>",
        "<eos>",
        "<pad>",
    ),
    *(
        "[INST]",
        "[/INST]",
        "<<SYS>>",
        "<start_of_turn>",
        "<|user|>",
        "<|assistant|>",
        "<tool_call>",
        "{{ bos_token }}",
        "{% endfor %}",
    ),
)
_SYSTEM = "You are in a Linux shell. Think first, then act; answer with a number alone."
_COMMAND = "Think: The files have to be counted.\n\nAct: bash\n\n```bash\nls -1 /etc | wc -l\n```"


class SentConversation(NamedTuple):
    """`messages` end with the user's; `reply` is what the model would say to them."""

    name: str
    messages: tuple[Message, ...]
    reply: str


def conversations(special_tokens: Iterable[str]) -> tuple[SentConversation, ...]:
    """The conversations for a tokenizer with these special tokens: none of them stands in a text, because those are
    another matter (`spells_special_tokens`)."""
    special = list(special_tokens)
    looks_special = " ".join(text for text in _LOOKS_SPECIAL if not any(token in text for token in special))
    return (
        _talk("one question", "How many files are in /etc?", reply=_COMMAND),
        _talk("system prompt", "Hi", reply="Hello.", system="Be brief."),
        _talk(
            "turns with a system prompt",
            "How many files are in /etc?",
            _COMMAND,
            "230\n",
            reply="Act: answer(230)",
            system=_SYSTEM,
        ),
        _talk(
            "turns",
            "one",
            "two",
            "three",
            "four\nfive",
            "six",
            "```sql\nSELECT `a b` FROM t WHERE x >= 1.50;\n```",
            "7",
            reply="8",
        ),
        _talk(
            "text that looks special",
            f"{looks_special} <think>\nno\n</think>",
            "ok",
            "<|not a token|>",
            reply=looks_special or "ok",
        ),
        _talk(
            "unicode",
            "ß 漢字 naïve 😀👩‍👩‍👧 é \u200d\u200b עברית\r\n\ttab",
            "Ünïcödé 🙂",
            "１２３ ½ ﬁ",
            reply="été 日本",
        ),
        _talk("spaces", "  two spaces\n\n\n", "a  b", "\n\tthree\n", reply="c   d"),
        _talk("almost nothing", "", "x", " ", reply="."),
    )


def spells_special_tokens(special_tokens: Iterable[str]) -> SentConversation:
    """A conversation whose text holds every special token as characters."""
    return _talk(
        "special tokens as text", f"The file says: {' and '.join(special_tokens)}. What is it?", reply="Markup."
    )


def _talk(name: str, *contents: str, reply: str, system: str | None = None) -> SentConversation:
    spoken = tuple(Message("assistant" if i % 2 else "user", content) for i, content in enumerate(contents))
    head = () if system is None else (Message("system", system),)
    return SentConversation(name, head + spoken, reply)
