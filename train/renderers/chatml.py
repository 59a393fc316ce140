"""ChatML: Qwen, SmolLM2 and many others.

    <|im_start|>system\\n{system}<|im_end|>\\n<|im_start|>user\\n{user}<|im_end|>\\n<|im_start|>assistant\\n{reply}<|im_end|>\\n

Some templates put a system prompt of their own before conversations that have none (SmolLM2, Qwen2.5), some strip the
contents: the renderer asks the tokenizer's own template.
"""

from __future__ import annotations

import re

from actors.records.trajectory import Message
from train.renderers.conversation import Conversation
from train.renderers.renderer import Part, Renderer, is_trained
from train.renderers.text_encoder import TextEncoder

TOKENS = ("<|im_start|>", "<|im_end|>")
TEMPLATE = """\
{%- for message in messages -%}
{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|im_start|>assistant\\n' -}}
{%- endif -%}
"""
_DEFAULT = re.compile(r"<\|im_start\|>system\n(?P<text>.*?)<\|im_end\|>\n<\|im_start\|>user\n", re.DOTALL)


class ChatML(Renderer):
    name = "chatml"
    template = TEMPLATE

    def __init__(self, encoder: TextEncoder, system_prompt: str | None) -> None:
        super().__init__(encoder, system_prompt)
        self._start, self._end = ((encoder.specials[token],) for token in TOKENS)
        self._default_system, self._strips = _dialect(encoder)

    @property
    def stop_token_ids(self) -> tuple[int, ...]:
        return self._end

    @property
    def dialect(self) -> tuple[object, ...]:
        return (self._default_system, self._strips)

    def layout(self, conversation: Conversation) -> list[Part]:
        messages, added = self.with_system(conversation)
        parts: list[Part] = []
        if self._default_system is not None and (not messages or messages[0].role != "system"):
            parts += self._turn("system", self._default_system, ends=False)
        for i, message in enumerate(messages, -added):
            content = message.content.strip() if self._strips else message.content
            if message.role == "assistant":
                parts += self._reply(conversation, i, content, is_trained(message))
            else:
                parts += self._turn(message.role, content, ends=i >= 0)
        return parts

    def _turn(self, role: str, content: str, ends: bool) -> list[Part]:
        return [Part(ids=self._start), Part(f"{role}\n{content}"), Part(ids=self._end), Part("\n", ends=ends)]

    def _reply(self, conversation: Conversation, i: int, content: str, trained: bool) -> list[Part]:
        header = [Part(ids=self._start), Part("assistant\n")]
        return [*header, *self.reply(conversation, i, content, trained), Part("\n", ends=True)]


def _dialect(encoder: TextEncoder) -> tuple[str | None, bool]:
    """The template's default system prompt, and whether it strips contents."""
    if encoder.chat_template is None:
        return None, False
    text = encoder.template_text([Message("user", "\n x \n")])
    found = _DEFAULT.match(text)
    return found["text"] if found else None, "user\n\n x \n" not in text
