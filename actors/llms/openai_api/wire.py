"""The chat-completions request, as thin as it gets: what never changes is serialised once. `answer` reads what comes
back.

The openai package's ordinary call spends milliseconds on walking the messages; this spends microseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from actors.llms.llm import Sampling, offered, with_calls
from environments.half_characters import well_formed
from environments.message import ImagePart, Message, Tool, ToolCall, arguments_of

EMPTY = "(empty)"  # stands for a message without text, where a provider refuses those

_encoder = msgspec.json.Encoder()


class RequestWriter:
    """Writes request bodies for one model and sampling. What never changes is serialised here, once.

    `extra_body` wins over the fields written here; a null in it leaves the field out (a model that takes no
    `temperature`). `stream` asks for the answer in pieces, with the usage at its end.
    """

    def __init__(
        self, model: str, sampling: Sampling, max_tokens_field: str, extra_body: dict[str, Any], stream: bool = False
    ) -> None:
        fields: dict[str, Any] = {"temperature": sampling.temperature, max_tokens_field: sampling.max_tokens}
        if stream:
            fields |= {"stream": True, "stream_options": {"include_usage": True}}
        if sampling.top_p != 1.0:
            fields["top_p"] = sampling.top_p
        if sampling.stop:
            fields["stop"] = list(sampling.stop)
        fields.update(extra_body)
        self._seed = sampling.seed if "seed" not in extra_body else None
        fields = {name: value for name, value in fields.items() if value is not None}
        self._head = b'{"model":' + _encoder.encode(model) + b',"messages":'
        self._tail = b"," + _encoder.encode(fields)[1:] if fields else b"}"

    def body(
        self, messages: Sequence[Message], attempt: int, fill_empty: bool = False, tools: Sequence[Tool] = ()
    ) -> bytes:
        """The request for the reply after `messages`, with the tools that it may call.

        A seed is shifted by the attempt: attempts are not to be the same.
        """
        conversation = [_entry(message) for message in messages]
        if fill_empty:
            conversation = [{**entry, "content": EMPTY} if _says_nothing(entry) else entry for entry in conversation]
        try:
            written = _encoder.encode(conversation)
        except UnicodeEncodeError:  # a lone surrogate: what a program wrote that is no text
            written = _encoder.encode(_well_formed(conversation))
        if tools:
            written += b',"tools":' + _encoder.encode(offered(tools))
        if self._seed is None:
            return self._head + written + self._tail
        return self._head + written + b',"seed":%d' % (self._seed + attempt) + self._tail


def _entry(message: Message) -> dict[str, Any]:
    """One message as the API has it. Thoughts are not sent back: most providers refuse them, or drop them."""
    entry: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.parts:
        entry["content"] = [
            {"type": "image_url", "image_url": {"url": part.url}}
            if isinstance(part, ImagePart)
            else {"type": "text", "text": part.text}
            for part in message.parts
        ]
    return with_calls(entry, message, _arguments)


def _says_nothing(entry: dict[str, Any]) -> bool:
    content = entry["content"]
    return isinstance(content, str) and not content.strip() and "tool_calls" not in entry


def _arguments(call: ToolCall) -> str:
    """What a model wrote that is no JSON object goes back inside one: servers read the arguments of earlier calls."""
    return call.arguments if arguments_of(call) is not None else _unreadable(call.arguments)


def _unreadable(arguments: str) -> str:
    return _encoder.encode({"unreadable": well_formed(arguments)}).decode()


def _well_formed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _well_formed(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_well_formed(inner) for inner in value]
    return well_formed(value) if isinstance(value, str) else value
