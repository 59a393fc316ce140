"""Any Hugging Face chat template, checked: the family that is none of the known ones.

The template is rendered for every beginning of the conversation. What a message adds is its text; what the assistant adds behind
the generation prompt, up to the stop token, is its reply. Four things must hold, each said with the text that breaks it:
every beginning is the beginning of the whole (templates that rewrite history break it); a reply's text is the message's content and
nothing else; a stop token ends it; something is trained. It renders a conversation of n messages about 2 n times, so the known
families are many times faster.

Special tokens that stand in contents are told from the template's own by a character that no content has, put into them before
the template is rendered and taken out before the text is tokenised.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import msgspec

from actors.trajectory import Message, UserError
from train.conversation import Conversation
from train.renderers.renderer import Part, Renderer, RenderError, is_trained
from train.renderers.text_encoder import TextEncoder

_BREAKS = [chr(code) for code in range(0xFDD1, 0xFDE0)]  # noncharacters


class _Span(NamedTuple):
    """Characters of the rendered text."""

    end: int
    reply: bool = False
    trained: bool = False
    ends: bool = False
    sampled: tuple[int, ...] | None = None


class AnyTemplate(Renderer):
    name = "template"

    def __init__(self, encoder: TextEncoder, system_prompt: str | None) -> None:
        super().__init__(encoder, system_prompt)
        if encoder.chat_template is None:
            raise UserError(f"'{encoder.model_dir}' has no chat template: set data.renderer to llama-2, llama-3 or chatml")
        self._special = re.compile("|".join(re.escape(token) for token in sorted(encoder.specials, key=len, reverse=True)) or r"(?!)")
        self._stop = self._find_stop()

    @property
    def stop_token_ids(self) -> tuple[int, ...]:
        return (self.encoder.specials[self._stop],)

    def layout(self, conversation: Conversation) -> list[Part]:
        messages, added = self.with_system(conversation)
        broken = _free_character(conversation.id, messages)
        safe = [msgspec.structs.replace(m, content=self._special.sub(lambda s: s[0][0] + broken + s[0][1:], m.content)) for m in messages]
        texts = self._beginnings(conversation.id, safe)
        spans: list[_Span] = []
        for i, message in enumerate(safe):
            if message.role == "assistant":
                spans += self._reply(conversation, i - added, safe[: i + 1], texts[i : i + 2])
            spans.append(_Span(len(texts[i + 1]), ends=i >= added))
        return self._parts(texts[-1], spans, broken)

    def _beginnings(self, name: str, messages: Sequence[Message]) -> list[str]:
        """The text of the first 0, 1, …, n messages. What the template refuses to end with (a system message) adds nothing yet."""
        whole = self.encoder.template_text(messages)
        texts = [""]
        for count in range(1, len(messages)):
            try:
                texts.append(self.encoder.template_text(messages[:count]))
            except UserError:
                texts.append(texts[-1])
        texts.append(whole)
        for shorter, longer in pairwise(texts):
            _must_begin(name, longer, shorter)
        return texts

    def _reply(self, conversation: Conversation, index: int, messages: Sequence[Message], texts: Sequence[str]) -> list[_Span]:
        """The header, the reply and its stop token, as ends in the text."""
        message, (before, after) = messages[-1], texts
        prompt = self.encoder.template_text(messages[:-1], generation=True)
        _must_begin(conversation.id, prompt, before)
        _must_begin(conversation.id, after, prompt)
        body = after[len(prompt) :]
        stop = self._special.search(body)
        if stop is None or stop[0] != self._stop:
            raise RenderError(conversation.id, f"no {self._stop} ends a reply in the template's text", body[-80:])
        if body[: stop.start()].strip() != message.content.strip():
            raise RenderError(conversation.id, "the template writes a reply otherwise than it is", body[: stop.start()])
        trained, start = is_trained(message), len(prompt)
        said = _Span(start + stop.start(), True, trained, sampled=self.sampled(conversation, index))
        return [_Span(start), said, _Span(start + stop.end(), trained=trained)]

    def _parts(self, text: str, spans: Sequence[_Span], broken: str) -> list[Part]:
        parts: list[Part] = []
        begin = 0
        for span in spans:
            if span.sampled is not None:
                parts.append(Part(ids=span.sampled, reply=True, trained=span.trained))
            else:
                parts += self._split(text[begin : span.end], span, broken)
            if span.ends:
                parts.append(Part(ends=True))
            begin = span.end
        return parts

    def _split(self, text: str, span: _Span, broken: str) -> list[Part]:
        """Texts and special tokens of a span."""
        parts: list[Part] = []
        begin = 0
        for found in self._special.finditer(text):
            parts.append(Part(text[begin : found.start()].replace(broken, ""), (), span.reply, span.trained))
            parts.append(Part(ids=(self.encoder.specials[found[0]],), trained=span.trained))
            begin = found.end()
        parts.append(Part(text[begin:].replace(broken, ""), (), span.reply, span.trained))
        return [part for part in parts if part.text or part.ids]

    def _find_stop(self) -> str:
        """The special token with which the template ends a reply."""
        text = self.encoder.template_text([Message("user", "one"), Message("assistant", "two")])
        stop = self._special.search(text, text.rindex("two") if "two" in text else len(text))
        if stop is None:
            raise UserError(
                f"the chat template of '{self.encoder.model_dir}' ends a reply with no special token: a model could not learn to stop"
            )
        return stop[0]


def _free_character(name: str, messages: Sequence[Message]) -> str:
    for character in _BREAKS:
        if not any(character in message.content for message in messages):
            return character
    raise RenderError(name, "its contents hold every character that could mark special tokens")


def _must_begin(name: str, longer: str, shorter: str) -> None:
    if longer.startswith(shorter):
        return
    at = next((i for i, (one, other) in enumerate(zip(shorter, longer, strict=False)) if one != other), len(longer))
    detail = f"'{shorter[at : at + 40]}' became '{longer[at : at + 40]}'"
    raise RenderError(name, "the template rewrites what it wrote for the first messages", detail)
