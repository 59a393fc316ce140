"""Any Hugging Face chat template, checked: the family that is none of the known ones.

A reply is trained behind the prompt that a server builds for it, and nowhere else: the text of a conversation must
begin with the template's text of what was said before the reply, its generation prompt, the reply's content and a stop
token; else the conversation is refused with the text that differs (`RenderError`). So it is with templates that leave
the thoughts out of the history, or write a system message into the last question: what they write behind a reply is not
what the model saw when it gave it. A reply that is not trained on is context, and may stand there as the template
likes.

Two things that templates do at the end alone are left out, because no later prompt has them:
- a closing behind the whole (Phi-3's end of text, a generation prompt that nobody asked for), which is found once;
- an empty thought before the last reply (Qwen3). The last reply is then taken as the next prompt will have it.

A conversation of n messages is rendered about 2 n times, so the known families are many times faster.

Special tokens that stand in contents are told from the template's own by a character that no content has, put into them
before the template is rendered and taken out before the text is tokenised.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from actors.program.user_error import UserError
from actors.records.trajectory import Message
from train.renderers.conversation import Conversation
from train.renderers.renderer import REWRITES, Part, Renderer, RenderError, is_trained
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
            raise UserError(
                f"'{encoder.model_dir}' has no chat template: set data.renderer to llama-2, llama-3 or chatml"
            )
        self._special = re.compile(
            "|".join(re.escape(token) for token in sorted(encoder.specials, key=len, reverse=True)) or r"(?!)"
        )
        self._up_to_special = re.compile(f"(?s:.*?)(?={self._special.pattern})")
        self._stop = self._find_stop()
        self._closing = self._find_closing()

    @property
    def stop_token_ids(self) -> tuple[int, ...]:
        return (self.encoder.specials[self._stop],)

    def text(self, messages: Sequence[Message]) -> str:
        """Without the closing; with the last reply as it stands once it is history, where that alone follows its
        prompt.
        """
        whole = self._written(messages)
        if messages[-1].role != "assistant":
            return whole
        prompt = self._prompt(messages[:-1])
        if self._said(whole, prompt, messages[-1]) is not None:
            return whole
        said = self._said(later := self._later(messages), prompt, messages[-1])
        return whole if said is None else later[: said.end() + len(self._stop)]

    def layout(self, conversation: Conversation) -> list[Part]:
        messages, added = self.with_system(conversation)
        broken = _free_character(conversation.id, messages)
        safe = [
            msgspec.structs.replace(m, content=self._special.sub(lambda s: s[0][0] + broken + s[0][1:], m.content))
            for m in messages
        ]
        text = self.text(safe)
        spans: list[_Span] = []
        for i, message in enumerate(safe):
            here = spans[-1].end if spans else 0
            if message.role == "assistant":
                spans += self._reply(conversation, i - added, safe[: i + 1], text, here)
                here = spans[-1].end
            spans.append(_Span(max(here, self._end(safe[: i + 1], text)), ends=i >= added))
        return self._as_tokenised(self._parts(text, [*spans, _Span(len(text))], broken))

    def _written(self, messages: Sequence[Message]) -> str:
        return self.encoder.template_text(messages).removesuffix(self._closing)

    def _prompt(self, messages: Sequence[Message]) -> str:
        return self.encoder.template_text(messages, generation=True)

    def _later(self, messages: Sequence[Message]) -> str:
        """The text with one more question; empty where the template allows none."""
        try:
            return self._written([*messages, Message("user", "x")])
        except UserError:
            return ""

    def _end(self, messages: Sequence[Message], text: str) -> int:
        """Where the last of these messages ends in `text`; 0 where that does not show: a template may refuse to end
        with a system message, or end otherwise than it goes on."""
        try:
            written = self._written(messages)
        except UserError:
            return 0
        return len(written) if text.startswith(written) else 0

    def _reply(
        self, conversation: Conversation, index: int, messages: Sequence[Message], text: str, here: int
    ) -> list[_Span]:
        """The header, the reply and its stop token, as ends in the text; for context that is not written as a reply,
        where we are.
        """
        message, prompt = messages[-1], self._prompt(messages[:-1])
        trained, said = is_trained(message), self._said(text, prompt, message)
        if said is not None and len(prompt) >= here:
            whole = said[0].strip() == message.content.strip()
            of_reply = _Span(said.end(), True, trained, sampled=self.sampled(conversation, index) if whole else None)
            return [_Span(len(prompt)), of_reply, _Span(said.end() + len(self._stop), trained=trained)]
        if trained:
            raise self._why(conversation.id, messages, prompt, text)
        return [_Span(here)]

    def _said(self, text: str, prompt: str, message: Message) -> re.Match[str] | None:
        """What stands in `text` between a prompt and the next stop token, if that is the message."""
        if not text.startswith(prompt):
            return None
        said = self._up_to_special.match(text, len(prompt))
        if (
            said is None
            or not text.startswith(self._stop, said.end())
            or not _says(said[0].strip(), prompt, message.content.strip())
        ):
            return None
        return said

    def _why(self, name: str, messages: Sequence[Message], prompt: str, text: str) -> RenderError:
        """Why a trained reply, the last of `messages`, cannot be learnt from `text`."""
        for beginning in (prompt, self._written(messages)):
            if not text.startswith(beginning):
                return RenderError(name, REWRITES, _difference(beginning, text))
        body = text[len(prompt) :]
        stop = self._special.search(body)
        if stop is None or stop[0] != self._stop:
            return RenderError(name, f"no {self._stop} ends a reply in the template's text", body[-80:])
        return RenderError(name, "the template writes a reply otherwise than it is", body[: stop.start()])

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

    def _as_tokenised(self, parts: Sequence[Part]) -> list[Part]:
        """Without the white space that special tokens of this tokenizer take in (Phi-3's take what is behind them). A
        reply's own stays.
        """
        kept: list[Part] = []
        for part in parts:
            if part.ids and not part.reply and part.ids[0] in self.encoder.eat_before and kept and not kept[-1].reply:
                kept[-1] = kept[-1]._replace(text=kept[-1].text.rstrip())
            last = next((before for before in reversed(kept) if before.ids or before.text), None)
            if (
                part.text
                and not part.reply
                and last is not None
                and last.ids
                and last.ids[-1] in self.encoder.eat_behind
            ):
                part = part._replace(text=part.text.lstrip())
            kept.append(part)
        return [part for part in kept if part.text or part.ids or part.ends]

    def _find_stop(self) -> str:
        """The special token with which the template ends a reply."""
        text = self.encoder.template_text([Message("user", "one"), Message("assistant", "two")])
        stop = self._special.search(text, text.rindex("two") if "two" in text else len(text))
        if stop is None:
            raise UserError(
                f"the chat template of '{self.encoder.model_dir}' ends a reply with no special token: a model could not"
                " learn to stop; give another as data.chat_template"
            )
        return stop[0]

    def _find_closing(self) -> str:
        """What the template writes behind a conversation that ends with a reply and takes back when it goes on; mostly
        nothing.
        """
        talk = [Message("user", "one"), Message("assistant", "two")]
        ended, followed = self.encoder.template_text(talk), self._later_of_check(talk)
        same = len(os.path.commonprefix([ended, followed]))
        same = next(
            (token.start() for token in self._special.finditer(ended) if token.start() < same < token.end()), same
        )
        said = ended.rfind("two", 0, same)
        return ended[same:] if said >= 0 and self._stop in ended[said:same] else ""

    def _later_of_check(self, talk: list[Message]) -> str:
        try:
            return self.encoder.template_text([*talk, Message("user", "three")])
        except UserError:
            return ""


def _free_character(name: str, messages: Sequence[Message]) -> str:
    for character in _BREAKS:
        if not any(character in message.content for message in messages):
            return character
    raise RenderError(name, "its contents hold every character that could mark special tokens")


def _says(said: str, prompt: str, content: str) -> bool:
    """Whether this is the content, or what is left of it where the prompt has opened its thought already
    (`<think>`).
    """
    opened = content.removesuffix(said).strip() if said else ""
    return said == content or (opened != "" and content.endswith(said) and prompt.rstrip().endswith(opened))


def _difference(expected: str, found: str) -> str:
    at = len(os.path.commonprefix([expected, found]))
    return f"'{expected[at : at + 40]}' became '{found[at : at + 40]}'"
