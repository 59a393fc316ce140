"""Llama 3:

    <|begin_of_text|><|start_header_id|>user<|end_header_id|>\\n\\n{user}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\\n\\n{reply}<|eot_id|>

Contents are stripped, as the published template does. (Llama 3.1 and later write dates into the system message: their
templates are rendered by `any_template`.)
"""

from __future__ import annotations

from actors.records.trajectory import Message
from train.renderers.conversation import Conversation
from train.renderers.renderer import Part, Renderer, is_trained
from train.renderers.text_encoder import TextEncoder

TOKENS = ("<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")
TEMPLATE = """\
{{- '<|begin_of_text|>' -}}
{%- for message in messages -%}
{{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' + message['content'].strip() + '<|eot_id|>' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' -}}
{%- endif -%}
"""


class Llama3(Renderer):
    name = "llama-3"
    template = TEMPLATE

    def __init__(self, encoder: TextEncoder, system_prompt: str | None) -> None:
        super().__init__(encoder, system_prompt)
        self._begin, self._head, self._headed, self._end = ((encoder.specials[token],) for token in TOKENS)
        self._strips = encoder.chat_template is None or "\n\nx<|eot_id|>" in encoder.template_text(
            [Message("user", "\n x \n")]
        )

    @property
    def stop_token_ids(self) -> tuple[int, ...]:
        return self._end

    @property
    def dialect(self) -> tuple[object, ...]:
        return (self._strips,)

    def layout(self, conversation: Conversation) -> list[Part]:
        messages, added = self.with_system(conversation)
        parts = [Part(ids=self._begin)]
        for i, message in enumerate(messages, -added):
            content = message.content.strip() if self._strips else message.content
            parts += [Part(ids=self._head), Part(message.role), Part(ids=self._headed)]
            if message.role == "assistant":
                *said, stop = self.reply(conversation, i, content, is_trained(message))
                parts += [Part("\n\n"), *said, stop._replace(ends=True)]
            else:
                parts += [Part("\n\n" + content), Part(ids=self._end, ends=i >= 0)]
        return parts
