"""Llama-2-chat, AgentTuning's own (SPEC section 4; FastChat's `llama-2`):

    <s>[INST] <<SYS>>\\n{system}\\n<</SYS>>\\n\\n{user} [/INST] {reply} </s><s>[INST] {user} [/INST] {reply} </s>

User and assistant alternate, beginning with the user; the system prompt stands in the first turn. The template strips
what stands between the brackets, and replies. The space before `</s>` is trained with the reply: the model has to say
it before it stops.
"""

from __future__ import annotations

from actors.program.user_error import UserError
from actors.records.trajectory import Message
from train.renderers.conversation import Conversation
from train.renderers.renderer import Part, Renderer, is_trained
from train.renderers.text_encoder import TextEncoder

TOKENS = ("<s>", "</s>")
TEMPLATE = """\
{%- set system = messages and messages[0]['role'] == 'system' -%}
{%- for message in (messages[1:] if system else messages) -%}
{%- if message['role'] != ('user' if loop.index0 % 2 == 0 else 'assistant') -%}
{{- raise_exception('user and assistant must take turns, the user first') -}}
{%- elif message['role'] == 'assistant' -%}
{{- ' ' + message['content'].strip() + ' </s>' -}}
{%- elif loop.first and system -%}
{{- '<s>[INST] ' + ('<<SYS>>\\n' + messages[0]['content'] + '\\n<</SYS>>\\n\\n' + message['content']).strip() + ' [/INST]' -}}
{%- else -%}
{{- '<s>[INST] ' + message['content'].strip() + ' [/INST]' -}}
{%- endif -%}
{%- endfor -%}
"""  # noqa: E501


class Llama2(Renderer):
    name = "llama-2"
    template = TEMPLATE

    def __init__(self, encoder: TextEncoder, system_prompt: str | None) -> None:
        super().__init__(encoder, system_prompt)
        self._begin, self._end = ((encoder.specials[token],) for token in TOKENS)
        self._strips = encoder.chat_template is None or "[INST] x [/INST]" in encoder.template_text(
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
        system = messages[0].content if messages and messages[0].role == "system" else None
        spoken = messages[0 if system is None else 1 :]
        begin = len(messages) - len(spoken) - added  # of `spoken`, in the conversation
        parts: list[Part] = []
        for i, message in enumerate(spoken):
            expected = "assistant" if i % 2 else "user"
            if message.role != expected:
                raise UserError(
                    f"llama-2 needs user and assistant in turns: a '{message.role}' message where the {expected}'s"
                    " should be"
                )
            if message.role == "assistant":
                *said, stop = self.reply(
                    conversation, begin + i, f" {self._clean(message.content)} ", is_trained(message)
                )
                parts += [*said, stop._replace(ends=True)]
            else:
                parts.append(Part(ids=self._begin))
                parts += (
                    self._first(system, message, not added) if i == 0 and system is not None else self._user(message)
                )
        return parts

    def _user(self, message: Message) -> list[Part]:
        return [Part(f"[INST] {self._clean(message.content)} [/INST]", ends=True)]

    def _first(self, system: str, message: Message, own: bool) -> list[Part]:
        block = f"<<SYS>>\n{system}\n<</SYS>>\n\n"
        whole = self._clean(block + message.content)  # the block begins with no space, so its beginning stays
        return [Part("[INST] " + block[: len(whole)], ends=own), Part(whole[len(block) :] + " [/INST]", ends=True)]

    def _clean(self, text: str) -> str:
        return text.strip() if self._strips else text
